"""An effect that cannot be undone is listed with amount and reason, and ends with an operator's decision."""

import json
import sqlite3
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.app.running import CALM, PARIS, App, running_app, usd
from support.waiting import until

# One attempt instead of five, because the waits between them would make most of the time of each test.
ROUNDS = {"COMPENSATION_ATTEMPTS": "1"}
UNNAMED = "a caller without a name"
"""The name of every caller on a host that signs nobody in."""
NO_REFUND = CALM | {"SIM_FAIL_REFUND": "1"}
NO_CANCEL = CALM | {"SIM_FAIL_CANCEL": "1"}


def parked_cancel(app: App) -> str:
    """Confirm a trip and cancel it, so that it parks, and return its id."""
    trip = app.chat(PARIS)["trips"][0]["id"]
    assert app.cancel(trip).status == 202
    parked = app.becomes(trip, "needs_attention")
    assert parked["error"]["code"] == "needs_attention"
    return trip


@contextmanager
def without_refunds(state: Path) -> Generator[tuple[App, str]]:
    with running_app(state, NO_REFUND, **ROUNDS) as app:
        yield app, parked_cancel(app)


def items_of(app: App, trip: str) -> dict[str, Any]:
    return {item["item"]: item for item in app.attention() if item["trip"] == trip}


