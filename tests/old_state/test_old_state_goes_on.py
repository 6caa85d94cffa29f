"""Today's code goes on with the trips that an older version left at work, waiting, parked and at rest."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from support.app.old_state import OldState, check_views
from support.app.running import App, usd
from support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE = 90.0
UNFINISHED = (
    *("killed_before_pivot", "killed_with_lost_answer", "killed_after_pivot", "killed_single", "killed_parallel"),
    *("killed_before_close", "killed_while_undoing", "killed_in_cancel", "killed_in_change_up"),
    *("killed_in_change_down", "killed_before_follow_up"),
)
"""Trips that were at work when the old process was killed."""


def soon_after(old: OldState) -> datetime:
    """Return a time at which the leases of the killed process have run out and every hold is still valid."""
    return old.made_at + timedelta(minutes=2)


def long_after(old: OldState) -> datetime:
    """Return a time at which every hold has run out and every trip has been travelled."""
    # Trips are booked two years ahead at most.
    return old.made_at + timedelta(days=1200)


def ended(app: App, old: OldState, name: str) -> tuple[str, int]:
    """Return status and total of a trip, once the reconciler and the sagas have brought it to its end."""
    view = app.reconciled(old.trips[name], PATIENCE)
    return view["status"], view["total"]["minor"]


def times_closed(app: App, trip: str) -> int:
    """Count how often the trip has come to an end."""
    return [row["event"] for row in app.ledger(trip)["rows"]].count("closed")


def closed(app: App, trip: str, status: str) -> Any:
    """Return the trip once it has that status and its inbox is closed."""
    view = app.becomes(trip, status, PATIENCE)
    until(lambda: app.ledger(trip)["rows"][-1]["event"] == "closed", PATIENCE)
    return view


def answered(app: App, name: str, old: OldState) -> Any:
    """Send the old post again with its key, until its turn is done, and return the response's body."""
    turn = old.notes["turns"][name]

    def final() -> Any:
        app.reconcile()
        response = app.post(turn["message"], turn["key"], f"old-{name}", options=turn["options"] or None)
        assert response.status in (200, 202), f"{response.status} {response.text}"
        return response.json() if response.status == 200 else None

    return until(final, PATIENCE, pause=0.1)


def finish_what_was_at_work(app: App, old: OldState) -> None:
    ends = {name: ended(app, old, name) for name in UNFINISHED}
    assert ends == {
        "killed_before_pivot": ("confirmed", 155_000),
        "killed_with_lost_answer": ("confirmed", 155_000),
        "killed_after_pivot": ("confirmed", 155_000),
        "killed_single": ("confirmed", 39_000),
        "killed_parallel": ("confirmed", 155_000),
        "killed_before_close": ("confirmed", 155_000),
        "killed_while_undoing": ("failed", 0),
        "killed_in_cancel": ("cancelled", 15_500),
        "killed_in_change_up": ("confirmed", 198_750),
        "killed_in_change_down": ("confirmed", 128_750),
        "killed_before_follow_up": ("cancelled", 15_500),
    }
    for name in old.notes["turns"]:
        [link] = answered(app, name, old)["trips"]
        assert link["id"] == old.trips.get(name, link["id"]), name
        assert link["status"] == ends.get(name, ("confirmed", 0))[0], name


def answer_what_waits(app: App, old: OldState) -> None:
    for name, choice in (("waiting_to_keep", "keep"), ("waiting_to_undo", "undo")):
        assert app.answer(old.trips[name], choice).status == 202
    assert app.cancel(old.trips["waiting_to_cancel"]).status == 202
    assert closed(app, old.trips["waiting_to_keep"], "partly_confirmed")["total"] == usd(132_500)
    assert closed(app, old.trips["waiting_to_undo"], "failed")["total"] == usd(0)
    assert closed(app, old.trips["waiting_to_cancel"], "cancelled")["total"] == usd(0)
    assert app.status(old.trips["waiting"])["status"] == "waiting"


def decide_what_is_open(app: App, old: OldState) -> None:
    trips = old.trips
    decisions = {
        trips["attention_refund_travel"]: ("retry", ""),
        trips["attention_refund_flight"]: ("settled", "BT-2212"),
        trips["attention_refund_hotel"]: ("written_off", ""),
        trips["attention_cancel"]: ("settled", "by telephone"),
    }

    def decided() -> bool:
        items = [item for item in app.attention() if item["trip"] in decisions]
        for item in items:
            decision, reference = decisions[item["trip"]]
            # 404 and 412: the saga has closed the item, or moved on, since it was listed.
            assert app.decide(item, decision, reference).status in (202, 404, 412)
        return not items

    until(decided, PATIENCE, pause=0.1)
    for trip in decisions:
        failed = trip == trips["attention_cancel"]
        closed(app, trip, "failed" if failed else "cancelled")
        assert app.ledger(trip)["balanced"] is True
    for name in ("settled", "written_off"):
        assert app.status(trips[name])["status"] == "cancelled"


