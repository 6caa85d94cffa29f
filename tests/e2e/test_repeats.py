"""A request whose response was lost comes again while the supplier takes the money, and acts once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.app.running import CALM, PARIS, App, running_app
from support.waiting import until

# Long enough for the repeats to come while a single call is under way.
SLOW = {"SIM_LATENCY_MS": "1500"}
KEYED = pytest.mark.parametrize("headers", [{"Idempotency-Key": "k-1"}, {}], ids=["with a key", "without"])


def is_charging(app: App, trip: str, effect: str, revision: int) -> Callable[[], bool]:
    """Return a check that the effect was begun, so that the supplier is busy with it or with the next one."""
    return lambda: (effect, revision) in {(row["effect"], row["revision"]) for row in app.ledger(trip)["rows"]}


def repeated(app: App, trip: str, send: Callable[[], Any], first: Any) -> None:
    """Let two clients send it again while the trip is still being worked on."""
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: send(), range(2)))
    assert app.status(trip)["status"] == "running", "the work was over too soon to say anything"
    for again in replies:
        assert again.status == first.status == 202, again.text
        assert again.json()["command_id"] == first.json()["command_id"]


@KEYED
def test_a_change_that_is_being_charged_is_answered_again(tmp_path: Path, headers: dict[str, str]) -> None:
    with running_app(tmp_path) as app:
        trip = app.chat(PARIS)["trips"][0]["id"]
    with running_app(tmp_path, CALM | SLOW) as app:

        def send(nights: int = 6) -> Any:
            body = {"component": "hotel", "nights": nights}
            return app.host.request("PUT", f"/api/trips/{trip}/modify", body, headers)

        first = send()
        until(is_charging(app, trip, "authorize", 2))
        repeated(app, trip, send, first)
        other = send(7)
        expected = (422, "idempotency_mismatch") if headers else (409, "change_in_progress")
        assert (other.status, other.json()["code"]) == expected
        assert "Nothing was" not in other.json()["detail"]
        until(lambda: [row["event"] for row in app.ledger(trip)["rows"]].count("closed") == 2)
        again = send()
        assert (again.status, again.json()["command_id"]) == (202, first.json()["command_id"])
        assert again.json()["status"] == "confirmed"
        assert [command["kind"] for command in app.ledger(trip)["commands"]] == ["change"]
        app.audit()


@KEYED
def test_a_choice_that_is_being_charged_is_answered_again(tmp_path: Path, headers: dict[str, str]) -> None:
    no_car = CALM | {"SIM_REJECT_CAR": "1"}
    with running_app(tmp_path, no_car) as app:
        trip = app.chat(PARIS, on_failure="ask_me")["trips"][0]["id"]
    with running_app(tmp_path, no_car | SLOW) as app:

        def send(choice: str = "keep") -> Any:
            return app.host.request("POST", f"/api/trips/{trip}/answer", {"choice": choice}, headers)

        first = send()
        until(is_charging(app, trip, "confirm", 1))
        repeated(app, trip, send, first)
        other = send("undo")
        expected = (422, "idempotency_mismatch") if headers else (409, "not_waiting")
        assert (other.status, other.json()["code"]) == expected
        app.becomes(trip, "partly_confirmed")
        again = send()
        assert (again.status, again.json()["command_id"]) == (202, first.json()["command_id"])
        assert [command["kind"] for command in app.ledger(trip)["commands"]] == ["answer"]
        app.audit()
