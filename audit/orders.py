"""Checks that the books have what was ordered: place, day and length, and what a payment is for. Pure."""

from collections.abc import Iterator
from datetime import date as day

from audit.findings import Books, Check, Difference, failed, noun
from audit.revisions import BookedRevision, booked_revisions
from domain.shape import Shape
from domain.trip.facts import TripFacts
from domain.trip.privacy import FORGOTTEN
from domain.trip.records import TripRow
from suppliers.ports import Booking, Payment


def order_differences(row: TripRow, facts: TripFacts, books: Books) -> Iterator[Difference]:
    """Yield what a supplier has under a key of the trip that was not asked for.

    A trip whose conversation was forgotten has lost place and days, so they are not compared. Nor is a book compared
    that does not say them.
    """
    # The supplier keeps what was ordered, also after the app has forgotten it.
    is_forgotten = row.request.destination == FORGOTTEN
    for booked in booked_revisions(facts, books):
        checks: list[Check] = []
        if booked.booking and not is_forgotten:
            checks += _booking_checks(row, booked, booked.booking)
        if booked.payment:
            checks += _payment_checks(booked.payment, booked.revision.confirmation)
        yield from failed(facts.id, booked.component.id, checks)


def _booking_checks(row: TripRow, booked: BookedRevision, booking: Booking) -> Iterator[Check]:
    ordered = _order_of(row, booked)
    if ordered is None or booking.destination is None:
        return
    name = f"{noun(booked.component.kind)} {booking.confirmation}"
    destination, date, units, shape = ordered
    yield _order_check(name, "to", booking.destination, destination)
    yield _order_check(name, "on", booking.date, date)
    yield _order_check(name, "for a length of", booking.units, units)
    yield _order_check(name, "in the shape of", booking.shape, shape)


def _order_of(row: TripRow, booked: BookedRevision) -> tuple[str, day | None, int | None, Shape | None] | None:
    """Return place, day, length and shape that a revision was ordered for; None if the ledger does not say the day."""
    request, revision = row.request, booked.revision
    # A change keeps the travellers, their origin and the flight back.
    shape = request.shape_of(booked.component.kind)
    # The trip's request describes the first revision; a change names another day and length.
    if revision.number == 1:
        return request.destination, request.date, request.units_of(booked.component.kind), shape
    if revision.date is None:
        return None
    return request.destination, revision.date, revision.units, shape


def _order_check(name: str, word: str, booked: object, ordered: object) -> Check:
    return Check(
        holds=booked == ordered,
        code="order_differs",
        text=f"{name} is {word} {booked} by the book; asked for was {ordered}",
        side="booking",
    )


def _payment_checks(payment: Payment, confirmation: str | None) -> Iterator[Check]:
    if payment.reference is None or not confirmation:
        return
    yield Check(
        holds=payment.reference == confirmation,
        code="order_differs",
        text=f"payment {payment.id} is for {payment.reference} by the book and for {confirmation} by the ledger",
        side="payment",
    )
