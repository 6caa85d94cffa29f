"""One host and one browser for all tests of the dashboard."""

from collections.abc import Generator
from pathlib import Path

import pytest

from devhost.testing import running_host
from support.web.browser import Browser, browser_fixture
from support.web.dashboard import Desk

APP = Path(__file__).parent / "app"

browser = browser_fixture(scope="package")


@pytest.fixture(scope="package")
def app_dir() -> Path:
    """The app with an instance of every kind."""
    return APP


@pytest.fixture(scope="package")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """While this file exists, the activity `refuse` works."""
    return tmp_path_factory.mktemp("dashboard") / "mended"


@pytest.fixture(scope="package")
def shared_desk(browser: Browser, mended: Path) -> Generator[Desk, None, None]:
    with running_host(APP, env={"MENDED": str(mended)}) as host:
        yield Desk(host, browser)


@pytest.fixture
def desk(shared_desk: Desk, mended: Path) -> Generator[Desk, None, None]:
    """The dashboard in a window of a desktop. What the console says is an error, refusals by the API apart."""
    mended.unlink(missing_ok=True)
    shared_desk.browser.window(1280, 800)
    yield shared_desk
    said = [line for line in shared_desk.browser.complaints() if "Failed to load resource" not in line]
    assert said == []
