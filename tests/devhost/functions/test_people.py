"""Timers, keys, --watch and what the fixture offers, on running hosts of their own."""

import json
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from devhost.testing import HostFailedError, RunningHost, host_fixture, running_host

API = "/runtime/webhooks/durabletask"
APPS = Path(__file__).parent / "apps"
own_host = host_fixture(APPS / "features", scope="function")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a copy of the app with every feature, to be changed."""
    return Path(shutil.copytree(APPS / "features", tmp_path / "app"))


def wait_for(host: RunningHost, check: Callable[[], bool]) -> None:
    """Wait until the check holds, looking again at each line that the host writes."""
    lines_before = 0
    while not check():
        lines = host.logs.count("\n")
        if lines == lines_before:
            host.wait_log("\n", since=lines)
        lines_before = lines


def test_timers_run_by_their_schedule_and_at_start(own_host: RunningHost) -> None:
    own_host.wait_log("nightly ran as nightly")
    own_host.wait_log("tick past due: False")
    assert "timer of" in own_host.wait_log("Executed 'Functions.tick' (Succeeded")


def test_a_timer_runs_when_told_to(own_host: RunningHost) -> None:
    own_host.wait_log("Executed 'Functions.nightly'")
    before = own_host.logs.count("\n")
    assert own_host.request("POST", "/admin/functions/Nightly", {"input": ""}).status == 202
    own_host.wait_log("nightly ran as nightly", since=before)
    assert own_host.request("POST", "/admin/functions/nothing", {}).status == 404


def test_a_run_that_was_due_while_the_host_was_off_is_caught_up_once(own_host: RunningHost) -> None:
    own_host.wait_log("Executed 'Functions.nightly'")
    own_host.stop()
    file = own_host.state_dir / "timers" / "nightly.json"
    status = json.loads(file.read_text())
    assert status["Next"] > status["Last"]
    file.write_text(json.dumps({**status, "Last": "2020-01-01T03:00:00+00:00", "Next": "2020-01-02T03:00:00+00:00"}))
    before = own_host.logs.count("\n")
    own_host.start()
    own_host.wait_log("nightly ran as nightly, last 2020-01-01T03:00:00+00:00", since=before)
    own_host.stop()
    assert json.loads(file.read_text())["Next"] > status["Last"]
    assert not file.with_name("tick.json").exists(), "what runs every second is not monitored"


def test_with_auth_everything_asks_for_its_key(copied: Path, tmp_path: Path) -> None:
    code = (copied / "function_app.py").read_text().replace("func.AuthLevel.ANONYMOUS", "func.AuthLevel.FUNCTION")
    for name, level in (("master_only", "ADMIN"), ("open", "ANONYMOUS")):
        code += f"\n@app.route(auth_level='{level}')\ndef {name}(req: func.HttpRequest) -> str:\n    return 'in'\n"
    (copied / "function_app.py").write_text(code)
    with running_host(copied, state_dir=tmp_path / "state", arguments=("--enable-auth",)) as host:
        keys = json.loads((tmp_path / "state" / "keys.json").read_text())
        # No rights for the group and for others.
        assert (tmp_path / "state" / "keys.json").stat().st_mode & 0o077 == 0
        assert keys["master"] in host.logs

        def status(method: str, path: str, key: str = "", header: bool = False) -> int:
            if header:
                return host.request(method, path, headers={"x-functions-key": key}).status
            return host.request(method, f"{path}?code={key}" if key else path).status

        assert status("GET", "/api/open") == 200
        assert status("GET", "/api/text") == 401
        assert status("GET", "/api/text", "wrong") == 401
        assert status("GET", "/api/text", keys["host"]) == 200
        assert status("GET", "/api/text", keys["function text"], header=True) == 200
        assert status("GET", "/api/text", keys["function named"]) == 401
        assert status("GET", "/api/text", keys["system"]) == 401
        assert status("GET", "/api/text", keys["master"]) == 200
        assert status("GET", "/api/master_only", keys["host"]) == 401
        assert status("GET", "/api/master_only", keys["master"]) == 200
        assert status("GET", "/admin/host/status", keys["host"]) == 401
        assert status("GET", "/admin/host/status", keys["master"]) == 200
        assert status("GET", f"{API}/instances") == 401
        assert status("GET", f"{API}/instances", keys["host"]) == 401
        assert status("GET", f"{API}/instances", keys["system"]) == 200
        assert status("GET", "/durabletask/instances") == 404

        started = host.request("POST", f"/api/start/words?code={keys['host']}", "a")
        assert started.status == 202
        link = started.json()["statusQueryGetUri"].removeprefix(host.url)
        assert host.request("GET", link).status in (200, 202)
        host.restart()
        assert host.logs.count(keys["master"]) == 1
        assert status("GET", "/api/text", keys["host"]) == 200


@pytest.mark.slow
def test_a_changed_file_restarts_the_app_and_keeps_the_state(copied: Path, tmp_path: Path) -> None:
    file = copied / "function_app.py"
    code = file.read_text()
    with running_host(copied, state_dir=tmp_path / "state", arguments=("--watch",)) as host:
        host.request("POST", "/api/start/waiter?id=kept")
        lines = host.logs.count("\n")
        file.write_text(code.replace('"ž plain"', '"changed"'))
        host.wait_log("ready: ", since=lines)
        assert host.request("GET", "/api/text").text == "changed"
        assert host.request("GET", f"{API}/instances/kept").json()["runtimeStatus"] == "Running"
        lines = host.logs.count("\n")
        file.write_text("def broken(:")
        host.wait_log("cannot be imported: SyntaxError", since=lines)
        lines = host.logs.count("\n")
        file.write_text(code)
        host.wait_log("ready: ", since=lines)
        assert host.request("GET", "/api/text").text == "ž plain"


def test_time_is_skipped_to_the_next_timer(own_host: RunningHost) -> None:
    assert own_host.skip_to_next_timer() is None
    own_host.request("POST", "/api/start/sleeps?id=long")
    # The orchestrator sleeps three days, one after the other. The app's other timer is due each second, so that a
    # skip of nearly a day (86,400 seconds) is one of the three.
    for _ in range(3):
        wait_for(own_host, lambda: (own_host.skip_to_next_timer() or 0) > 80_000)
    wait_for(own_host, lambda: own_host.request("GET", f"{API}/instances/long").status == 200)
    assert own_host.request("GET", f"{API}/instances/long").json()["output"] == 3


def test_without_its_secret_time_cannot_be_skipped(own_host: RunningHost) -> None:
    assert own_host.request("POST", "/devhost/testing/skip").status == 404


def test_what_runs_goes_on_after_a_kill(own_host: RunningHost) -> None:
    own_host.request("POST", "/api/start/waiter?id=survivor")
    address = own_host.url
    own_host.restart(kill=True)
    assert own_host.url == address
    assert own_host.request("POST", f"{API}/instances/survivor/raiseEvent/go", 5).status == 202
    wait_for(own_host, lambda: own_host.request("GET", f"{API}/instances/survivor").status == 200)
    assert own_host.request("GET", f"{API}/instances/survivor").json()["output"] == 5


def test_the_host_dies_at_a_fault_point_and_loses_nothing(own_host: RunningHost, tmp_path: Path) -> None:
    points = tmp_path / "points"
    own_host.restart(fault=f"list:{points}")
    own_host.request("POST", "/api/start/words?id=first", "a")
    wait_for(own_host, lambda: own_host.request("GET", f"{API}/instances/first").status == 200)
    own_host.stop()
    point = next(name for name in points.read_text().split() if "commit" in name)
    own_host.start(fault=f"{point}:2")
    with suppress(OSError, HTTPException):
        own_host.request("POST", "/api/start/words?id=second", "b")
    assert own_host.wait_end() == -signal.SIGKILL
    own_host.start()
    # The start got no answer, so it may have come to nothing, and its client sends it again.
    if own_host.request("GET", f"{API}/instances/second").status == 404:
        own_host.request("POST", "/api/start/words?id=second", "b")
    wait_for(own_host, lambda: own_host.request("GET", f"{API}/instances/second").status == 200)
    assert own_host.request("GET", f"{API}/instances/second").json()["output"] == ["B", "b in whisper"]


def test_a_host_that_does_not_start_says_what_it_wrote(tmp_path: Path) -> None:
    with pytest.raises(HostFailedError, match="There is no function_app"), running_host(tmp_path):
        pass


def test_another_host_json_can_stand_in(copied: Path) -> None:
    with running_host(copied, host_json={"version": "2.0", "extensions": {"http": {"routePrefix": "v1"}}}) as host:
        assert host.request("GET", "/v1/text").status == 200
        assert host.request("GET", "/api/text").status == 404
