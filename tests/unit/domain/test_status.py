"""The status of a trip, read from the ledger's rows: bookings, payments, compensations, total, error, timeline."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.amount import Money
from domain.components import CAR_HIRE, FLIGHT, HOTEL, Component, parts_of
from domain.options import SagaPolicy
from domain.trip.ending import outcome_of
from domain.trip.outcomes import ProblemNote
from domain.trip.requests import TripRequest
from domain.trip.shown.since_reply import has_changed_since
from domain.trip.status import TripView, component_view, trip_view
from support.stores.entries import BEGAN, Rows

ALL = ((FLIGHT, 45000), (HOTEL, 87500), (CAR_HIRE, 22500))


def view(rows: Rows) -> TripView:
    return trip_view(rows.row(), rows.entries, rows.commands)


def part(rows: Rows, component: Component) -> TripView | None:
    return component_view(rows.row(), rows.entries, rows.commands, component)


def authorized(*parts: tuple[Component, int], **more: object) -> Rows:
    """Return the rows of a trip whose parts are held and authorized."""
    rows = Rows(**more)  # type: ignore[arg-type]
    for component, minor in parts:
        rows.held(component, minor)
        rows.authorized(component, minor)
    return rows


def paid() -> Rows:
    rows = authorized(*ALL)
    rows.note("pivot")
    for component, minor in ALL:
        rows.confirmed(component, fee=minor // 10)
        rows.captured(component, minor)
    return rows


def car_refused() -> Rows:
    rows = authorized(*ALL[:2])
    rows.refused(CAR_HIRE, "hold")
    for component in (HOTEL, FLIGHT):
        rows.cancelled(component)
        rows.voided(component)
    rows.closed("failed", ProblemNote(code="sold_out", message="No car."))
    return rows


def payments(trip: TripView) -> list[str | None]:
    return [booking.payment and booking.payment.status for booking in trip.bookings]


def test_a_confirmed_trip_lists_three_paid_bookings() -> None:
    rows = paid()
    rows.closed("confirmed")
    trip = view(rows)
    assert (trip.status, trip.error, trip.compensations) == ("confirmed", None, ())
    assert [(b.id, b.kind, b.status) for b in trip.bookings] == [
        ("trip-1-flight", "flight", "confirmed"),
        ("trip-1-hotel", "hotel", "confirmed"),
        ("trip-1-car", "car_hire", "confirmed"),
    ]
    assert payments(trip) == ["captured"] * 3
    assert trip.total.minor == 155000
    assert trip.request == {"destination": "Paris", "nights": 5, "date": "2026-05-01"}


def test_the_json_form_has_plain_kinds_and_utc_times() -> None:
    body = view(paid()).model_dump(mode="json")
    assert body["created"] == "2026-02-16T14:30:22Z"
    assert body["timeline"][0]["at"] == "2026-02-16T14:30:23Z"
    assert body["bookings"][0]["amount"] == {"currency": "USD", "minor": 45000, "text": "$450.00"}
    assert body["bookings"][0]["payment"] == {"id": "PAY-flight", "status": "captured"}
    assert body["bookings"][0]["details"] == {"name": "flight"}


def test_before_the_pivot_bookings_are_held_and_payments_authorized() -> None:
    trip = view(authorized(*ALL))
    assert trip.status == "running"
    assert [booking.status for booking in trip.bookings] == ["held"] * 3
    assert payments(trip) == ["authorized"] * 3
    assert trip.total.minor == 0


def test_a_refused_car_leaves_nothing_held_and_cancels_in_reverse() -> None:
    trip = view(car_refused())
    assert trip.status == "failed"
    assert [b.status for b in trip.bookings] == ["cancelled", "cancelled", "rejected"]
    assert payments(trip) == ["voided", "voided", None]
    assert [(c.activity, c.status) for c in trip.compensations] == [
        ("cancel_hotel_activity", "cancelled"),
        ("cancel_flight_activity", "cancelled"),
    ]
    rejected = trip.bookings[2]
    assert (rejected.confirmation, rejected.amount, rejected.payment) == (None, None, None)


@pytest.mark.parametrize(
    ("effect", "booking", "payment"),
    [
        ("hold", "unknown", None),
        ("authorize", "held", "unknown"),
        ("confirm", "unknown", "authorized"),
        ("capture", "confirmed", "unknown"),
        ("cancel", "unknown", "captured"),
    ],
)
def test_an_effect_without_an_answer_is_unknown(effect: str, booking: str, payment: str | None) -> None:
    rows = Rows()
    steps = [
        lambda: rows.held(FLIGHT, 45000),
        lambda: rows.authorized(FLIGHT, 45000),
        lambda: rows.confirmed(FLIGHT),
        lambda: rows.captured(FLIGHT, 45000),
    ]
    effects = ("hold", "authorize", "confirm", "capture", "cancel")
    for step in steps[: effects.index(effect)]:
        step()
    if effect == "cancel":
        rows.command("cancel", fees=[])
    rows.begun(FLIGHT, effect)  # type: ignore[arg-type]
    [shown_booking] = view(rows).bookings
    assert (shown_booking.status, shown_booking.payment and shown_booking.payment.status) == (booking, payment)


def test_a_declined_payment_shows_the_cancel_of_its_own_component() -> None:
    rows = Rows()
    rows.held(FLIGHT, 45000)
    rows.refused(FLIGHT, "authorize", "declined")
    assert view(rows).status == "compensating"
    rows.cancelled(FLIGHT)
    trip = view(rows)
    assert (trip.status, trip.bookings[0].status, payments(trip)) == ("failed", "cancelled", ["declined"])
    assert trip.error
    assert (trip.error.code, trip.total.minor) == ("declined", 0)


def test_a_trip_that_asks_is_waiting_and_says_so() -> None:
    rows = authorized(*ALL[:2], on_failure="ask_me")
    assert view(rows).status == "running"
    rows.refused(CAR_HIRE, "hold")
    trip = view(rows)
    assert trip.error
    assert (trip.status, trip.error.code) == ("waiting", "choice_wanted")
    assert f"/api/trips/{trip.id}/answer" in trip.error.message
    rows.command("answer", choice="keep")
    assert view(rows).status == "running"


def test_a_trip_that_keeps_what_works_is_partly_confirmed() -> None:
    rows = authorized(*ALL[:2], on_failure="keep_what_works")
    rows.refused(CAR_HIRE, "hold")
    rows.note("pivot")
    for component, minor in ALL[:2]:
        rows.confirmed(component)
        rows.captured(component, minor)
    trip = view(rows)
    assert trip.error
    assert (trip.status, trip.error.code, trip.total.minor) == ("partly_confirmed", "sold_out", 132500)


def test_a_cancelled_trip_keeps_the_fee_and_is_cancelling_meanwhile() -> None:
    rows = paid()
    rows.command("cancel", fees=[{"kind": k, "revision": 1, "amount": m // 10} for k, m in by_kind()])
    assert view(rows).status == "cancelling"
    for component, minor in reversed(ALL):
        rows.cancelled(component, minor // 10, minor // 10)
        rows.refunded(component, minor - minor // 10)
    trip = view(rows)
    assert (trip.status, trip.total.minor) == ("cancelled", 15500)
    assert [booking.status for booking in trip.bookings] == ["cancelled"] * 3
    assert payments(trip) == ["refunded"] * 3


def by_kind() -> list[tuple[str, int]]:
    return [(component.kind, minor) for component, minor in ALL]


def test_an_effect_given_up_needs_attention_and_is_named_with_its_amount() -> None:
    rows = authorized(*ALL)
    rows.note("pivot")
    rows.begun(FLIGHT, "confirm")
    rows.given_up(FLIGHT, "confirm")
    trip = view(rows)
    assert trip.error
    assert (trip.status, trip.error.code) == ("needs_attention", "needs_attention")
    assert "confirming the flight ($450.00)" in trip.error.message
    rows.resolved(FLIGHT, "confirm", "retry")
    assert view(rows).status == "running"


def test_a_failed_refund_shows_its_cancel_as_failed_until_it_is_settled() -> None:
    rows = paid()
    rows.command("cancel", fees=[])
    for component, minor in reversed(ALL):
        rows.cancelled(component)
        if component is not HOTEL:
            rows.refunded(component, minor)
    rows.begun(HOTEL, "refund", target=1, amount=87500)
    rows.given_up(HOTEL, "refund")
    assert [c.status for c in view(rows).compensations] == ["cancelled", "failed", "cancelled"]
    rows.resolved(HOTEL, "refund", "settled")
    assert (view(rows).status, view(rows).total.minor) == ("cancelled", 0)


def test_what_an_earlier_change_undid_stays_cancelled_when_a_later_cancel_fails() -> None:
    rows = paid()
    rows.refused(HOTEL, "hold", revision=2)
    rows.held(HOTEL, 105000, revision=3)
    rows.refused(HOTEL, "authorize", "declined", revision=3)
    rows.cancelled(HOTEL, revision=3)
    rows.command("cancel", fees=[])
    rows.begun(HOTEL, "cancel", fee_agreed=0)
    rows.given_up(HOTEL, "cancel")
    assert [c.status for c in view(rows).compensations] == ["cancelled", "failed"]


def test_a_refund_that_fails_shows_what_it_paid_for_as_failed_also_after_a_change() -> None:
    rows = paid()
    rows.held(HOTEL, 35000, revision=2)
    rows.confirmed(HOTEL, revision=2)
    rows.cancelled(HOTEL, revision=1)
    rows.refunded(HOTEL, 52500)
    rows.command("cancel", fees=[])
    rows.cancelled(HOTEL, revision=2)
    rows.begun(HOTEL, "refund", 2, target=1, amount=35000)
    rows.given_up(HOTEL, "refund", 2)
    assert [c.status for c in view(rows).compensations if c.activity == HOTEL.cancel] == ["failed", "failed"]


@pytest.mark.parametrize("effect", ["cancel", "void"])
def test_an_undoing_that_is_refused_is_an_open_item(effect: str) -> None:
    rows = authorized(ALL[0])
    rows.refused(HOTEL, "hold")
    if effect == "void":
        rows.cancelled(FLIGHT)
    rows.refused(FLIGHT, effect, "cancelled_before_arrival")  # type: ignore[arg-type]
    if effect == "cancel":
        rows.voided(FLIGHT)
    assert [item.id for item in rows.facts().items] == [f"flight-{effect}-1"]
    assert view(rows).status == "needs_attention"
    error = view(rows).error
    assert error
    assert "The hotel could not be booked" in error.message, "the cause stays what it was"


@pytest.mark.parametrize(("effect", "undone"), [("confirm", "cancelled"), ("capture", "voided")])
def test_what_was_undone_after_it_was_given_up_is_no_open_item(effect: str, undone: str) -> None:
    rows = authorized(ALL[0])
    rows.note("pivot")
    if effect == "capture":
        rows.confirmed(FLIGHT)
    rows.begun(FLIGHT, effect)  # type: ignore[arg-type]
    rows.given_up(FLIGHT, effect)  # type: ignore[arg-type]
    rows.command("cancel", fees=[])
    assert [item.effect for item in rows.facts().items] == [effect]
    getattr(rows, undone)(FLIGHT)
    assert rows.facts().items == ()


def test_a_changed_component_shows_the_booking_that_stays() -> None:
    rows = paid()
    change = {"kind": "hotel", "revision": 2, "replaces": 1, "date": "2026-05-01", "units": 3, "fee": 8750}
    rows.command("change", **change)
    rows.held(HOTEL, 52500, revision=2)
    assert view(rows).bookings[1].amount == paid_amount(87500)
    rows.confirmed(HOTEL, revision=2)
    rows.cancelled(HOTEL, 8750, 8750)
    rows.refunded(HOTEL, 87500 - 52500 - 8750)
    rows.note("changed", command=1)
    hotel = view(rows).bookings[1]
    assert (hotel.status, hotel.amount, hotel.payment and hotel.payment.status) == (
        "confirmed",
        paid_amount(52500),
        "captured",
    )
    assert view(rows).total.minor == 155000 - 87500 + 52500 + 8750


def paid_amount(minor: int) -> Money:
    return Money(currency="USD", minor=minor)


def test_a_component_answers_for_itself() -> None:
    rows = car_refused()
    parts = [part(rows, component) for component in parts_of("travel")]
    assert [view_of_part and (view_of_part.id, view_of_part.status) for view_of_part in parts] == [
        ("trip-1-flight", "failed"),
        ("trip-1-hotel", "failed"),
        ("trip-1-car", "failed"),
    ]
    car = parts[2]
    assert car
    assert car.error
    assert car.error.code == "sold_out"
    assert car.request == {"destination": "Paris", "days": 5, "date": "2026-05-01"}
    assert {moment.event for moment in car.timeline} == {"booking", "rejected"}
    assert car.created > BEGAN


def test_a_component_that_was_never_attempted_is_not_there() -> None:
    rows = Rows()
    rows.refused(FLIGHT, "hold")
    assert part(rows, HOTEL) is None


def test_a_component_of_a_trip_in_trouble_runs_or_needs_attention_by_itself() -> None:
    rows = paid()
    rows.begun(CAR_HIRE, "cancel")
    rows.given_up(CAR_HIRE, "cancel")
    flight, car = part(rows, FLIGHT), part(rows, CAR_HIRE)
    assert flight
    assert car
    assert (flight.status, car.status) == ("confirmed", "needs_attention")


def test_a_component_booked_alone_is_the_trip() -> None:
    rows = Rows(TripRequest(kind="flight", destination="Tokyo", date=date(2026, 5, 1)), "trip-2")
    rows.held(FLIGHT, 60000)
    rows.authorized(FLIGHT, 60000)
    rows.note("pivot")
    rows.confirmed(FLIGHT)
    rows.captured(FLIGHT, 60000)
    rows.closed("confirmed")
    trip = view(rows)
    assert (trip.id, trip.kind, trip.bookings[0].id) == ("trip-2", "flight", "trip-2")


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        ("retry", "Refund of the hotel is tried again, as staff decided."),
        ("settled", "Refund of the hotel was settled elsewhere by staff."),
        ("written_off", "Refund of the hotel was written off by staff."),
    ],
)
def test_a_decision_is_asked_for_before_it_is_told_what_it_was(decision: str, sentence: str) -> None:
    rows = paid()
    rows.begun(HOTEL, "refund", target=1, amount=87500)
    rows.given_up(HOTEL, "refund")
    rows.resolved(HOTEL, "refund", decision)
    rows.command("decision", item="hotel-refund-1", decision=decision, reason="checked", reference="")
    # At the same moment, where only the rule of the timeline decides which comes first.
    rows.commands[-1] = replace(rows.commands[-1], at=rows.entries[-1].at)
    assert [moment.text for moment in view(rows).timeline[-2:]] == ["Staff decided on an open item.", sentence]


def test_the_timeline_tells_the_story_in_order() -> None:
    timeline = view(car_refused()).timeline
    assert [moment.event for moment in timeline] == [
        "opened",
        *("booking", "held", "authorizing", "authorized") * 2,
        *("booking", "rejected"),
        *("cancelling", "cancelled", "voiding", "voided") * 2,
        "failed",
    ]
    assert [moment.at for moment in timeline] == sorted(moment.at for moment in timeline)
    assert "$450.00" in " ".join(moment.text for moment in timeline)


def changed_in_vain() -> Rows:
    rows = paid()
    rows.closed("confirmed")
    rows.outcome = None
    rows.command("change", kind="hotel", revision=2, replaces=1, date="2026-05-01", units=9, fee=8750)
    rows.refused(HOTEL, "hold", revision=2)
    return rows


def test_a_change_that_was_not_made_is_told_as_long_as_it_is_the_last_one() -> None:
    rows = changed_in_vain()
    rows.note("not_changed", command=1)
    rows.closed("confirmed")
    trip = view(rows)
    assert trip.error
    assert (trip.status, trip.error.code) == ("confirmed", "not_changed")
    assert "The hotel could not be booked: Simulated (simulated by the dial SIM_DIAL)." in trip.error.message
    assert "stays as it was" in trip.error.message
    hotel, flight = part(rows, HOTEL), part(rows, FLIGHT)
    assert (hotel and hotel.error, flight and flight.error) == (None, None)
    rows.outcome = None
    rows.command("change", kind="hotel", revision=3, replaces=1, date="2026-05-01", units=4, fee=8750)
    rows.note("changed", command=2)
    rows.closed("confirmed")
    assert view(rows).error is None


def test_a_cancelled_trip_tells_nothing_of_its_changes() -> None:
    rows = changed_in_vain()
    rows.command("cancel", fees=[])
    for component in (CAR_HIRE, HOTEL, FLIGHT):
        rows.cancelled(component)
    for component, minor in ALL:
        rows.refunded(component, minor)
    rows.note("not_changed", command=1)
    rows.closed("cancelled")
    assert (view(rows).status, view(rows).error) == ("cancelled", None)


def moved_flight() -> Rows:
    """Return the rows of a paid trip whose flight was moved by four days for a fee."""
    rows = paid()
    rows.command("change", kind="flight", revision=2, replaces=1, date="2026-05-05", units=None, fee=4500)
    rows.held(FLIGHT, 45000, revision=2, day="2026-05-05")
    rows.authorized(FLIGHT, 4500, revision=2)
    rows.confirmed(FLIGHT, revision=2)
    return rows


def test_the_request_follows_a_change_once_the_company_has_confirmed_it() -> None:
    rows = moved_flight()
    assert view(rows).request == {"destination": "Paris", "nights": 5, "date": "2026-05-05"}
    flight, hotel = part(rows, FLIGHT), part(rows, HOTEL)
    assert flight
    assert hotel
    assert (flight.request["date"], hotel.request["date"]) == ("2026-05-05", "2026-05-01")


def test_parts_that_no_longer_meet_are_a_warning_and_fees_are_named() -> None:
    rows = moved_flight()
    assert view(rows).warnings == (), "the old flight is kept until the new one is paid"
    rows.captured(FLIGHT, 4500, revision=2)
    rows.cancelled(FLIGHT, 4500, 4500)
    rows.note("changed", command=1)
    shown = view(rows)
    assert shown.warnings == (
        "The hotel begins on 2026-05-01, and the flight on 2026-05-05.",
        "The car hire begins on 2026-05-01, and the flight on 2026-05-05.",
    )
    assert (shown.fees.minor, shown.total.minor) == (4500, 155000 + 4500)


def asked() -> Rows:
    """Return the rows of a trip that waits for its traveller, whose car was refused."""
    rows = authorized(*ALL[:2], on_failure="ask_me")
    rows.refused(CAR_HIRE, "hold")
    return rows


def test_a_trip_that_waits_tells_since_when_and_until_when() -> None:
    rows = asked()
    since = rows.entries[-1].at
    policy = SagaPolicy(ask_me_seconds=600, pivot_margin_seconds=60)
    shown = trip_view(rows.row(), rows.entries, rows.commands, policy)
    assert (shown.status, shown.answer_by) == ("waiting", since + timedelta(seconds=600))
    assert [(moment.at, moment.event) for moment in shown.timeline][-1] == (since, "waiting")
    # The holds of these rows end an hour after it began, and two minutes are left to confirm them.
    assert view(rows).answer_by == BEGAN + timedelta(minutes=58)


@pytest.mark.parametrize("choice", ["keep", "undo"])
def test_the_timeline_says_what_was_chosen(choice: str) -> None:
    rows = asked()
    rows.command("answer", choice=choice)
    shown = view(rows)
    assert shown.answer_by is None
    events = {moment.event: moment.text for moment in shown.timeline}
    assert choice in events["answer_asked"]
    assert "waiting" in events


def test_a_trip_that_was_never_asked_does_not_say_that_it_waits() -> None:
    rows = authorized(*ALL[:2], on_failure="ask_me")
    rows.command("cancel", fees=[])
    rows.refused(CAR_HIRE, "hold")
    assert "waiting" not in {moment.event for moment in view(rows).timeline}


def test_a_trip_is_another_than_its_reply_says_once_something_has_changed_it() -> None:
    def has_changed(rows: Rows) -> bool:
        return has_changed_since(rows.row(), rows.entries, rows.commands)

    rows = paid()
    rows.closed("confirmed")
    assert not has_changed(rows)
    rows.command("cancel", fees=[])
    rows.cancelled(CAR_HIRE)
    assert has_changed(rows)
    early = authorized(*ALL)
    early.command("cancel", fees=[])
    early.closed("cancelled")
    assert early.outcome
    as_ended = outcome_of(early.facts(), "cancelled", {})
    early.entries[-1] = replace(early.entries[-1], data=as_ended)
    assert not has_changed(early), "it was cancelled before its reply was worded"
    waiting = asked()
    assert not has_changed(waiting)
    waiting.command("answer", choice="keep")
    assert has_changed(waiting)
