"""Checks of a trip that has ended: nothing is left over, and exactly the agreed money was kept. Pure."""

from collections.abc import Iterator
from datetime import datetime

from audit.expected import booking_concluded, left_authorized, left_held, payment_concluded
from audit.findings import Books, Code, Difference, component_of_key
from audit.money import agreed_money, currency_of, refund_money
from domain.amount import Money
from domain.components import COMPONENTS, IN_BOOKING_ORDER
from domain.ids import component_id, effect_key
from domain.trip.facts import ComponentFacts, TripFacts
from domain.trip.marks import CLOSED
from domain.trip.outcomes import TripStatus


def end_differences(facts: TripFacts, status: TripStatus, books: Books, now: datetime) -> Iterator[Difference]:
    """Yield whatever contradicts that the trip has ended with this status."""
    for item in facts.items:
        text = f"the trip is {status}, but {item.id} over {item.amount} is open"
        yield Difference(facts.id, item.component, "item_open", text)
    for component in facts.components:
        yield from _unconcluded(facts, component)
    yield from _left_in_books(facts, books, now)
    yield from _bookings_for_the_status(facts, status)


def money_differences(facts: TripFacts, books: Books) -> Iterator[Difference]:
    """Yield components that kept other money than was agreed, by the ledger or by the books alone."""
    for component in facts.components:
        kept = component.captured - refund_money(component, "done")
        adjusted, due = refund_money(component, *CLOSED), refund_money(component, "given_up")
        agreed = agreed_money(component)
        if kept != agreed + component.fees + adjusted + due:
            sums = [_money(facts, component, minor) for minor in (kept, agreed, component.fees, adjusted, due)]
            text = "{} is kept; agreed are {}, fees are {}, settled or written off are {}, open refunds are {}"
            yield _difference(facts, component, "money_differs", text.format(*sums))
        bookings = [booking for booking in books.bookings if component_of_key(booking.key) == component.id]
        payments = [payment for payment in books.payments if component_of_key(payment.key) == component.id]
        taken = sum(payment.captured.minor - payment.refunded.minor for payment in payments)
        fees = sum(booking.fee.minor for booking in bookings if booking.fee)
        if not any(booking.status == "confirmed" for booking in bookings) and taken > fees + adjusted + due:
            text = f"{_money(facts, component, taken)} is kept by the provider's book, but no booking is confirmed"
            yield _difference(facts, component, "captured_without_booking", text)


def _unconcluded(facts: TripFacts, component: ComponentFacts) -> Iterator[Difference]:
    for revision in component.revisions:
        name = f"{COMPONENTS[component.kind].noun} {revision.confirmation or ''}".strip()
        if left_held(revision):
            yield _difference(facts, component, "left_behind", f"{name} is still held in the ledger")
        elif not booking_concluded(revision):
            yield _difference(facts, component, "outcome_missing", f"what became of the booking {name} is unknown")
        if left_authorized(revision):
            yield _difference(
                facts, component, "left_behind", f"the payment of {name} is still authorized in the ledger"
            )
        elif not payment_concluded(revision):
            yield _difference(facts, component, "outcome_missing", f"what became of the payment of {name} is unknown")
    for refund in component.refunds:
        if refund.mark == "intended":
            yield _difference(facts, component, "outcome_missing", f"what became of refund {refund.number} is unknown")


def _left_in_books(facts: TripFacts, books: Books, now: datetime) -> Iterator[Difference]:
    """Yield what suppliers still hold or reserve, unless an operator decided to leave it."""
    decided: set[str] = set()
    for component in facts.components:
        for revision in component.revisions:
            if revision.cancel in CLOSED:
                decided.add(effect_key(component.id, "hold", revision.number))
            if revision.void in CLOSED:
                decided.add(effect_key(component.id, "authorize", revision.number))
    for booking in books.bookings:
        if booking.status == "held" and now < booking.expires and booking.key not in decided:
            text = f"the trip has ended, but {booking.confirmation} is held in the book"
            yield Difference(facts.id, component_of_key(booking.key), "left_behind", text, "booking")
    for payment in books.payments:
        if payment.status == "authorized" and now < payment.expires and payment.key not in decided:
            text = f"the trip has ended, but {payment.id} is authorized in the book"
            yield Difference(facts.id, component_of_key(payment.key), "left_behind", text, "payment")


def _bookings_for_the_status(facts: TripFacts, status: TripStatus) -> Iterator[Difference]:
    booked = {c.id: sum(revision.booked for revision in c.revisions) for c in facts.components}
    if status == "confirmed":
        for component in _components_of(facts):
            if booked.get(component, 0) != 1:
                text = f"the trip is confirmed, but {component} has {booked.get(component, 0)} confirmed bookings"
                yield Difference(facts.id, component, "not_confirmed", text)
    elif status == "partly_confirmed":
        if not 0 < sum(booked.values()) < len(_components_of(facts)):
            text = f"the trip is partly confirmed, with {sum(booked.values())} confirmed bookings"
            yield Difference(facts.id, None, "not_confirmed", text)
    else:
        for component, number in booked.items():
            if number:
                text = f"the trip is {status}, but {component} is still booked in the ledger"
                yield Difference(facts.id, component, "left_behind", text)


def _components_of(facts: TripFacts) -> list[str]:
    if facts.kind == "travel":
        return [component_id(facts.id, component) for component in IN_BOOKING_ORDER]
    return [facts.id]


def _money(facts: TripFacts, component: ComponentFacts, minor: int) -> Money:
    return Money(currency=currency_of(facts, component), minor=minor)


def _difference(facts: TripFacts, component: ComponentFacts, code: Code, text: str) -> Difference:
    return Difference(facts.id, component.id, code, text)
