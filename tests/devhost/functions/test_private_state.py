"""No other user of the machine can read the state: it holds inputs, outputs and keys."""

import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from devhost.testing import RunningHost, running_host

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
APP = Path(__file__).parent / "apps" / "features"
API = "/runtime/webhooks/durabletask"
FOLDERS = {"", "timers"}
FILES = {"hub.db", "hub.db-wal", "hub.db-shm", "hub.lock", "keys.json", "timers/nightly.json"}


@pytest.fixture(autouse=True)
def _open_umask() -> Generator[None, None, None]:
    """Let whatever is made without care be open to all."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(host: RunningHost) -> dict[str, int]:
    """Return the rights of the state folder and of all that is in it, while the host runs."""
    host.wait_log("Executed 'Functions.nightly'")
    host.request("POST", f"{API}/orchestrators/nothing", b"{}")
    state = host.state_dir
    paths = [state, *state.rglob("*")]
    return {"" if path == state else str(path.relative_to(state)): path.stat().st_mode & 0o777 for path in paths}


def test_folder_and_files_of_a_new_state_are_private(tmp_path: Path) -> None:
    with running_host(APP, state_dir=tmp_path / "new" / "state", arguments=("--enable-auth",)) as host:
        rights = modes(host)
    assert rights.keys() >= FOLDERS | FILES
    assert rights == {name: 0o700 if name in FOLDERS else 0o600 for name in rights}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_state_that_an_earlier_version_left_open_is_closed(tmp_path: Path) -> None:
    with running_host(APP, state_dir=tmp_path / "state", arguments=("--enable-auth",)) as host:
        modes(host)
        host.kill()
        for path in [host.state_dir, *host.state_dir.rglob("*")]:
            path.chmod(0o777 if path.is_dir() else 0o666)
        host.start()
        rights = modes(host)
    assert rights.keys() >= FOLDERS | FILES
    assert rights == {name: 0o700 if name in FOLDERS else 0o600 for name in rights}


def test_a_folder_that_held_other_things_keeps_its_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "other").touch(0o644)
    with running_host(APP, state_dir=tmp_path) as host:
        rights = modes(host)
    assert (rights[""], rights["other"]) == (0o755, 0o644)
    assert {rights["hub.db"], rights["hub.db-wal"], rights["timers/nightly.json"]} == {0o600}
