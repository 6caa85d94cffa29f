"""An ordinary app with every feature, unchanged on the development host and used over HTTP alone."""

from pathlib import Path
from typing import Any

from devhost.testing import Answer, RunningHost, host_fixture
from support.waiting import until

API = "/runtime/webhooks/durabletask"
FEATURES = Path(__file__).parents[1] / "devhost" / "functions" / "apps" / "features"
HOST_JSON = {
    "version": "2.0",
    "functionTimeout": "00:05:00",
    "extensions": {
        "http": {"routePrefix": "v1"},
        "durableTask": {"hubName": "Everything", "defaultVersion": "2.0"},
    },
}
host = host_fixture(FEATURES, host_json=HOST_JSON)
TOO_MUCH = 16 * 1024


def ended(host: RunningHost, name: str, value: Any = None, query: str = "") -> dict[str, Any]:
    """Run an orchestration and return its status once it has ended."""
    started = host.request("POST", f"/v1/start/{name}{query}", value)
    assert started.status == 202, started.text
    return at_end(host, started.json()["id"])


def at_end(host: RunningHost, instance: str) -> dict[str, Any]:
    def final_status() -> dict[str, Any] | None:
        response = status(host, instance)
        return response.json() if response.status == 200 else None

    return until(final_status)


def status(host: RunningHost, instance: str) -> Answer:
    return host.request("GET", f"{API}/instances/{instance}")


def state(host: RunningHost, instance: str) -> str:
    return status(host, instance).json()["runtimeStatus"]


class TestOrchestrations:
    def test_aliases_values_custom_status_and_the_default_version(self, host: RunningHost) -> None:
        end = ended(host, "everything", "ahoj ž")
        assert end["output"] == {"loud": "AHOJ Ž", "values": [None, 1.5, [1], {"k": "ž"}], "version": "2.0"}
        assert end["customStatus"] == {"step": "žluť"}
        assert ended(host, "Everything", "a", "?version=1.0")["output"]["version"] == "1.0"
        assert ended(host, "chained", "a")["runtimeStatus"] == "Failed"
        host.wait_log("It is registered as 'Everything', and goes by that name alone.")

    def test_ten_megabytes_travel(self, host: RunningHost) -> None:
        assert ended(host, "huge", 5 * 1024 * 1024)["output"] == 5 * 1024 * 1024

    def test_a_custom_status_above_the_limit_fails_its_instance(self, host: RunningHost) -> None:
        assert ended(host, "says_too_much", 4_000)["output"] == "said"
        assert ended(host, "says_too_much", TOO_MUCH)["runtimeStatus"] == "Failed"

    def test_what_cannot_be_written_or_found_fails_its_task(self, host: RunningHost) -> None:
        written, activity, child = ended(host, "failures")["output"]
        assert "not_json" in written
        assert "nowhere" in activity
        assert "no_such_child" in child

    def test_retries_of_activities_and_children(self, host: RunningHost) -> None:
        assert ended(host, "retried")["output"] == [3, 3]

    def test_entities_are_called_signalled_fail_and_are_deleted(self, host: RunningHost) -> None:
        first, error, kept, gone = ended(host, "talks")["output"]
        assert (first, kept, gone) == (5, 7, 0)
        assert "not enough" in error

    def test_http_is_called(self, host: RunningHost) -> None:
        assert ended(host, "calls", f"{host.url}/v1/files/x")["output"] == [200, "catch_all:x"]

    def test_it_continues_as_new(self, host: RunningHost) -> None:
        end = ended(host, "again", 3)
        assert (end["output"], end["runtimeStatus"]) == ("no more", "Completed")

    def test_an_open_timer_keeps_the_instance_that_has_returned(self, host: RunningHost) -> None:
        host.request("POST", "/v1/start/leaves_open?id=open")
        # The open timer lasts an hour, and the app's other timers are due sooner.
        until(lambda: (host.skip_to_next_timer() or 0) > 3_000)
        assert at_end(host, "open")["output"] == "left"

    def test_naive_timers_fail_and_long_ones_last_their_time(self, host: RunningHost) -> None:
        assert ended(host, "naive")["runtimeStatus"] == "Failed"
        host.request("POST", "/v1/start/fortnight?id=long")
        until(lambda: host.skip_to_next_timer() is not None and status(host, "long").status == 200)
        assert at_end(host, "long")["output"] == 14

    def test_what_would_hang_on_the_real_host_fails_and_says_why(self, host: RunningHost) -> None:
        host.request("POST", "/v1/start/waits_again_for_an_old_task?id=hangs")
        until(lambda: state(host, "hangs") == "Running")
        host.request("POST", f"{API}/instances/hangs/raiseEvent/old", 1)
        end = at_end(host, "hangs")
        assert end["runtimeStatus"] == "Failed"
        assert "The host waits for event 'new', but the code has already" in end["output"]
