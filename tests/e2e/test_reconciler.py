"""No trip is orphaned: whatever is terminated or missing, it comes to rest and the books balance."""

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from support.app.running import CALM, HUB, PARIS, App, running_app
from support.waiting import until

SLOW = CALM | {"SIM_LATENCY_MS": "100"}
STEPS = ["decided", *(f"row {number}" for number in range(2, 26, 6)), "closed"]
"""Moments at which instances are terminated; `row 8` is that at which the ledger has eight rows of the trip."""


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    with running_app(tmp_path_factory.mktemp("reconciler"), SLOW, CHAT_WAIT_SECONDS="0") as app:
        yield app


def instance_of_turn(app: App, conversation: str) -> str:
    """Return the `chat_turn` instance of a conversation's only turn."""
    instances = app.get(f"{HUB}?showInput=true")
    turns = [instance for instance in instances if instance["name"] == "chat_turn"]
    # With its quotation marks, because `row-2` is the beginning of `row-20` and `trip-at` the end of `turn-trip-at`.
    whole_id = rf"""['"]{re.escape(conversation)}['"\\]"""
    [turn] = [turn["instanceId"] for turn in turns if re.search(whole_id, str(turn["input"]))]
    return turn


def rows_at(step: str) -> int:
    """Return the number of the trip's rows at that step."""
    match step.split():
        case ["row", number]:
            return int(number)
        case ["decided"]:
            return 1
        case _:
            # More than any trip has, so that only its end is waited for.
            return 10_000


def reach(app: App, trip: str, step: str) -> None:
    """Wait until the trip has come that far, or to its end."""
    rows = rows_at(step)
    until(lambda: _rows(app, trip)[-1] == "closed" or len(_rows(app, trip)) >= rows, pause=0.005)


def terminated(app: App, name: str, step: str, victims: tuple[str, ...]) -> Any:
    """Terminate instances of a trip at that step, and return the trip once the reconciler has brought it to rest."""
    trip = app.begun(key=name, conversation=name)
    turn = instance_of_turn(app, name)
    reach(app, trip, step)
    names = {"turn": turn, "trip": trip, **{part: f"{trip}-{part}" for part in ("flight", "hotel", "car")}}
    for victim in victims:
        app.terminate(names[victim])
    ended = app.reconciled(trip)
    assert ended["status"] in ("confirmed", "failed"), ended
    assert app.ledger(trip)["balanced"] is True
    app.audit()
    return ended


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "victims",
    [("turn", "trip", "flight", "hotel", "car"), ("trip",), ("turn", "trip"), ("turn",), ("hotel",), ("flight", "car")],
    ids="+".join,
)
def test_a_terminated_instance_leaves_no_orphan(slow: App, victims: tuple[str, ...], step: str) -> None:
    name = "-".join([*victims, "at", step.replace(" ", "-")])
    ended = terminated(slow, name, step, victims)

    def answered() -> Any:
        slow.reconcile()
        response = slow.post(PARIS, name, name)
        assert response.status in (200, 202, 500), response.text
        return response.json() if response.status == 200 else None

    body = until(answered, pause=0.1)
    assert body["trips"][0]["id"] == ended["id"]
    assert body["trips"][0]["status"] == ended["status"]
    assert slow.status(ended["id"])["bookings"] == ended["bookings"]


def test_restarting_what_has_ended_gives_the_recorded_outcome_without_any_effect(slow: App) -> None:
    body = slow.finished(PARIS, "restarted")
    trip = body["trips"][0]["id"]
    before = slow.ledger(trip)
    for instance in (trip, f"{trip}-hotel"):
        until(lambda instance=instance: slow.host.request("GET", f"{HUB}/{instance}").status == 200)
        recorded = slow.get(f"{HUB}/{instance}")["output"]
        for fresh in ("false", "true"):
            response = slow.host.request("POST", f"{HUB}/{instance}/restart?restartWithNewInstanceId={fresh}")
            assert response.status == 202, response.text
            again = response.json()["id"]
            until(lambda again=again: slow.host.request("GET", f"{HUB}/{again}").status == 200)
            if instance == trip:
                assert slow.get(f"{HUB}/{again}")["output"] == recorded
    assert slow.ledger(trip) == before
    assert slow.finished(PARIS, "restarted") == body
    slow.audit()


@pytest.mark.parametrize("step", ["decided", "row 8", "row 17"])
def test_a_second_run_of_a_saga_at_work_doubles_nothing(slow: App, step: str) -> None:
    name = "second-run-at-" + step.replace(" ", "-")
    trip = slow.begun(key=name, conversation=name)
    reach(slow, trip, step)
    assert slow.host.request("POST", f"{HUB}/{trip}/restart?restartWithNewInstanceId=true").status == 202
    ended = slow.reconciled(trip)
    assert (ended["status"], ended["total"]["minor"]) == ("confirmed", 155000)
    assert slow.ledger(trip)["balanced"] is True
    slow.audit()


def test_a_terminated_follow_up_is_taken_up_by_another_saga(slow: App) -> None:
    trip = slow.finished(PARIS, "follow-up")["trips"][0]["id"]
    assert slow.cancel(trip).status == 202
    until(lambda: slow.terminate(f"{trip}-command-1"))
    ended = slow.reconciled(trip)
    assert (ended["status"], ended["total"]["minor"]) == ("cancelled", 15500)
    assert slow.ledger(trip)["balanced"] is True
    slow.audit()


