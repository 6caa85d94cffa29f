"""Each revision of a trip beside the lines that the suppliers' books have under its keys. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.findings import Books
from domain.ids import effect_key
from domain.trip.facts import TripFacts
from domain.trip.marks import CLOSED
from domain.trip.revisions import ComponentFacts, Revision
from suppliers.ports import Booking, Payment


@dataclass(frozen=True)
class BookedRevision:
    """One revision by the ledger, and its booking and payment by the books; None where a book has nothing."""

    component: ComponentFacts
    revision: Revision
    hold_key: str
    authorize_key: str
    booking: Booking | None
    payment: Payment | None


def booked_revisions(facts: TripFacts, books: Books) -> Iterator[BookedRevision]:
    """Yield the revisions of all components, in booking order and oldest first."""
    # By key and not by component, so that a line under a foreign key is not taken for this one.
    bookings, payments = books.bookings_by_key(), books.payments_by_key()
    for component, revision in revisions(facts):
        hold_key = effect_key(component.id, "hold", revision.number)
        authorize_key = effect_key(component.id, "authorize", revision.number)
        yield BookedRevision(
            component=component,
            revision=revision,
            hold_key=hold_key,
            authorize_key=authorize_key,
            booking=bookings.get(hold_key),
            payment=payments.get(authorize_key),
        )


def closed_holds(facts: TripFacts) -> set[str]:
    """Return the keys of the bookings that an operator decided to leave as they are at the supplier."""
    keys: set[str] = set()
    for component, revision in revisions(facts):
        if revision.cancel in CLOSED:
            keys.add(effect_key(component.id, "hold", revision.number))
    return keys


def closed_authorizations(facts: TripFacts) -> set[str]:
    """Return the keys of the payments that an operator decided to leave as they are at the provider."""
    keys: set[str] = set()
    for component, revision in revisions(facts):
        if revision.void in CLOSED:
            keys.add(effect_key(component.id, "authorize", revision.number))
    return keys


def revisions(facts: TripFacts) -> Iterator[tuple[ComponentFacts, Revision]]:
    """Yield each revision with its component, in booking order and oldest first."""
    for component in facts.components:
        for revision in component.revisions:
            yield component, revision
