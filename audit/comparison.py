"""Comparison of one trip in the ledger with the suppliers' books. Pure.

Every difference has a stable code. While a trip runs, each of its differences is explained. If it needs attention, an
open item explains those of its component and side, and no others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from audit.end import end_differences, money_differences
from audit.expected import NONE, booking_states, payment_states
from audit.findings import Books, Code, Difference, Side, TripAudit, component_of_key, count_books, noun, trip_of_key
from audit.money import Totals, agreed_money, currency_of, refund_money
from audit.orders import order_differences
from audit.postings import posting_differences
from domain.amount import Money
from domain.components import ComponentKind, Effect
from domain.ids import effect_key
from domain.money.postings import Posting
from domain.trip.ending import trip_status
from domain.trip.facts import ComponentFacts, Item, Revision, TripFacts
from domain.trip.marks import CLOSED
from domain.trip.outcomes import TripStatus
from domain.trip.records import TripRow
from suppliers.ports import Booking, Payment

_AT_REST = ("confirmed", "partly_confirmed", "cancelled", "failed")
_SIDES: dict[Effect, Side] = {
    "confirm": "booking",
    "cancel": "booking",
    "capture": "payment",
    "void": "payment",
    "refund": "payment",
}


@dataclass(frozen=True)
class AuditedTrip:
    """One trip as the ledger has it, and all lines of the books that belong to it."""

    row: TripRow
    facts: TripFacts
    postings: Sequence[Posting]
    books: Books


def compare_trip(
    trip: AuditedTrip, now: datetime, *, moving: bool, wrong_views: Iterable[Difference] = ()
) -> TripAudit:
    """Compare a trip's facts with its postings and with the books.

    `wrong_views` are the differences in the app's views of the trip (`audit.view_checks`). `moving` says that the trip
    changed while the books were read, so that any difference may be gone a moment later.
    """
    row, facts, books = trip.row, trip.facts, trip.books
    status = status_of(row, facts)
    ended = row.box == "closed" and status in _AT_REST
    differences = [*_component_differences(facts, books), *_unknown_keys(facts, books), *_doubled(facts, books, now)]
    differences += posting_differences(facts, trip.postings)
    differences += [*order_differences(row, facts, books), *wrong_views]
    if ended:
        differences += end_differences(facts, status, books, now)
    if ended or status == "needs_attention":
        differences += money_differences(facts, books)
    running = moving or not (ended or status in ("needs_attention", "waiting"))
    items = facts.items if status == "needs_attention" else ()
    explained = tuple(
        replace(difference, explanation=_explanation(difference, items, running)) for difference in differences
    )
    return TripAudit(facts.id, facts.kind, status, _totals(facts, books), facts.items, explained)


def status_of(row: TripRow, facts: TripFacts) -> TripStatus:
    """Return how the trip has ended or, while it is open, its status by its facts."""
    return trip_status(facts) if row.box == "open" or row.outcome is None else row.outcome.status


def compare_orphan(line: Booking | Payment, now: datetime) -> tuple[Difference | None, Totals]:
    """Compare a line of a book whose trip the ledger does not have. Return a difference if it binds anybody."""
    totals = Totals()
    bookings, payments = ([line], []) if isinstance(line, Booking) else ([], [line])
    count_books(totals, bookings, payments)
    if not is_binding(line, now):
        return None, totals
    what = noun(line.kind) if isinstance(line, Booking) else "payment"
    text = f"{what} {_reference(line)} stands for a trip that the ledger does not know"
    return Difference(trip_of_key(line.key), component_of_key(line.key), "not_in_ledger", text), totals


def is_binding(line: Booking | Payment, now: datetime) -> bool:
    """Return whether a line of a book is in force: held and not expired, confirmed, authorized or captured."""
    if line.status in ("held", "authorized"):
        return now < line.expires
    return line.status in ("confirmed", "captured")


def _explanation(difference: Difference, items: Sequence[Item], running: bool) -> str | None:
    if running:
        return "the trip is running"
    if any(_covers(item, difference) for item in items):
        return "an open item of a trip that needs attention"
    return None


def _covers(item: Item, difference: Difference) -> bool:
    """Return whether the open item explains the difference."""
    if item.effect == "recovery":
        return True
    # What a supplier has answered for cannot vanish from its book, whatever else of the component is open.
    if difference.code == "not_in_book":
        return False
    return item.component == difference.component and difference.side in (None, _SIDES[item.effect])


def _component_differences(facts: TripFacts, books: Books) -> Iterator[Difference]:
    bookings, payments = books.bookings_by_key(), books.payments_by_key()
    for component in facts.components:
        for revision in component.revisions:
            compare = _Comparison(facts.id, component, revision)
            yield from compare.booking(bookings.get(effect_key(component.id, "hold", revision.number)))
            yield from compare.payment(payments.get(effect_key(component.id, "authorize", revision.number)))


def _unknown_keys(facts: TripFacts, books: Books) -> Iterator[Difference]:
    """Yield the lines under keys of the trip for which the ledger has no rows."""
    expected: set[tuple[str, ComponentKind | None]] = set()
    for component in facts.components:
        for revision in component.revisions:
            expected.add((effect_key(component.id, "hold", revision.number), component.kind))
            expected.add((effect_key(component.id, "authorize", revision.number), None))
    for line in (*books.bookings, *books.payments):
        kind = line.kind if isinstance(line, Booking) else None
        if (line.key, kind) not in expected:
            text = f"{_reference(line)} was made under a key that the ledger does not know ({line.key})"
            yield Difference(facts.id, component_of_key(line.key), "not_in_ledger", text)


def _doubled(facts: TripFacts, books: Books, now: datetime) -> Iterator[Difference]:
    """Yield the components with several confirmed bookings, or with several authorizations in force.

    A change that waits for an operator has both bookings. Any open item of the component explains them.
    """
    given_up = {
        effect_key(component.id, "hold", revision.number)
        for component in facts.components
        for revision in component.revisions
        if revision.cancel in CLOSED
    }
    in_force: dict[tuple[str, Side], list[str]] = {}
    for booking in books.bookings:
        if booking.status == "confirmed" and booking.key not in given_up:
            in_force.setdefault((component_of_key(booking.key), "booking"), []).append(booking.confirmation)
    for payment in books.payments:
        if payment.status == "authorized" and now < payment.expires:
            in_force.setdefault((component_of_key(payment.key), "payment"), []).append(payment.id)
    for (component, side), references in in_force.items():
        if len(references) > 1:
            what = "confirmed bookings" if side == "booking" else "authorizations"
            text = f"{len(references)} {what} for one component: {', '.join(references)}"
            yield Difference(facts.id, component, "doubled", text)


@dataclass(frozen=True)
class _Comparison:
    """One revision of a component, compared with the lines under its keys."""

    trip: str
    component: ComponentFacts
    revision: Revision

    def booking(self, line: Booking | None) -> Iterator[Difference]:
        revision, what = self.revision, noun(self.component.kind)
        state = line.status if line else NONE
        yield from self._state("booking", f"{what} {revision.confirmation or ''}", state, booking_states(revision))
        if line is None or revision.hold != "done":
            return
        if line.confirmation != revision.confirmation:
            text = f"{what} is {revision.confirmation} in the ledger and {line.confirmation} in the book"
            yield self._difference("reference_differs", text, "booking")
        if line.amount != revision.price:
            text = f"{what} {line.confirmation} costs {revision.price} by the ledger and {line.amount} by the book"
            yield self._difference("amount_differs", text, "booking")
        if revision.cancel == "done" and (line.fee.minor if line.fee else 0) != (revision.fee or 0):
            recorded = Money(currency=line.amount.currency, minor=revision.fee or 0)
            text = f"cancelling {what} {line.confirmation} cost {recorded} by the ledger and {line.fee} by the book"
            yield self._difference("fee_differs", text, "booking")

    def payment(self, line: Payment | None) -> Iterator[Difference]:
        revision = self.revision
        state = line.status if line else NONE
        # The ledger counts refunds apart, so a payment that was refunded in full is a captured one here.
        if state == "refunded":
            state = "captured"
        yield from self._state("payment", f"payment {revision.payment or ''}", state, payment_states(revision))
        if line is None:
            return
        currency = line.amount.currency
        if revision.authorize == "done":
            if line.id != revision.payment:
                text = f"payment is {revision.payment} in the ledger and {line.id} in the book"
                yield self._difference("reference_differs", text, "payment")
            agreed = revision.price.currency if revision.price else currency
            if line.amount != Money(currency=agreed, minor=revision.authorized):
                text = (
                    f"payment {line.id} is over {revision.authorized} in the ledger and over {line.amount} in the book"
                )
                yield self._difference("amount_differs", text, "payment")
        if revision.captured and line.captured.minor != revision.captured:
            recorded = Money(currency=currency, minor=revision.captured)
            text = f"payment {line.id} took {recorded} by the ledger and {line.captured} by the book"
            yield self._difference("amount_differs", text, "payment")
        refunds = [refund for refund in self.component.refunds if refund.revision == revision.number]
        certain = sum(refund.amount for refund in refunds if refund.mark == "done")
        possible = sum(refund.amount for refund in refunds if refund.mark in ("intended", "given_up"))
        if not certain <= line.refunded.minor <= certain + possible:
            recorded = Money(currency=currency, minor=certain)
            text = f"of payment {line.id} {recorded} was given back by the ledger and {line.refunded} by the book"
            yield self._difference("refund_differs", text, "payment")

    def _state(self, side: Side, what: str, state: str, allowed: frozenset[str]) -> Iterator[Difference]:
        if state in allowed:
            return
        expected = " or ".join(sorted(allowed))
        code: Code = "state_differs"
        if state == NONE:
            code = "not_in_book"
        elif allowed == frozenset({NONE}):
            code = "not_in_ledger"
        yield self._difference(code, f"{what.strip()} is {state} in the book; by the ledger it is {expected}", side)

    def _difference(self, code: Code, text: str, side: Side) -> Difference:
        return Difference(self.trip, self.component.id, code, text, side)


def _totals(facts: TripFacts, books: Books) -> Totals:
    totals = Totals()
    for component in facts.components:
        sums = totals.of(currency_of(facts, component))
        sums.agreed += agreed_money(component)
        sums.fees += component.fees
        sums.captured += component.captured
        sums.refunded += refund_money(component, "done")
        sums.adjusted += refund_money(component, *CLOSED)
    count_books(totals, books.bookings, books.payments)
    return totals


def _reference(line: Booking | Payment) -> str:
    return line.confirmation if isinstance(line, Booking) else line.id
