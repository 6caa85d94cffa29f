"""A sentence becomes a booked trip, or a trip that was undone and says so: over HTTP, with everything real."""

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from support.app.running import CALM, PARIS, TOKYO, App, running_app, usd


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    with running_app(tmp_path_factory.mktemp("calm")) as app:
        yield app


def test_a_trip_to_paris_is_three_paid_bookings(calm: App) -> None:
    body = calm.chat(PARIS)
    trip = calm.trip(body)
    assert (body["turn"], body["model"]) == (1, "offline")
    assert (trip["kind"], trip["status"], trip["error"]) == ("travel", "confirmed", None)
    assert trip["total"] == usd(155000)
    assert [booking["amount"]["minor"] for booking in trip["bookings"]] == [45000, 87500, 22500]
    assert [booking["payment"]["status"] for booking in trip["bookings"]] == ["captured"] * 3
    for booking, prefix in zip(trip["bookings"], ("FL", "HT", "CR"), strict=True):
        assert re.fullmatch(rf"{prefix}-\d{{14}}-[2-9A-Z]{{4}}", booking["confirmation"])
        assert booking["confirmation"] in body["reply"]
        assert booking["details"]
    for part in (
        "$450.00",
        "$875.00",
        "$225.00",
        "$1,550.00",
        trip["request"]["date"],
        body["trips"][0]["status_url"],
    ):
        assert part in body["reply"]
    assert trip["request"]["destination"] == "Paris"
    assert trip["request"]["nights"] == 5
    assert trip["compensations"] == []
    assert trip["timeline"][0]["event"] == "opened"
    assert trip["timeline"][-1]["event"] == "confirmed"
    for at in (trip["created"], trip["updated"], *(moment["at"] for moment in trip["timeline"])):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", at)
    calm.audit()


def test_each_component_of_a_trip_answers_for_itself(calm: App) -> None:
    trip = calm.trip(calm.chat(PARIS))
    for booking in trip["bookings"]:
        part = calm.get(f"/api/travel-status/{booking['id']}")
        assert (part["id"], part["kind"], part["status"]) == (booking["id"], booking["kind"], "confirmed")
        assert part["bookings"] == [booking]
        assert part["total"] == booking["amount"]


@pytest.mark.parametrize(
    ("message", "kind", "prefix"),
    [
        (TOKYO, "flight", "FL"),
        ("Book a hotel in Lisbon for 3 nights", "hotel", "HT"),
        ("I want to rent a car in Oslo for 4 days", "car_hire", "CR"),
    ],
)
def test_one_thing_asked_for_is_one_saga_alone(calm: App, message: str, kind: str, prefix: str) -> None:
    body = calm.chat(message)
    trip = calm.trip(body)
    [booking] = trip["bookings"]
    assert (trip["kind"], trip["status"]) == (kind, "confirmed")
    assert (booking["id"], booking["kind"]) == (trip["id"], kind)
    assert booking["confirmation"].startswith(prefix + "-")
    assert trip["total"] == booking["amount"]
    calm.audit()


@pytest.mark.parametrize(
    "message", ["Hello there!", "How much would a trip to Rome cost?", "What's the weather in Paris?"]
)
def test_what_is_no_request_books_nothing(calm: App, message: str) -> None:
    body = calm.chat(message)
    assert body["trips"] == []
    assert body["reply"]


def test_what_is_missing_is_asked_for_and_the_next_turn_completes_it(calm: App) -> None:
    question = calm.chat("I need a trip to Madrid")
    assert question["trips"] == []
    body = calm.chat("4 nights", conversation=question["conversation_id"])
    trip = calm.trip(body)
    assert (body["turn"], trip["status"]) == (2, "confirmed")
    assert (trip["request"]["destination"], trip["request"]["nights"]) == ("Madrid", 4)


def test_an_out_of_range_length_is_asked_about(calm: App) -> None:
    assert calm.chat("I need a trip to Paris for 31 nights")["trips"] == []


