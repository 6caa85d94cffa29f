"""What a trip is, is read from the ledger: bookings, payments, compensations, total and timeline."""

from datetime import date

import pytest
from support_entries import BEGAN, Book

from domain.components import CAR_HIRE, FLIGHT, HOTEL
from domain.outcomes import ProblemNote
from domain.requests import TripRequest
from domain.status import STOPPED, TripView, component_view, trip_view

FLIGHT_ONLY = TripRequest(kind="flight", destination="Tokyo", date=date(2026, 5, 1))


def paris() -> Book:
    book = Book()
    for component, minor in ((FLIGHT, 45000), (HOTEL, 87500), (CAR_HIRE, 22500)):
        book.booked(component, minor)
        book.captured(component)
    return book


def car_refused() -> Book:
    book = Book()
    for component, minor in ((FLIGHT, 45000), (HOTEL, 87500)):
        book.booked(component, minor)
        book.captured(component)
    book.rejected(CAR_HIRE)
    book.cancelled(HOTEL, 87500)
    book.cancelled(FLIGHT, 45000)
    book.closed("failed", ProblemNote(code="sold_out", message="No car."))
    return book


def view(book: Book, saga: str = "alive") -> TripView:
    return trip_view(book.row(), book.entries, saga)  # type: ignore[arg-type]


def part(book: Book, component: object, saga: str = "alive") -> TripView | None:
    return component_view(book.row(), book.entries, component, saga)  # type: ignore[arg-type]


def test_a_confirmed_trip_lists_three_paid_bookings() -> None:
    book = paris()
    book.closed("confirmed")
    seen = view(book)
    assert seen.status == "confirmed"
    assert [(b.id, b.kind, b.status) for b in seen.bookings] == [
        ("trip-1-flight", "flight", "confirmed"),
        ("trip-1-hotel", "hotel", "confirmed"),
        ("trip-1-car", "car_hire", "confirmed"),
    ]
    assert [b.payment.status for b in seen.bookings if b.payment] == ["captured"] * 3
    assert seen.total.minor == 155000
    assert (seen.error, seen.compensations) == (None, ())
    assert seen.request == {"destination": "Paris", "nights": 5, "date": "2026-05-01"}


def test_the_json_form_has_plain_kinds_and_utc_times() -> None:
    book = paris()
    shown = view(book).model_dump(mode="json")
    assert shown["created"] == "2026-02-16T14:30:22Z"
    assert shown["updated"].endswith("Z")
    assert shown["timeline"][0]["at"] == "2026-02-16T14:30:23Z"
    assert shown["bookings"][0]["amount"] == {"currency": "USD", "minor": 45000}
    assert shown["bookings"][0]["payment"] == {"id": "PY-flight", "status": "captured"}
    assert shown["bookings"][0]["details"] == {"name": "flight"}


def test_a_refused_car_leaves_nothing_paid_and_cancels_in_reverse() -> None:
    seen = view(car_refused())
    assert seen.status == "failed"
    assert [b.status for b in seen.bookings] == ["cancelled", "cancelled", "rejected"]
    assert [b.payment and b.payment.status for b in seen.bookings] == ["refunded", "refunded", None]
    assert seen.total.minor == 0
    assert [(c.activity, c.status) for c in seen.compensations] == [
        ("cancel_hotel_activity", "cancelled"),
        ("cancel_flight_activity", "cancelled"),
    ]
    assert all(c.confirmation for c in seen.compensations)
    assert seen.error == ProblemNote(code="sold_out", message="No car.")
    rejected = seen.bookings[2]
    assert (rejected.confirmation, rejected.amount, rejected.payment) == (None, None, None)


def test_a_declined_payment_shows_the_cancel_of_its_own_component() -> None:
    book = Book()
    book.booked(FLIGHT, 45000)
    book.declined(FLIGHT)
    book.cancelled(FLIGHT, None)
    book.closed("failed")
    seen = view(book)
    [booking] = seen.bookings
    assert (booking.status, booking.payment and booking.payment.status) == ("cancelled", "declined")
    assert [c.activity for c in seen.compensations] == ["cancel_flight_activity"]
    assert seen.total.minor == 0


def test_a_trip_is_running_until_it_closes() -> None:
    assert view(Book()).status == "running"
    assert view(paris()).status == "running"


def test_an_effect_without_an_answer_is_unknown() -> None:
    book = Book()
    book.intent(FLIGHT, "book")
    assert view(book).bookings[0].status == "unknown"
    assert view(book).bookings[0].payment is None
    book = Book()
    book.booked(FLIGHT, 45000)
    book.intent(FLIGHT, "charge")
    [booking] = view(book).bookings
    assert (booking.status, booking.payment and booking.payment.status) == ("confirmed", "unknown")
    assert view(book).total.minor == 0


def test_a_begun_cancel_makes_the_trip_compensating() -> None:
    book = Book()
    book.booked(FLIGHT, 45000)
    book.captured(FLIGHT)
    book.intent(FLIGHT, "cancel")
    seen = view(book)
    assert seen.status == "compensating"
    assert [c.status for c in seen.compensations] == ["running"]
    assert seen.total.minor == 45000


