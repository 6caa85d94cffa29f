"""The durable client of the unmodified SDK, and the management API, work on a running host."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

from devhost.testing import RunningHost

API = "/runtime/webhooks/durabletask"


def status(host: RunningHost, instance: str, query: str = "") -> dict[str, Any]:
    return host.request("GET", f"{API}/instances/{instance}{query}").json()


def ended(host: RunningHost, instance: str) -> dict[str, Any]:
    """Wait until the instance has ended, and return its status with the history."""
    deadline = time.monotonic() + 20
    while host.request("GET", f"{API}/instances/{instance}").status == 202:
        assert time.monotonic() < deadline, host.logs
    return status(host, instance, "?showHistory=true&showHistoryOutput=true")


JSON = "application/json"


def running(host: RunningHost, name: str, state: str = "Running") -> str:
    """Start an orchestration, wait until it is in the state and return its id."""
    instance: str = host.request("POST", f"/api/start/{name}").json()["id"]
    reach(host, instance, state)
    return instance


def reach(host: RunningHost, instance: str, state: str) -> None:
    deadline = time.monotonic() + 20
    while status(host, instance)["runtimeStatus"] != state:
        assert time.monotonic() < deadline, host.logs


def test_a_started_orchestration_is_told_by_its_urls(host: RunningHost) -> None:
    response = host.request("POST", "/api/start/words?id=words-1", "Hello")
    payload = response.json()
    assert response.status == 202
    assert response.headers["location"] == payload["statusQueryGetUri"]
    assert payload["statusQueryGetUri"].startswith(
        f"{host.url}{API}/instances/words-1?taskHub=Features&connection=Storage&code="
    )
    end = ended(host, "words-1")
    assert (end["runtimeStatus"], end["output"]) == ("Completed", ["HELLO", "hello in whisper"])
    assert end["customStatus"] == "shouting"
    assert [event["EventType"] for event in end["historyEvents"]] == [
        "ExecutionStarted",
        "TaskCompleted",
        "TaskCompleted",
        "ExecutionCompleted",
    ]
    assert "activity, instance words-1" in host.wait_log("Executed 'shout' (Succeeded")


def test_waiting_for_completion_answers_the_output(host: RunningHost) -> None:
    response = host.request("POST", "/api/start-and-wait/words", "Hi")
    assert (response.status, response.json()) == (200, ["HI", "hi in whisper"])
    assert host.request("POST", "/api/start-and-wait/waiter").status == 202


def test_the_client_raises_suspends_resumes_and_terminates(host: RunningHost) -> None:
    one = running(host, "waiter")
    assert host.request("POST", f"/api/client/suspend/{one}").status == 200
    reach(host, one, "Suspended")
    assert host.request("POST", f"/api/client/resume/{one}").status == 200
    reach(host, one, "Running")
    assert host.request("POST", f"/api/client/raise/{one}").status == 200
    assert ended(host, one)["output"] == '{"raised": true}'
    two = running(host, "waiter")
    assert host.request("POST", f"/api/client/terminate/{two}").status == 200
    end = ended(host, two)
    assert (end["runtimeStatus"], end["output"]) == ("Terminated", "enough")


def test_the_client_rewinds_restarts_and_purges(host: RunningHost) -> None:
    host.request("POST", "/api/start/once_more?id=once-1")
    assert ended(host, "once-1")["runtimeStatus"] == "Failed"
    assert host.request("POST", "/api/client/rewind/once-1").status == 200
    reach(host, "once-1", "Completed")
    assert status(host, "once-1")["output"] == "second time"
    again = host.request("POST", "/api/client/restart/once-1").json()
    assert again["id"] != "once-1"
    assert ended(host, again["id"])["runtimeStatus"] == "Failed"
    assert host.request("POST", "/api/client/purge/once-1").json() == 1
    assert host.request("GET", f"{API}/instances/once-1").status == 404


def test_the_client_purges_by_status(host: RunningHost) -> None:
    instances = [running(host, "waiter") for _ in range(2)]
    for instance in instances:
        assert host.request("POST", f"/api/client/terminate/{instance}").status == 200
        assert ended(host, instance)["runtimeStatus"] == "Terminated"
    assert host.request("POST", "/api/client/purge_terminated/any").json() >= 2
    assert [host.request("GET", f"{API}/instances/{instance}").status for instance in instances] == [404, 404]


def test_a_conflict_on_restart_answers_in_the_extension_s_words(host: RunningHost) -> None:
    waiting = running(host, "waiter")
    answer = host.request("POST", f"{API}/instances/{waiting}/restart?restartWithNewInstanceId=false")
    body = answer.json()
    assert (answer.status, body["Message"]) == (
        409,
        "A non-terminal instance with this instance ID already exists.",
    )
    assert body["ExceptionType"] == "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException"
    assert body["ExceptionMessage"] == "An Orchestration instance with the status Running already exists."
    host.wait_log("Restart refused: An Orchestration instance with the status Running already exists.")


@pytest.mark.parametrize("operation", ["suspend", "resume", "terminate", "rewind", "raiseEvent/go"])
def test_what_is_refused_is_logged(host: RunningHost, operation: str) -> None:
    waiting = running(host, "waiter")
    if operation not in ("resume", "rewind"):
        host.request("POST", f"{API}/instances/{waiting}/terminate")
        reach(host, waiting, "Terminated")
    for instance in (waiting, "never-was"):
        before = host.logs.count("\n")
        answer = host.request("POST", f"{API}/instances/{instance}/{operation}", b"{}", {"Content-Type": JSON})
        assert answer.status >= 400
        assert "WARNING" in host.wait_log("efused: ", since=before)


def test_the_client_signals_and_reads_entities(host: RunningHost) -> None:
    assert host.request("POST", "/api/client/read/k1").json() == {"exists": False, "state": None}
    for _ in range(2):
        assert host.request("POST", "/api/client/signal/k1").status == 200
    deadline = time.monotonic() + 20
    while (read := host.request("POST", "/api/client/read/k1").json()) != {"exists": True, "state": 10}:
        assert time.monotonic() < deadline, read
    assert host.request("GET", f"{API}/entities/COUNTER/k1").json() == 10


def test_the_client_lists_and_makes_payloads(host: RunningHost) -> None:
    assert "words-1" in host.request("POST", "/api/client/status_by/x").json()
    payload = host.request("POST", "/api/client/payload/some-id").json()
    assert payload["rewindPostUri"].startswith(
        f"http://localhost:{host.url.rsplit(':', 1)[1]}{API}/instances/some-id/rewind"
    )


def test_both_bases_answer_the_same(host: RunningHost) -> None:
    host.request("POST", "/api/start/words?id=words-2", "a")
    ended(host, "words-2")
    for path in ("instances/words-2", "instances/never-was", "nowhere"):
        one, two = host.request("GET", f"{API}/{path}"), host.request("GET", f"/durabletask/{path}")
        assert (one.status, one.body) == (two.status, two.body)


def test_pages_follow_one_another_to_the_end(host: RunningHost) -> None:
    for n in range(5):
        host.request("POST", f"{API}/orchestrators/words/page-{n}", "x")
    listed: list[str] = []
    token: str | None = None
    while True:
        headers = {"x-ms-continuation-token": token} if token else {}
        response = host.request("GET", f"{API}/instances?instanceIdPrefix=page-&top=2", headers=headers)
        listed += [row["instanceId"] for row in response.json()]
        token = response.headers.get("x-ms-continuation-token")
        if not token:
            break
    assert listed == [f"page-{n}" for n in range(5)]


def test_a_token_that_is_not_ours_is_refused(host: RunningHost) -> None:
    for path in ("instances", "entities"):
        response = host.request("GET", f"{API}/{path}", headers={"x-ms-continuation-token": "no token"})
        assert response.status == 400
        assert "Message" in response.json()


@pytest.mark.parametrize(
    ("segment", "instance", "link"), [("p+q", "p q", "p+q"), ("r%2Bs", "r s", "r+s"), ("t%252Bu", "t+u", "t%2Bu")]
)
def test_path_segments_are_decoded_twice(host: RunningHost, segment: str, instance: str, link: str) -> None:
    payload = host.request("POST", f"{API}/orchestrators/words/{segment}", b'"x"').json()
    assert payload["id"] == instance
    assert f"/instances/{link}?" in payload["statusQueryGetUri"]
    assert "rewindPostUri" not in payload
    assert ended(host, segment)["instanceId"] == instance


def test_another_hub_is_not_here(host: RunningHost) -> None:
    host.request("POST", f"{API}/orchestrators/words/in-the-hub", b'"x"')
    assert host.request("GET", f"{API}/instances/in-the-hub?TASKHUB=features").status in (200, 202)
    assert host.request("GET", f"{API}/instances/in-the-hub?taskHub=Other").status == 404


def test_a_start_can_wait_for_its_end(host: RunningHost) -> None:
    response = host.request("POST", f"{API}/orchestrators/words?timeout=10&pollingInterval=0.05", '"x"')
    assert (response.status, response.json()) == (200, ["X", "x in whisper"])
    assert host.request("POST", f"{API}/orchestrators/waiter?timeout=0.2&pollingInterval=0.1").status == 202


def test_a_connection_of_the_settings_is_known(host: RunningHost) -> None:
    assert host.request("GET", f"{API}/instances/never-was?connection=FUNCTIONS_WORKER_RUNTIME").status == 404
    assert host.request("GET", f"{API}/instances/never-was?connection=Nope").status == 500


@dataclass(frozen=True)
class OddRequest:
    """A request that a client should not send, with the real extension's status and a key of its JSON response."""

    method: str
    path: str
    body: bytes | None
    media_type: str
    status: int
    key: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} {(self.body or b'')[:20]!r}"