def test_a_conversation_is_remembered_across_a_restart(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        question = app.chat("I need a trip for 3 nights", key="first")
        app.host.restart()
        body = app.chat("To Vienna, please", conversation=question["conversation_id"])
        trip = app.trip(body)
        assert (body["turn"], trip["request"]["destination"], trip["request"]["nights"]) == (2, "Vienna", 3)
        assert app.chat("I need a trip for 3 nights", key="first") == question


def undone(state: Path, **dials: str) -> tuple[Any, Any]:
    """Book a trip to Paris that these settings make fail. Return the chat's body and the trip."""
    with running_app(state, CALM | dials) as app:
        body = app.chat(PARIS)
        trip = app.trip(body)
        app.audit()
        for booking in trip["bookings"]:
            part = app.get(f"/api/travel-status/{booking['id']}")
            assert part["status"] == "failed"
            assert part["bookings"] == [booking]
    assert body["trips"][0]["status"] == trip["status"] == "failed"
    assert trip["total"] == usd(0)
    assert trip["error"]["code"]
    for dial in dials:
        assert "simulated" in body["reply"].lower()
        assert dial in body["reply"]
    return body, trip


def states(trip: Any) -> list[tuple[str, str | None]]:
    return [(b["status"], b["payment"] and b["payment"]["status"]) for b in trip["bookings"]]


def cancels(trip: Any) -> list[tuple[str, str]]:
    return [(c["activity"], c["status"]) for c in trip["compensations"]]


def test_a_refused_car_undoes_hotel_and_flight_in_reverse(tmp_path: Path) -> None:
    _, trip = undone(tmp_path, SIM_REJECT_CAR="1")
    assert states(trip) == [("cancelled", "voided"), ("cancelled", "voided"), ("rejected", None)]
    assert cancels(trip) == [("cancel_hotel_activity", "cancelled"), ("cancel_flight_activity", "cancelled")]
    assert trip["compensations"][0]["confirmation"] == trip["bookings"][1]["confirmation"]
    assert trip["compensations"][1]["confirmation"] == trip["bookings"][0]["confirmation"]


def test_a_refused_hotel_undoes_the_flight(tmp_path: Path) -> None:
    _, trip = undone(tmp_path, SIM_REJECT_HOTEL="1")
    assert states(trip) == [("cancelled", "voided"), ("rejected", None)]
    assert cancels(trip) == [("cancel_flight_activity", "cancelled")]


def test_a_refused_flight_leaves_nothing_to_undo(tmp_path: Path) -> None:
    _, trip = undone(tmp_path, SIM_REJECT_FLIGHT="1")
    assert states(trip) == [("rejected", None)]
    assert cancels(trip) == []


def test_a_declined_payment_cancels_the_flight_and_books_nothing_else(tmp_path: Path) -> None:
    _, trip = undone(tmp_path, SIM_DECLINE_PAYMENT="1")
    assert states(trip) == [("cancelled", "declined")]
    assert cancels(trip) == [("cancel_flight_activity", "cancelled")]


@pytest.mark.slow
# How many waits between attempts there are depends on the ids of the trips.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("dial", ["SIM_FAULT", "SIM_LOST_ANSWER"])
def test_faults_and_lost_answers_double_nothing(tmp_path: Path, dial: str) -> None:
    with running_app(tmp_path, CALM | {dial: "0.3", "COMPENSATION_ATTEMPTS": "3"}) as app:
        for number in range(3):
            body = app.finished(PARIS, f"{dial}-{number}")
            assert app.trip(body)["status"] in ("confirmed", "failed", "needs_attention")
            app.audit()


@pytest.mark.slow
def test_suppliers_that_never_answer_leave_a_trip_that_tells_so(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_FAULT": "1"}) as app:
        trip = app.trip(app.finished(PARIS, "k"))
        assert trip["status"] == "needs_attention"
        assert [b["status"] for b in trip["bookings"]] == ["unknown"]
        assert cancels(trip) == [("cancel_flight_activity", "failed")]
        part = app.get(f"/api/travel-status/{trip['bookings'][0]['id']}")
        assert part["status"] == "needs_attention"
        app.audit()