def test_a_cancel_that_never_succeeded_is_failed_once_the_trip_is_over() -> None:
    book = Book()
    book.booked(FLIGHT, 45000)
    book.captured(FLIGHT)
    book.intent(FLIGHT, "cancel")
    book.closed("needs_attention", ProblemNote(code="cancel_failed", message="The flight stands."))
    seen = view(book)
    assert (seen.status, [c.status for c in seen.compensations]) == ("needs_attention", ["failed"])
    [booking] = seen.bookings
    assert booking.payment
    assert (booking.status, booking.payment.status) == ("unknown", "unknown")
    assert (booking.confirmation, booking.payment.id) == (book.confirmation(FLIGHT), "PY-flight")
    assert seen.total.minor == 45000


def test_a_booking_without_answer_that_had_arrived_shows_its_confirmation_after_the_cancel() -> None:
    book = Book()
    book.intent(FLIGHT, "book")
    book.cancelled(FLIGHT, None)
    [booking] = view(book).bookings
    assert (booking.status, booking.confirmation) == ("cancelled", book.confirmation(FLIGHT))


def test_a_charge_without_answer_that_was_refunded_leaves_nothing_paid() -> None:
    book = Book()
    book.booked(FLIGHT, 45000)
    book.intent(FLIGHT, "charge")
    book.cancelled(FLIGHT, 45000)
    [booking] = view(book).bookings
    assert booking.payment
    assert (booking.payment.id, booking.payment.status) == (None, "refunded")
    assert view(book).total.minor == 0


def test_a_charge_that_never_arrived_is_no_payment_after_the_cancel() -> None:
    book = Book()
    book.booked(FLIGHT, 45000)
    book.intent(FLIGHT, "charge")
    book.cancelled(FLIGHT, None)
    assert view(book).bookings[0].payment is None


def test_an_open_trip_without_a_living_saga_needs_attention_and_says_what_to_do() -> None:
    book = Book()
    book.booked(FLIGHT, 45000)
    seen = view(book, "stopped")
    assert (seen.status, seen.error) == ("needs_attention", STOPPED)


def test_a_closed_trip_needs_no_living_saga() -> None:
    book = paris()
    book.closed("confirmed")
    assert view(book, "stopped").status == "confirmed"


def test_a_component_answers_for_itself() -> None:
    book = car_refused()
    flight, hotel, car = (part(book, component) for component in (FLIGHT, HOTEL, CAR_HIRE))
    assert flight
    assert hotel
    assert car
    assert [seen.id for seen in (flight, hotel, car)] == ["trip-1-flight", "trip-1-hotel", "trip-1-car"]
    assert [seen.status for seen in (flight, hotel, car)] == ["failed", "failed", "failed"]
    assert flight.request == {"destination": "Paris", "date": "2026-05-01"}
    assert hotel.request == {"destination": "Paris", "nights": 5, "date": "2026-05-01"}
    assert car.request == {"destination": "Paris", "days": 5, "date": "2026-05-01"}
    assert car.error
    assert car.error.code == "sold_out"
    assert [c.activity for c in flight.compensations] == ["cancel_flight_activity"]
    assert len(flight.bookings) == 1
    assert {moment.event for moment in car.timeline} == {"booking", "rejected"}
    assert flight.created > BEGAN


def test_a_component_that_was_never_attempted_is_not_there() -> None:
    book = Book()
    book.rejected(FLIGHT)
    assert part(book, HOTEL) is None


@pytest.mark.parametrize(("close", "status"), [(False, "running"), (True, "needs_attention")])
def test_a_component_with_an_open_effect_runs_only_while_its_trip_does(close: bool, status: str) -> None:
    book = Book()
    book.intent(FLIGHT, "book")
    if close:
        book.closed("needs_attention")
    seen = part(book, FLIGHT)
    assert seen
    assert seen.status == status


@pytest.mark.parametrize(("close", "status"), [(False, "compensating"), (True, "needs_attention")])
def test_a_component_with_an_open_cancel_compensates_only_while_its_trip_runs(close: bool, status: str) -> None:
    book = Book()
    book.booked(FLIGHT, 45000)
    book.captured(FLIGHT)
    book.intent(FLIGHT, "cancel")
    if close:
        book.closed("needs_attention")
    seen = part(book, FLIGHT)
    assert seen
    assert seen.status == status


def test_a_captured_component_is_confirmed_while_its_trip_goes_on() -> None:
    book = Book()
    book.booked(FLIGHT, 45000)
    book.captured(FLIGHT)
    seen = part(book, FLIGHT)
    assert seen
    assert (seen.status, seen.total.minor) == ("confirmed", 45000)


def test_a_component_booked_alone_is_the_trip() -> None:
    book = Book(FLIGHT_ONLY, "trip-2")
    book.booked(FLIGHT, 60000)
    book.captured(FLIGHT)
    book.closed("confirmed")
    seen = view(book)
    assert (seen.id, seen.kind, seen.bookings[0].id) == ("trip-2", "flight", "trip-2")
    assert seen.request == {"destination": "Tokyo", "date": "2026-05-01"}


def test_the_timeline_tells_the_story_in_order() -> None:
    told = view(car_refused()).timeline
    assert [moment.event for moment in told] == [
        "opened",
        *("booking", "booked", "charging", "captured") * 2,
        *("booking", "rejected"),
        *("cancelling", "cancelled") * 2,
        "failed",
    ]
    assert [moment.at for moment in told] == sorted(moment.at for moment in told)
    texts = " ".join(moment.text for moment in told)
    assert "$450.00" in texts
    assert "Sold out, simulated." in texts
    assert "$875.00 refunded" in texts