def cancel_what_is_confirmed(app: App, old: OldState) -> None:
    for name in ("confirmed_to_cancel", "confirmed_flight", "partly_confirmed", "changed_down", "forgotten"):
        trip = old.trips[name]
        terms, before = app.get(f"/api/trips/{trip}/cancel-terms"), app.status(trip)
        assert app.cancel(trip).status == 202
        after = closed(app, trip, "cancelled")
        assert after["total"] == usd(before["total"]["minor"] - terms["refund"]["minor"]), name


def change_what_is_confirmed(app: App, old: OldState) -> None:
    changes = {
        "confirmed_to_change_up": ({"component": "hotel", "nights": 7}, 198_750),
        "confirmed_to_change_down": ({"component": "hotel", "nights": 3}, 128_750),
        "confirmed_to_change_day": ({"component": "car_hire", "date": "2028-10-03"}, 157_250),
        "changed_up": ({"component": "hotel", "nights": 6}, None),
    }
    for name, (change, total) in changes.items():
        trip = old.trips[name]
        before = times_closed(app, trip)
        assert app.modify(trip, **change).status == 202
        until(lambda trip=trip, before=before: times_closed(app, trip) > before, PATIENCE)
        view = app.status(trip)
        assert (view["status"], view["error"]) == ("confirmed", None), name
        assert total is None or view["total"] == usd(total), name


def go_on_with_conversations(app: App, old: OldState) -> None:
    body = app.chat("three nights", conversation=old.notes["conversations"]["draft"]["id"])
    assert (body["turn"], body["trips"][0]["kind"], body["trips"][0]["status"]) == (2, "hotel", "confirmed")
    message = "I need a trip to Paris for 5 nights from 2 October 2028"
    again = app.chat(message, "confirmed_travel", "old-confirmed_travel")
    assert (again["turn"], again["trips"][0]["id"]) == (1, old.trips["confirmed_travel"])
    forgotten = app.post("Hello", conversation=old.notes["conversations"]["forgotten"])
    assert (forgotten.status, forgotten.json()["code"]) == (410, "conversation_forgotten")
    assert app.host.request("DELETE", "/api/chat/old-confirmed_car").status == 204


def test_trips_that_were_at_work_come_to_their_end(old_on_sqlite: OldState) -> None:
    with old_on_sqlite.running(soon_after(old_on_sqlite)) as app:
        finish_what_was_at_work(app, old_on_sqlite)
    old_on_sqlite.audit()


def test_what_waits_for_a_person_is_answered_and_decided(old_on_sqlite: OldState) -> None:
    with old_on_sqlite.running(soon_after(old_on_sqlite)) as app:
        answer_what_waits(app, old_on_sqlite)
        decide_what_is_open(app, old_on_sqlite)
    old_on_sqlite.audit()


def test_confirmed_trips_are_cancelled_and_changed_and_conversations_go_on(old_on_sqlite: OldState) -> None:
    with old_on_sqlite.running(soon_after(old_on_sqlite)) as app:
        cancel_what_is_confirmed(app, old_on_sqlite)
        change_what_is_confirmed(app, old_on_sqlite)
        go_on_with_conversations(app, old_on_sqlite)
    old_on_sqlite.audit()


def test_in_tables_all_of_it_goes_on_too(old_on_tables: OldState) -> None:
    """Do everything in one test, because filling the tables takes longer than acting on them."""
    check_views(old_on_tables)
    with old_on_tables.running(soon_after(old_on_tables)) as app:
        finish_what_was_at_work(app, old_on_tables)
        answer_what_waits(app, old_on_tables)
        decide_what_is_open(app, old_on_tables)
        cancel_what_is_confirmed(app, old_on_tables)
        change_what_is_confirmed(app, old_on_tables)
        go_on_with_conversations(app, old_on_tables)
    old_on_tables.audit()


def test_long_after_everything_comes_to_its_end_or_parks(old_on_sqlite: OldState) -> None:
    """Let the suppliers refuse holds that have run out, so that all captured money is refunded."""
    old = old_on_sqlite
    with old.running(long_after(old)) as app:
        ends = {name: ended(app, old, name)[0] for name in UNFINISHED}
        assert {name: status for name, status in ends.items() if status not in ("failed", "confirmed")} == {
            "killed_in_cancel": "cancelled",
            "killed_before_follow_up": "cancelled",
        }
        for name in ("waiting", "waiting_to_keep", "waiting_to_undo", "waiting_to_cancel"):
            assert ended(app, old, name) == ("failed", 0), name
        assert app.cancel(old.trips["confirmed_to_cancel"]).status == 202
        assert closed(app, old.trips["confirmed_to_cancel"], "cancelled")["total"] == usd(15_500)
        assert {item["trip"] for item in app.attention()} == {
            trip for name, trip in old.trips.items() if name.startswith("attention_")
        }
    old.audit()