LONG = "x" * 300
BAD = [
    ("POST", "orchestrators/words", b"{bad", "application/json", 400, "ExceptionMessage"),
    ("POST", "orchestrators/words", b"\xff\xfe", "application/json", 400, "ExceptionMessage"),
    # Nested deeper than a parser that calls itself can follow.
    ("POST", "orchestrators/words", b"[" * 100_000, "application/json", 400, "ExceptionMessage"),
    ("POST", "orchestrators/words", b"NaN", "application/json", 400, "ExceptionMessage"),
    ("POST", "orchestrators/words", b"{'a': 1}", "application/json", 400, "ExceptionMessage"),
    ("POST", "orchestrators/words/a%2Fb", b"{}", "application/json", 404, ""),
    ("POST", "orchestrators/words/a%23b", b'"x"', "application/json", 202, ""),
    ("POST", "orchestrators/words/a%3Fb", b'"x"', "application/json", 202, ""),
    ("POST", "orchestrators/words/a%5Cb", b'"x"', "text/plain", 202, ""),
    ("POST", f"orchestrators/words/{LONG}", b'"x"', "application/json", 202, ""),
    ("POST", "orchestrators/words/@at", b'"x"', "application/json", 202, ""),
    ("POST", "orchestrators/unknown-name", b"{}", "application/json", 202, ""),
    ("POST", "orchestrators", b"{}", "application/json", 404, ""),
    ("POST", "orchestrators/words?timeout=x&pollingInterval=1", b'"x"', "application/json", 202, ""),
    ("POST", "orchestrators/words?timeout=2&pollingInterval=5", b'"x"', "application/json", 400, "Message"),
    ("POST", "orchestrators/words?timeout=-2&pollingInterval=1", b'"x"', "application/json", 400, "Message"),
    ("POST", "orchestrators/words?timeout=2&pollingInterval=-1", b'"x"', "application/json", 400, "ExceptionMessage"),
    ("POST", "orchestrators/words?timeout=nan&pollingInterval=1", b'"x"', "application/json", 400, "ExceptionMessage"),
    ("GET", "instances?top=-1", None, "", 200, ""),
    ("GET", "instances?top=many", None, "", 200, ""),
    ("GET", "instances?createdTimeFrom=bad", None, "", 200, ""),
    ("GET", "instances/never-was?showHistory=maybe", None, "", 404, ""),
    ("PATCH", "instances/never-was", None, "", 404, ""),
    ("POST", "instances/never-was/raiseEvent/go", b"{}", "application/json", 404, ""),
    ("POST", "instances/never-was/terminate", None, "", 404, ""),
    ("POST", "instances/never-was/restart", None, "", 400, "ExceptionMessage"),
    ("POST", "instances/bad-waiter/raiseEvent/go", b"{}", "text/plain", 400, "Message"),
    ("POST", "instances/bad-waiter/raiseEvent/go", b"", "application/json", 400, "ExceptionMessage"),
    ("POST", "instances/bad-waiter/raiseEvent/go", b"{no", "application/json", 400, "ExceptionMessage"),
    ("DELETE", "instances", None, "", 400, ""),
    ("DELETE", "instances?createdTimeFrom=2000-01-01&runtimeStatus=Running", None, "", 400, "Message"),
    ("POST", "entities/unknown/k?op=add", b"1", "application/json", 400, "Message"),
    ("POST", "entities/counter/a%23b?op=add", b"1", "application/json", 400, "Message"),
    ("POST", "entities/counter/k?op=add", b"bad{", "application/json", 400, "Message"),
    ("GET", "entities/counter/never", None, "", 404, ""),
]


@pytest.mark.parametrize("odd", [OddRequest(*row) for row in BAD], ids=str)
def test_bad_input_gets_its_status_and_the_host_goes_on(host: RunningHost, odd: OddRequest) -> None:
    # Some of them need an instance that runs, whatever became of it in the tests before.
    host.request("POST", f"{API}/orchestrators/Waiter/bad-waiter")
    headers = {"Content-Type": odd.media_type} if odd.media_type else {}
    response = host.request(odd.method, f"{API}/{odd.path}", odd.body, headers)
    assert response.status == odd.status, response.text
    if odd.key:
        assert odd.key in response.json()
    assert host.request("GET", "/api/text").status == 200


def test_an_activity_may_take_a_durable_client(host: RunningHost) -> None:
    waiting = running(host, "Waiter")
    nudging: str = host.request("POST", "/api/start/nudges", waiting).json()["id"]
    assert ended(host, nudging)["output"] == waiting
    assert "nudged" in ended(host, waiting)["output"]
