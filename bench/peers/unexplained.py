"""The dev host's command line with its explainer taken out, to tell what the explainer costs. For the bench alone."""

import sys

from devhost import cli
from devhost.protocol import explainer


def _says_nothing(*_: object) -> None:
    """In place of `explainer.explain`."""


if __name__ == "__main__":
    explainer.explain = _says_nothing
    sys.exit(cli.main())