def refusal(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status, response.json()["code"]


def test_each_open_item_is_listed_with_amount_and_reason(tmp_path: Path) -> None:
    with without_refunds(tmp_path) as (app, trip):
        items = items_of(app, trip)
        assert set(items) == {"flight-refund-1", "hotel-refund-1", "car-refund-1"}
        flight = items["flight-refund-1"]
        assert set(flight) == {
            *("trip", "item", "component", "kind", "effect", "amount", "reason", "opened_at", "etag"),
            *("confirmation", "payment", "attempts", "given_up", "allowed", "by"),
        }
        assert (flight["component"], flight["kind"], flight["effect"]) == (f"{trip}-flight", "flight", "refund")
        assert flight["amount"] == usd(40500)
        assert flight["reason"].endswith("attempts.")
        booked = next(booking for booking in app.status(trip)["bookings"] if booking["kind"] == "flight")
        assert (flight["confirmation"], flight["payment"]) == (booked["confirmation"], booked["payment"]["id"])
        assert (flight["attempts"], flight["given_up"], flight["by"]) == (1, 1, None)
        assert flight["allowed"] == ["retry", "settled", "written_off"]
        status = app.status(trip)
        assert "refunding the flight ($405.00)" in status["error"]["message"]
        assert {c["status"] for c in status["compensations"]} == {"failed"}
        assert refusal(app.modify(trip, component="hotel", nights=2)) == (409, "needs_attention")
        assert app.cancel(trip).status == 202
        assert len(app.ledger(trip)["commands"]) == 1
        app.audit()


def test_the_operators_way_through_a_failed_cancellation(tmp_path: Path) -> None:
    with without_refunds(tmp_path) as (app, trip):
        again = app.decide(items_of(app, trip)["flight-refund-1"], "retry")
        assert (again.status, again.json()["id"]) == (202, trip)
        app.becomes(trip, "needs_attention")
        assert len(app.ledger(trip)["commands"]) == 2
        tried_again = _item(app, trip, "flight-refund-1")
        assert (tried_again["attempts"], tried_again["given_up"]) == (2, 2)
        assert again.json()["by"] == tried_again["by"] == UNNAMED
        assert not any("by" in moment for moment in app.status(trip)["timeline"]), "a traveller reads it"
    with running_app(tmp_path, CALM, **ROUNDS) as app:
        retried = _item(app, trip, "flight-refund-1")
        assert app.decide(retried, "retry").status == 202
        _gone(app, trip, "flight-refund-1")
        assert app.decide(_item(app, trip, "hotel-refund-1"), "settled", "wire 4711").status == 202
        assert app.decide(_item(app, trip, "car-refund-1"), "written_off").status == 202
        ended = app.becomes(trip, "cancelled")
        assert app.attention() == []
        books = app.ledger(trip)
        assert books["balanced"] is True
        assert books["balances"]["elsewhere"] == usd(-78750)
        decisions = [row["data"] for row in books["rows"] if row["event"] == "resolved"]
        assert [(decision["decision"], decision["reference"]) for decision in decisions[-2:]] == [
            ("settled", "wire 4711"),
            ("written_off", ""),
        ]
        assert all(decision["by"] and decision["reason"] == "as agreed on the telephone" for decision in decisions)
        assert ended["error"] is None
        assert [(b["payment"]["status"], b["payment"].get("not_paid_back")) for b in ended["bookings"]] == [
            ("refunded", None),
            ("settled", None),
            ("written_off", usd(20250)),
        ]
        assert [c["status"] for c in ended["compensations"]] == ["written_off", "settled", "cancelled"]
        assert ended["total"] == usd(15500 + 20250)
        last = until(lambda: _end_of(app, trip))
        assert last["text"].endswith("Not paid back: $202.50, written off by staff.")
        books = app.ledger(trip)
        assert books["not_paid_back"] == usd(20250)
        closed = next(row["data"] for row in reversed(books["rows"]) if row["event"] == "closed")
        assert (closed["kept"]["minor"], closed["not_paid_back"]["minor"]) == (ended["total"]["minor"], 20250)
        car = app.status(f"{trip}-car")
        assert (car["total"], car["bookings"][0]["payment"]["status"]) == (usd(22500), "written_off")
        assert app.get(f"/api/trips/{trip}/cancel-terms")["components"] == []
        app.audit()


@pytest.mark.parametrize(("decision", "payment"), [("settled", "settled"), ("written_off", "written_off")])
def test_a_failed_trip_never_says_that_nothing_stays_charged_where_something_does(
    tmp_path: Path, decision: str, payment: str
) -> None:
    """Refuse the last capture when the others were made, and let their refunds fail."""
    # Half of the captures are refused: among a few trips, one has paid for something before a refusal.
    refused = NO_REFUND | {"SIM_CAPTURE_REFUSED": "0.5", "SIM_SEED": "1"}
    with running_app(tmp_path, refused, **ROUNDS) as app:
        trip = until(lambda: _parked_after_paying(app))
        kept = [item for item in app.attention() if item["trip"] == trip]
        for item in kept:
            assert app.decide(_item(app, trip, item["item"]), decision, "wire 1").status == 202
        ended = app.becomes(trip, "failed")
        refunds = [item["amount"]["minor"] for item in kept if item["effect"] == "refund"]
        lost = sum(refunds) if decision == "written_off" else 0
        assert (ended["total"]["minor"], "Nothing of this trip stays charged" in ended["error"]["message"]) == (
            lost,
            not lost,
        )
        assert payment in [b["payment"]["status"] for b in ended["bookings"] if b["payment"]]
        app.audit()


def _end_of(app: App, trip: str) -> Any:
    """Return the last moment of a trip once it is closed, or None."""
    last = app.status(trip)["timeline"][-1]
    return last if last["event"] in ("cancelled", "failed") else None


def _parked_after_paying(app: App) -> str | None:
    """Book a trip and return its id if it waits for the decision on a refund: its captures are refused by chance."""
    trip = app.chat(PARIS)["trips"][0]["id"]
    return trip if any("refund" in item for item in items_of(app, trip)) else None


def test_a_decision_on_a_version_that_has_passed_changes_nothing(tmp_path: Path) -> None:
    with without_refunds(tmp_path) as (app, trip):
        items = items_of(app, trip)
        flight, hotel = items["flight-refund-1"], items["hotel-refund-1"]
        assert app.decide(flight, "settled", "wire 1").status == 202
        assert refusal(app.decide(hotel, "settled", "wire 2")) == (412, "stale_version")
        for etag in ('"999999"', '"x"', "*", 'W/"1"'):
            assert refusal(app.decide(hotel, "settled", "wire 2", etag=etag)) == (412, "stale_version")
        assert "hotel-refund-1" in items_of(app, trip)
        path = f"/api/operations/attention/{trip}/items/hotel-refund-1"
        body = {"decision": "retry", "reason": "again"}
        assert refusal(app.host.request("POST", path, body)) == (428, "precondition_required")


def test_the_same_decision_again_is_the_same_command(tmp_path: Path) -> None:
    with without_refunds(tmp_path) as (app, trip):
        flight = items_of(app, trip)["flight-refund-1"]
        responses = [app.decide(flight, "settled", "wire 1") for _ in range(3)]
        assert [response.status for response in responses] == [202] * 3
        assert len({response.json()["command_id"] for response in responses}) == 1
        assert [command["kind"] for command in app.ledger(trip)["commands"]] == ["cancel", "decision"]


def test_an_item_that_is_not_open_is_not_found(tmp_path: Path) -> None:
    with without_refunds(tmp_path) as (app, trip):
        flight = items_of(app, trip)["flight-refund-1"]
        for item in ("flight-void-1", "boat-refund-1", "%20", "flight-refund-9"):
            assert refusal(app.decide(flight | {"item": item}, "retry")) == (404, "item_not_found")
        assert refusal(app.decide(flight | {"trip": "trip-unknown"}, "retry")) == (404, "item_not_found")


@pytest.mark.parametrize(
    "body",
    [
        {"decision": "forget it", "reason": "x"},
        {"decision": "retry"},
        {"decision": "retry", "reason": " "},
        {"decision": "settled", "reason": "x"},
        {"decision": "settled", "reason": "x", "reference": 5},
        {"decision": "retry", "reason": "x" * 501},
        {"decision": "retry", "reason": "x", "more": 1},
        {"decision": "retry", "reason": "x", "by": "the director"},
    ],
)
def test_a_decision_without_its_parts_is_an_invalid_request(
    tmp_path_factory: pytest.TempPathFactory, body: dict[str, Any]
) -> None:
    with running_app(tmp_path_factory.mktemp("decision")) as app:
        response = app.host.request("POST", "/api/operations/attention/t/items/i", body, {"If-Match": '"1"'})
        assert refusal(response) == (400, "invalid_request")


def test_what_the_company_did_after_all_is_posted_instead(tmp_path: Path) -> None:
    """Let a refund be made while its answer is lost."""
    with without_refunds(tmp_path) as (_, trip):
        pass
    with running_app(tmp_path, CALM | {"SIM_LOST_ANSWER": "1"}, **ROUNDS) as app:
        assert app.decide(_item(app, trip, "flight-refund-1"), "retry").status == 202
        app.becomes(trip, "needs_attention")
    with running_app(tmp_path, NO_REFUND, **ROUNDS) as app:
        item = _item(app, trip, "flight-refund-1")
        assert refusal(app.decide(item, "settled", "wire 1")) == (409, "already_done")
        _gone(app, trip, "flight-refund-1")
        rows = app.ledger(trip)["rows"]
        [refunded] = [r for r in rows if r["event"] == "outcome" and r["effect"] == "refund"]
        assert (refunded["data"]["status"], refunded["data"]["amount"]["minor"]) == ("refunded", 40500)
        reasons = [r["data"]["reason"] for r in rows if r["event"] == "resolved"]
        assert reasons[-1].startswith("settled was asked for")
        assert refusal(app.decide(item, "settled", "wire 1")) == (409, "already_done")
        app.audit()


@pytest.mark.parametrize("decision", ["settled", "written_off"])
def test_while_the_company_cannot_be_asked_nothing_changes(tmp_path: Path, decision: str) -> None:
    with without_refunds(tmp_path) as (_, trip):
        pass
    with running_app(tmp_path, CALM | {"SIM_FAULT": "1"}, **ROUNDS) as app:
        item = _item(app, trip, "flight-refund-1")
        before = app.ledger(trip)
        assert refusal(app.decide(item, decision, "wire 1")) == (503, "provider_unavailable")
        assert app.ledger(trip) == before
    with running_app(tmp_path, NO_REFUND, **ROUNDS) as app:
        assert app.decide(item, decision, "wire 1").status == 202


def test_a_settled_refund_is_closed_at_the_provider_against_a_late_arrival(tmp_path: Path) -> None:
    with without_refunds(tmp_path) as (app, trip):
        assert app.decide(items_of(app, trip)["flight-refund-1"], "settled", "wire 1").status == 202
    book = sqlite3.connect(tmp_path / "suppliers" / "payments.db")
    try:
        tables = [name for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in book.execute(f"SELECT * FROM {table}")]
    finally:
        book.close()
    closed = [row for row in rows if f"{trip}-flight/refund/1" in row]
    assert closed
    assert "closed" in json.dumps(closed[0], default=str)


@pytest.mark.parametrize(("decision", "total"), [("settled", 0), ("written_off", 0)])
def test_a_booking_that_cannot_be_cancelled_is_settled_by_a_person(tmp_path: Path, decision: str, total: int) -> None:
    dials = NO_CANCEL | {"SIM_REJECT_CAR": "1"}
    with running_app(tmp_path, dials, **ROUNDS) as app:
        body = app.chat(PARIS)
        [link] = body["trips"]
        assert link["status"] == "needs_attention"
        assert "attention" in body["reply"].lower()
        trip = link["id"]
        assert set(items_of(app, trip)) == {"hotel-cancel-1", "flight-cancel-1"}
        for item in ("hotel-cancel-1", "flight-cancel-1"):
            assert app.decide(_item(app, trip, item), decision, "by telephone").status == 202
        ended = app.becomes(trip, "failed")
        assert ended["total"] == usd(total)
        app.audit()


@pytest.mark.parametrize("decision", ["settled", "written_off"])
def test_a_confirmed_booking_that_cannot_be_cancelled_is_decided_on_and_its_money_given_back(
    tmp_path: Path, decision: str
) -> None:
    with running_app(tmp_path, NO_CANCEL, **ROUNDS) as app:
        trip = parked_cancel(app)
        assert set(items_of(app, trip)) == {"flight-cancel-1", "hotel-cancel-1", "car-cancel-1"}
        for item in ("car-cancel-1", "hotel-cancel-1", "flight-cancel-1"):
            assert app.decide(_item(app, trip, item), decision, "by telephone").status == 202
        ended = app.becomes(trip, "cancelled")
        assert ended["total"] == usd(0)
        until(lambda: app.ledger(trip)["rows"][-1]["event"] == "closed")
        assert app.ledger(trip)["balanced"] is True
        app.audit()


def test_of_two_decisions_at_the_same_moment_one_stands(tmp_path: Path) -> None:
    with without_refunds(tmp_path) as (app, trip):
        item = items_of(app, trip)["flight-refund-1"]
        decisions = ("retry", "settled", "written_off", "settled")
        with ThreadPoolExecutor(4) as pool:
            responses = list(pool.map(lambda n: app.decide(item, decisions[n], f"wire {n}"), range(4)))
        statuses = sorted(response.status for response in responses)
        # The decision that stands may have closed the only item before another one is looked at.
        assert (statuses[0], set(statuses[1:]) <= {404, 412}) == (202, True), statuses
        app.settled(trip)
        assert [command["kind"] for command in app.ledger(trip)["commands"]] == ["cancel", "decision"]
        app.audit()


def test_a_parked_trip_whose_saga_was_terminated_is_settled_all_the_same(tmp_path: Path) -> None:
    with without_refunds(tmp_path) as (app, trip):
        assert app.terminate(f"{trip}-command-1")
        item = items_of(app, trip)["flight-refund-1"]
        assert app.decide(item, "settled", "wire 1").status == 202
        # Each round asks the reconciler to run, which needs longer than the usual pause.
        until(lambda: _reconciled(app, trip, "flight-refund-1"), pause=0.3)
        for item in ("hotel-refund-1", "car-refund-1"):
            assert app.decide(_item(app, trip, item), "written_off").status == 202
        assert app.becomes(trip, "cancelled")["error"] is None
        app.audit()


def test_a_parked_trip_outlives_a_killed_host_and_its_answer_stays(tmp_path: Path) -> None:
    dials = NO_CANCEL | {"SIM_REJECT_CAR": "1"}
    with running_app(tmp_path, dials, **ROUNDS) as app:
        body = app.chat(PARIS, key="k")
        trip = body["trips"][0]["id"]
        app.host.restart(kill=True)
        assert app.chat(PARIS, key="k") == body
        assert set(items_of(app, trip)) == {"hotel-cancel-1", "flight-cancel-1"}
    with running_app(tmp_path, CALM, **ROUNDS) as app:
        for item in ("hotel-cancel-1", "flight-cancel-1"):
            assert app.decide(_item(app, trip, item), "retry").status == 202
        assert app.becomes(trip, "failed")["total"] == usd(0)
        app.audit()


def _item(app: App, trip: str, item: str) -> Any:
    """Return the open item of a trip that has come to rest, with the version that a decision must name."""
    app.settled(trip)
    return items_of(app, trip)[item]


def _reconciled(app: App, trip: str, item: str) -> bool:
    app.reconcile()
    parked = app.status(trip)["status"] == "needs_attention"
    return parked and item not in items_of(app, trip)


def _gone(app: App, trip: str, item: str) -> None:
    app.settled(trip)
    assert item not in items_of(app, trip)
