"""Whether the books have what was ordered: place, day and length, and what a payment is for. Pure."""

from collections.abc import Iterator

from audit.findings import Books, Difference, noun
from domain.ids import effect_key
from domain.trip.facts import ComponentFacts, Revision, TripFacts
from domain.trip.privacy import FORGOTTEN
from domain.trip.records import TripRow
from suppliers.ports import Booking


def order_differences(row: TripRow, facts: TripFacts, books: Books) -> Iterator[Difference]:
    """What a company has under a key of the trip and was not asked for.

    A trip whose conversation was forgotten has lost place and days; a book that does not say is not compared.
    """
    bookings = {booking.key: booking for booking in books.bookings}
    payments = {payment.key: payment for payment in books.payments}
    for component in facts.components:
        for revision in component.revisions:
            booking = bookings.get(effect_key(component.id, "hold", revision.number))
            if booking and row.request.destination != FORGOTTEN:
                yield from _booking(row, component, revision, booking)
            payment = payments.get(effect_key(component.id, "authorize", revision.number))
            confirmation = revision.confirmation
            if payment and payment.reference is not None and confirmation and payment.reference != confirmation:
                text = (
                    f"payment {payment.id} is for {payment.reference} by the book and for {confirmation} by the ledger"
                )
                yield Difference(facts.id, component.id, "order_differs", text, "payment")


def _booking(row: TripRow, component: ComponentFacts, revision: Revision, line: Booking) -> Iterator[Difference]:
    """The first revision is what the trip's request says; a change names day and length of its own."""
    first = revision.number == 1
    day = row.request.date if first else revision.date
    units = row.request.units_of(component.kind) if first else revision.units
    pairs = (
        ("to", line.destination, row.request.destination),
        ("on", line.date, day),
        ("for a length of", line.units, units),
    )
    for word, booked, asked in pairs:
        if line.destination is not None and booked != asked and (first or revision.date is not None):
            text = f"{noun(component.kind)} {line.confirmation} is {word} {booked} by the book; asked for was {asked}"
            yield Difference(row.id, component.id, "order_differs", text, "booking")