def test_a_terminated_recovery_is_recovered(slow: App) -> None:
    trip = slow.finished(PARIS, "recovery")["trips"][0]["id"]
    assert slow.cancel(trip).status == 202
    until(lambda: slow.terminate(f"{trip}-command-1"))

    def recovering() -> bool:
        slow.reconcile()
        return slow.terminate(f"{trip}-recovery-3")

    until(recovering, pause=0.1)
    assert slow.reconciled(trip)["status"] == "cancelled"
    slow.audit()


def test_a_parked_trip_whose_saga_was_terminated_parks_again_and_can_be_settled(tmp_path: Path) -> None:
    dials = CALM | {"SIM_REJECT_CAR": "1"}
    with running_app(tmp_path, dials, CHAT_WAIT_SECONDS="5") as app:
        trip = app.chat(PARIS, on_failure="ask_me")["trips"][0]["id"]
        assert app.terminate(trip)
        ended = until(lambda: _recovered(app, trip), pause=0.1)
        assert ended["status"] == "failed"
        app.audit()


def test_a_hub_that_was_lost_leaves_every_trip_to_the_reconciler(tmp_path: Path) -> None:
    with running_app(tmp_path, SLOW, CHAT_WAIT_SECONDS="0") as app:
        trip = app.begun()
        reach(app, trip, "row 8")
        # Killed and not stopped, so that the host has no time to end what is under way.
        app.host.kill()
        for name in tmp_path.glob("hub.db*"):
            name.unlink()
        app.host.start()
        ended = app.reconciled(trip)
        assert ended["status"] in ("failed", "confirmed")
        assert app.ledger(trip)["balanced"] is True
        assert app.finished(PARIS, "k")["trips"][0]["status"] == ended["status"]
        app.audit()


def test_an_overdue_saga_is_taken_over_and_its_late_writes_are_refused(tmp_path: Path) -> None:
    # A call takes twelve times as long as a saga may write nothing before it counts as overdue.
    dials = CALM | {"SIM_LATENCY_MS": "6000"}
    with running_app(
        tmp_path, dials, CHAT_WAIT_SECONDS="0", RECONCILE_AFTER_SECONDS="0.5", SUPPLIER_TIMEOUT_SECONDS="9"
    ) as app:
        trip = app.begun()
        until(lambda: _taken_over(app, trip), pause=0.1)
        app.host.stop()
    with running_app(tmp_path, CHAT_WAIT_SECONDS="0") as app:
        ended = app.reconciled(trip)
        assert ended["status"] == "failed"
        assert "recovered" in {(row["data"] or {}).get("reason") for row in app.ledger(trip)["rows"]}
        app.audit()


def test_a_claimed_turn_that_was_never_started_is_started(tmp_path: Path) -> None:
    with running_app(tmp_path, SLOW, CHAT_WAIT_SECONDS="0") as app:
        claimed = app.post(PARIS, "k").json()
        app.host.kill()
        for name in tmp_path.glob("hub.db*"):
            name.unlink()
        app.host.start()
        turn = f"/api/chat/{claimed['conversation_id']}/turns/1"

        def done() -> Any:
            app.reconcile()
            response = app.host.request("GET", turn)
            return response.json() if response.status == 200 else None

        body = until(done, pause=0.1)
        assert len(body["trips"]) == 1
        assert body["trips"][0]["status"] in ("confirmed", "failed")
        app.audit()


def test_the_reconciler_leaves_alone_what_is_at_work_parked_or_ended(slow: App) -> None:
    trip = slow.begun(key="untouched")
    for _ in range(5):
        slow.reconcile()
    body = slow.finished(PARIS, "untouched")
    assert body["trips"][0]["status"] == "confirmed"
    slow.reconcile()
    assert not [i["instanceId"] for i in slow.get(HUB) if i["instanceId"].startswith(f"{trip}-recovery")]


@pytest.mark.parametrize("days", ["0", "30"])
def test_histories_are_purged_after_their_time_but_never_of_cancellable_trips(tmp_path: Path, days: str) -> None:
    with running_app(tmp_path, CHAT_WAIT_SECONDS="10", HISTORY_RETENTION_DAYS=days) as app:
        kept = app.chat(PARIS, key="kept")["trips"][0]["id"]
        gone = app.chat(PARIS, key="gone")["trips"][0]["id"]
        assert app.cancel(gone).status == 202
        app.becomes(gone, "cancelled")
        until(lambda: app.host.request("GET", f"{HUB}/{gone}-command-1").status == 200)
        before = app.status(gone)
        assert app.host.request("POST", "/admin/functions/purge_histories").status == 202
        if days == "0":
            until(lambda: app.host.request("GET", f"{HUB}/{gone}").status == 404)
            until(lambda: not [i for i in app.get(HUB) if i["instanceId"].startswith(gone)])
        else:
            app.host.wait_log("Executed 'Functions.purge_histories'")
            assert app.host.request("GET", f"{HUB}/{gone}").status == 200
        assert app.host.request("GET", f"{HUB}/{kept}").status == 200
        assert app.status(gone) == before
        assert app.chat(PARIS, key="gone")["trips"][0]["status"] == "cancelled"
        assert app.cancel(kept).status == 202
        app.becomes(kept, "cancelled")
        app.audit()


def _rows(app: App, trip: str) -> list[str]:
    return [row["event"] for row in app.ledger(trip)["rows"]]


def _recovered(app: App, trip: str) -> Any:
    app.reconcile()
    status = app.status(trip)
    return status if status["status"] == "failed" and _rows(app, trip)[-1] == "closed" else None


def _taken_over(app: App, trip: str) -> bool:
    app.reconcile()
    return "expired" in _rows(app, trip)
