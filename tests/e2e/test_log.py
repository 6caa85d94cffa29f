"""The log of the app as `make run` shows it: one line for each step of a trip and for each request."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest

from devhost.testing import running_host
from support.app.running import CALM, NOTHING_SET, PARIS, ROOT, App


@pytest.fixture
def quiet_app(tmp_path: Path) -> Generator[App]:
    environment = NOTHING_SET | CALM | {"STATE_DIR": str(tmp_path), "SIM_REJECT_CAR": "1"}
    with running_host(ROOT, state_dir=tmp_path, env=environment, arguments=("--quiet",)) as host:
        yield App(host, tmp_path)


def test_a_trip_is_logged_step_by_step_and_a_request_in_one_line(quiet_app: App) -> None:
    host = quiet_app.host
    before = len(host.logs.splitlines())
    body = host.request(
        "POST", "/api/chat?code=a-secret-key", {"message": PARIS, "conversation_id": "honeymoon"}
    ).json()
    [trip] = [link["id"] for link in body["trips"]]
    assert host.request("GET", f"/api/travel-status/{trip}?code=a-secret-key").status == 200
    assert host.request("GET", "/api/travel-status/ada").status == 404
    host.wait_log("problem=trip_not_found")
    lines = host.logs.splitlines()[before:]
    steps = re.findall(r"trip_step trip=(\S+) step=(\S+)", "\n".join(lines))
    assert len(set(steps)) == len(steps) == 10
    assert {name for name, _ in steps} == {trip}
    assert (steps[0][1], steps[-1][1]) == ("hold_flight", "close")
    requests = [line.partition("http_request ")[2].rpartition(" ms=")[0] for line in lines if "http_request" in line]
    assert requests == [
        f"method=POST route=chat status=200 trip={trip} problem=-",
        f"method=GET route=travel-status/{{id}} status=200 trip={trip} problem=-",
        "method=GET route=travel-status/{id} status=404 trip=- problem=trip_not_found",
    ]
    turns = [line for line in lines if "turn_step" in line]
    # The SDK warns once that the app names no types.
    others = [line for line in lines if "azure.functions" in line]
    assert len(lines) == len(steps) + len(requests) + len(turns) + len(others), "\n".join(lines)
    assert len(turns) == 3
    for private in ("a-secret-key", "honeymoon", "Paris", "ada ", "Executed"):
        assert private not in "".join(lines)
