"""The host that serves the app with every feature, one for all tests that only ask it things."""

from collections.abc import Generator
from pathlib import Path

import pytest

from devhost.testing import RunningHost, running_host

APPS = Path(__file__).parent / "apps"


@pytest.fixture(scope="session")
def host() -> Generator[RunningHost, None, None]:
    # Only then does the start list every function and its URL, which a test reads.
    with running_host(APPS / "features", arguments=("--verbose",)) as running:
        yield running


@pytest.fixture(scope="session")
def apps() -> Path:
    return APPS
