"""An ordinary app with every feature, unchanged on the development host and used over HTTP alone."""

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from devhost.testing import Answer, RunningHost, host_fixture
from support.waiting import until

API = "/runtime/webhooks/durabletask"
host = host_fixture(Path(__file__).parent / "everything")
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


def client(host: RunningHost, what: str, instance: str = "any", value: Any = None) -> Any:
    response = host.request("POST", f"/v1/client/{what}/{instance}", value)
    assert response.status == 200, response.text
    return response.json()


def waiting(host: RunningHost, instance: str) -> str:
    host.request("POST", f"/v1/start/waits?id={instance}")
    until(lambda: state(host, instance) == "Running")
    return instance


class TestHttp:
    def test_routes_bind_what_fits_and_the_rest_is_404(self, host: RunningHost) -> None:
        echoed = host.request("GET", "/v1/seen/abc/7?a=1&a=2").json()
        assert (echoed["route"], echoed["query"]) == ({"kind": "abc", "number": "7"}, {"a": "1,2"})
        assert (echoed["function"], echoed["url"]) == ("seen", f"{host.url}/v1/seen/abc/7?a=1&a=2")
        assert host.request("PUT", "/v1/seen/abc").json()["route"] == {"kind": "abc"}
        wrong = [("POST", "/v1/seen/abc"), ("GET", "/v1/seen/a1"), ("GET", "/v1/seen/abc/x"), ("GET", "/api/seen/abc")]
        for method, path in wrong:
            response = host.request(method, path)
            assert (response.status, response.body) == (404, b""), path
        assert host.request("GET", "/v1/files/a/b%20c/d.txt").text == "renamed:a/b c/d.txt"

    def test_bodies_headers_and_cookies_arrive_whole(self, host: RunningHost) -> None:
        where = urlsplit(host.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        try:
            connection.request("POST", "/v1/reversed", bytes(range(256)))
            response = connection.getresponse()
            assert (response.status, response.read()) == (201, bytes(reversed(range(256))))
            assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
            connection.putrequest("GET", "/v1/seen/abc")
            for value in ("one", "two"):
                connection.putheader("X-Many", value)
            connection.endheaders()
            assert json.loads(connection.getresponse().read())["header"] == "one,two"
        finally:
            connection.close()

    def test_an_unhandled_error_is_an_empty_500(self, host: RunningHost) -> None:
        response = host.request("GET", "/v1/broken")
        assert (response.status, response.body) == (500, b"")
        host.wait_log("LookupError: on purpose")

    def test_a_timer_runs_when_asked_and_other_triggers_are_told_of(self, host: RunningHost) -> None:
        assert host.request("POST", "/admin/functions/yearly", {"input": ""}).status == 202
        host.wait_log("yearly, last")
        assert "from_queue: not supported by this host" in host.logs


class TestOrchestrations:
    def test_aliases_values_custom_status_and_the_default_version(self, host: RunningHost) -> None:
        end = ended(host, "everything", "ahoj ž")
        assert end["output"] == {"loud": "AHOJ Ž", "values": [None, 1.5, [1], {"k": "ž"}], "version": "2.0"}
        assert end["customStatus"] == {"step": "žluť"}
        assert ended(host, "Everything", "a", "?version=1.0")["output"]["version"] == "1.0"
        assert ended(host, "chained", "a")["runtimeStatus"] == "Failed"
        host.wait_log("It is registered as 'Everything', and goes by that name alone.")

    def test_the_client_waits_for_the_end(self, host: RunningHost) -> None:
        response = host.request("POST", "/v1/start/Everything?wait=1", "a")
        assert (response.status, response.json()["loud"]) == (200, "A")

    def test_ten_megabytes_travel(self, host: RunningHost) -> None:
        assert ended(host, "large", 5 * 1024 * 1024)["output"] == 5 * 1024 * 1024

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
        client(host, "signal", "mine", 3)
        until(lambda: client(host, "read", "mine") == [True, 3])
        assert client(host, "read", "nobody") == [False, None]

    def test_http_is_called(self, host: RunningHost) -> None:
        assert ended(host, "calls", f"{host.url}/v1/files/x")["output"] == [200, "renamed:x"]

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
        assert "The host waits for event 'new', which the code no longer" in end["output"]


class TestTheClient:
    def test_suspends_resumes_and_raises_events(self, host: RunningHost) -> None:
        instance = waiting(host, "paused")
        client(host, "suspend", instance)
        until(lambda: state(host, instance) == "Suspended")
        client(host, "raise", instance, {"k": "ž"})
        client(host, "resume", instance)
        assert at_end(host, instance)["output"] == json.dumps({"k": "ž"}), "this client sends it as text"

    def test_rewinds_what_failed(self, host: RunningHost) -> None:
        failed = ended(host, "fails_once")
        assert failed["runtimeStatus"] == "Failed"
        client(host, "rewind", failed["instanceId"])
        until(lambda: state(host, failed["instanceId"]) == "Completed")
        assert at_end(host, failed["instanceId"])["output"] == 2

    def test_restarts_under_a_new_id(self, host: RunningHost) -> None:
        old = ended(host, "Everything", "b")
        new = client(host, "restart", old["instanceId"])["id"]
        assert new != old["instanceId"]
        assert at_end(host, new)["output"] == old["output"]

    def test_terminates_and_purges_one_and_by_filter(self, host: RunningHost) -> None:
        for instance in ("end-1", "end-2", "end-3"):
            waiting(host, instance)
            client(host, "terminate", instance)
            assert at_end(host, instance)["runtimeStatus"] == "Terminated"
        assert client(host, "purge", "end-1") == 1
        assert client(host, "purge_all") == 2
        assert [status(host, f"end-{number}").status for number in (1, 2, 3)] == [404] * 3
