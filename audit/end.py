"""Checks of a trip that has ended: nothing is left over, and exactly the agreed money was kept. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from audit.expected import booking_concluded, left_authorized, left_held, payment_concluded
from audit.findings import Books, Check, Difference, component_of_key, failed, reference_of, side_of
from audit.money import agreed_money, currency_of, minor_of, refund_money
from audit.revisions import closed_authorizations, closed_holds
from domain.agreement import Agreement
from domain.amount import Money
from domain.components import COMPONENTS, has_parts, parts_of
from domain.ids import component_id
from domain.trip.facts import TripFacts
from domain.trip.marks import CLOSED
from domain.trip.outcomes import TripStatus
from domain.trip.revisions import ComponentFacts, Refund, Revision


def end_differences(facts: TripFacts, status: TripStatus, books: Books, now: datetime) -> Iterator[Difference]:
    """Yield whatever contradicts that the trip has ended with this status."""
    for item in facts.items:
        yield Difference(
            trip=facts.id,
            component=item.component,
            code="item_open",
            text=f"the trip is {status}, but {item.id} over {item.amount} is open",
        )
    for component in facts.components:
        yield from failed(facts.id, component.id, _conclusions(component))
    yield from _left_in_books(facts, books, now)
    yield from _bookings_for_the_status(facts, status)


def money_differences(facts: TripFacts, books: Books) -> Iterator[Difference]:
    """Yield components that kept other money than was agreed, by the ledger or by the books alone."""
    for component in facts.components:
        own_lines = books.of_component(component.id)
        currency = currency_of(facts, component)
        checks = (
            _kept_by_the_ledger(component, currency),
            _kept_by_the_books(component, own_lines, currency),
            _taken_as_agreed(facts.agreement, component, currency),
        )
        yield from failed(facts.id, component.id, checks)


def _taken_as_agreed(agreement: Agreement | None, component: ComponentFacts, currency: str) -> Check:
    """Return the check that what was captured first is the price of the quote that the traveller agreed to."""
    agreed = agreement and agreement.price_of(component.kind)
    taken = Money(currency=currency, minor=component.first.captured)
    return Check(
        holds=agreement is None or taken.minor == 0 or taken == agreed,
        code="money_differs",
        text=f"{taken} is taken, and the traveller agreed to {agreed}",
    )


def _kept_by_the_ledger(component: ComponentFacts, currency: str) -> Check:
    kept = component.captured - refund_money(component, "done")
    due = refund_money(component, "given_up")
    adjusted = refund_money(component, *CLOSED)
    reasons = (agreed_money(component), component.fees, adjusted, due)
    words = [str(Money(currency=currency, minor=minor)) for minor in (kept, *reasons)]
    text = "{} is kept; agreed are {}, fees are {}, settled or written off are {}, open refunds are {}"
    return Check(
        holds=kept == sum(reasons),
        code="money_differs",
        text=text.format(*words),
    )


def _kept_by_the_books(component: ComponentFacts, own_lines: Books, currency: str) -> Check:
    is_confirmed = any(booking.status == "confirmed" for booking in own_lines.bookings)
    taken = sum(payment.captured.minor - payment.refunded.minor for payment in own_lines.payments)
    fees = sum(minor_of(booking.fee) for booking in own_lines.bookings)
    # Money may stay without a booking as a fee, or because an operator has it in hand.
    allowed = fees + refund_money(component, "given_up", *CLOSED)
    kept = Money(currency=currency, minor=taken)
    return Check(
        holds=is_confirmed or taken <= allowed,
        code="captured_without_booking",
        text=f"{kept} is kept by the provider's book, but no booking is confirmed",
    )


def _conclusions(component: ComponentFacts) -> Iterator[Check]:
    for revision in component.revisions:
        name = f"{COMPONENTS[component.kind].noun} {revision.confirmation or ''}".strip()
        yield _booking_conclusion(revision, name)
        yield _payment_conclusion(revision, f"the payment of {name}")
    for refund in component.refunds:
        yield _refund_conclusion(refund)


def _booking_conclusion(revision: Revision, name: str) -> Check:
    # A booking that is left is reported as such only, though its outcome may be open too.
    if left_held(revision):
        return Check(
            holds=False,
            code="left_behind",
            text=f"{name} is still held in the ledger",
        )
    return Check(
        holds=booking_concluded(revision),
        code="outcome_missing",
        text=f"what became of the booking {name} is unknown",
    )


def _payment_conclusion(revision: Revision, name: str) -> Check:
    if left_authorized(revision):
        return Check(
            holds=False,
            code="left_behind",
            text=f"{name} is still authorized in the ledger",
        )
    return Check(
        holds=payment_concluded(revision),
        code="outcome_missing",
        text=f"what became of {name} is unknown",
    )


def _refund_conclusion(refund: Refund) -> Check:
    return Check(
        holds=refund.mark != "intended",
        code="outcome_missing",
        text=f"what became of refund {refund.number} is unknown",
    )


def _left_in_books(facts: TripFacts, books: Books, now: datetime) -> Iterator[Difference]:
    """Yield what suppliers still hold or reserve, unless an operator decided to leave it."""
    left_by_decision = closed_holds(facts) | closed_authorizations(facts)
    for line in books.lines:
        is_reserved = line.status in ("held", "authorized") and now < line.expires
        if is_reserved and line.key not in left_by_decision:
            yield Difference(
                trip=facts.id,
                component=component_of_key(line.key),
                code="left_behind",
                text=f"the trip has ended, but {reference_of(line)} is {line.status} in the book",
                side=side_of(line),
            )


def _bookings_for_the_status(facts: TripFacts, status: TripStatus) -> Iterator[Difference]:
    # Counted in the ledger: the comparison of lines has already compared it with the books.
    counts = {component.id: _booked_revisions(component) for component in facts.components}
    match status:
        case "confirmed":
            return _not_confirmed(facts, counts)
        case "partly_confirmed":
            return _not_partly_confirmed(facts, counts)
        case _:
            return _still_booked(facts, status, counts)


def _booked_revisions(component: ComponentFacts) -> int:
    return sum(revision.booked for revision in component.revisions)


def _not_confirmed(facts: TripFacts, counts: Mapping[str, int]) -> Iterator[Difference]:
    for component in _components_of(facts):
        count = counts.get(component, 0)
        text = f"the trip is confirmed, but {component} has {count} confirmed bookings"
        check = Check(
            holds=count == 1,
            code="not_confirmed",
            text=text,
        )
        yield from failed(facts.id, component, [check])


def _not_partly_confirmed(facts: TripFacts, counts: Mapping[str, int]) -> Iterator[Difference]:
    count = sum(counts.values())
    text = f"the trip is partly confirmed, with {count} confirmed bookings"
    is_a_part = 0 < count < len(_components_of(facts))
    check = Check(
        holds=is_a_part,
        code="not_confirmed",
        text=text,
    )
    return failed(facts.id, None, [check])


def _still_booked(facts: TripFacts, status: TripStatus, counts: Mapping[str, int]) -> Iterator[Difference]:
    for component, count in counts.items():
        text = f"the trip is {status}, but {component} is still booked in the ledger"
        check = Check(
            holds=not count,
            code="left_behind",
            text=text,
        )
        yield from failed(facts.id, component, [check])


def _components_of(facts: TripFacts) -> list[str]:
    if has_parts(facts.kind):
        return [component_id(facts.id, component) for component in parts_of(facts.kind)]
    return [facts.id]
