"""Checks that the books have what was ordered: place, day and length, and what a payment is for. Pure."""

from collections.abc import Iterator

from audit.findings import Books, Difference, noun
from domain.ids import effect_key
from domain.trip.facts import ComponentFacts, Revision, TripFacts
from domain.trip.privacy import FORGOTTEN
from domain.trip.records import TripRow
from suppliers.ports import Booking


def order_differences(row: TripRow, facts: TripFacts, books: Books) -> Iterator[Difference]:
    """Yield what a supplier has under a key of the trip that was not asked for.

    A trip whose conversation was forgotten has lost place and days, so they are not compared. Nor is a book compared
    that does not say them.
    """
    bookings, payments = books.bookings_by_key(), books.payments_by_key()
    for component in facts.components:
        for revision in component.revisions:
            booking = bookings.get(effect_key(component.id, "hold", revision.number))
            if booking and row.request.destination != FORGOTTEN:
                yield from _booking_differences(row, component, revision, booking)
            payment = payments.get(effect_key(component.id, "authorize", revision.number))
            confirmation = revision.confirmation
            if payment and payment.reference is not None and confirmation and payment.reference != confirmation:
                text = (
                    f"payment {payment.id} is for {payment.reference} by the book and for {confirmation} by the ledger"
                )
                yield Difference(facts.id, component.id, "order_differs", text, "payment")


def _booking_differences(
    row: TripRow, component: ComponentFacts, revision: Revision, booking: Booking
) -> Iterator[Difference]:
    # The trip's request describes the first revision; a change names another day and length.
    is_first = revision.number == 1
    day = row.request.date if is_first else revision.date
    units = row.request.units_of(component.kind) if is_first else revision.units
    pairs = (
        ("to", booking.destination, row.request.destination),
        ("on", booking.date, day),
        ("for a length of", booking.units, units),
    )
    for word, booked, ordered in pairs:
        if booking.destination is not None and booked != ordered and (is_first or revision.date is not None):
            text = (
                f"{noun(component.kind)} {booking.confirmation} is {word} {booked} by the book; asked for was {ordered}"
            )
            yield Difference(row.id, component.id, "order_differs", text, "booking")
