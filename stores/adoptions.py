"""The port of adoptions: the owners whose things a signed-in principal has taken over from an anonymous session.

The rows of the things stay as they are, so that no id changes. An adoption says that one owner acts for another one. It
happens once: a later principal gets nothing. Calls are synchronous and may block. Each is atomic and durable when it
returns, or raises `StorageError`.
"""

from collections.abc import Sequence
from typing import Protocol


class Adoptions(Protocol):
    """The port."""

    def adopt(self, adopted: str, owner: str) -> bool:
        """Let `owner` act for `adopted`. Return False if another owner does already; a repeat returns True."""
        ...

    def adopted_by(self, owner: str) -> Sequence[str]:
        """Return the owners for whom this one acts, always in the same order."""
        ...

    def remove_of(self, owner: str) -> None:
        """Remove every adoption by this owner. What was adopted is nobody's from then on."""
        ...
