"""The audit's rules for one trip: what the ledger says, held against what the companies' own books say. Pure.

Differences are told apart by a stable code. Whether one is explained depends on the trip: everything is while it runs;
of a trip that needs attention, an open item explains its own side of its own component and no more.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from audit.end import end_differences, money_differences
from audit.expected import NONE, booking_states, payment_states
from audit.findings import Books, Code, Difference, Side, TripAudit, component_of_key, count_books, noun, trip_of_key
from audit.money import Totals
from audit.orders import order_differences
from audit.postings import posting_differences
from domain.amount import Money
from domain.components import ComponentKind, Effect
from domain.ids import effect_key
from domain.money.postings import Posting
from domain.trip.ending import trip_status
from domain.trip.facts import ComponentFacts, Item, Revision, TripFacts
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


def compare_trip(
    row: TripRow,
    facts: TripFacts,
    postings: Sequence[Posting],
    books: Books,
    now: datetime,
    *,
    moving: bool,
    words: Iterable[Difference] = (),
) -> TripAudit:
    """Hold one trip's facts against its postings, and against all lines of the books that belong to it.

    `words` are the differences in what people are told of it (`audit.words`).

    `moving` tells that the trip was not at rest while the books were read, so that any difference may be in passing.
    """
    status = status_of(row, facts)
    ended = row.box == "closed" and status in _AT_REST
    found = [*_component_differences(facts, books), *_unknown_keys(facts, books), *_doubled(facts, books, now)]
    found += [*posting_differences(facts, postings), *order_differences(row, facts, books), *words]
    if ended:
        found += end_differences(facts, status, books, now)
    if ended or status == "needs_attention":
        found += money_differences(facts, books)
    running = moving or not (ended or status in ("needs_attention", "waiting"))
    items = facts.items if status == "needs_attention" else ()
    explained = tuple(replace(each, explanation=_explanation(each, items, running)) for each in found)
    return TripAudit(facts.id, facts.kind, status, _totals(facts, books), facts.items, explained)


def status_of(row: TripRow, facts: TripFacts) -> TripStatus:
    """How the trip has ended, or where it stands."""
    return trip_status(facts) if row.box == "open" or row.outcome is None else row.outcome.status


def compare_orphan(line: Booking | Payment, now: datetime) -> tuple[Difference | None, Totals]:
    """Judge a line whose trip the ledger has never heard of."""
    totals = Totals()
    bookings, payments = ([line], []) if isinstance(line, Booking) else ([], [line])
    count_books(totals, bookings, payments)
    if not stands(line, now):
        return None, totals
    what = noun(line.kind) if isinstance(line, Booking) else "payment"
    text = f"{what} {_reference(line)} stands for a trip that the ledger does not know"
    return Difference(trip_of_key(line.key), component_of_key(line.key), "not_in_ledger", text), totals


def stands(line: Booking | Payment, now: datetime) -> bool:
    """Whether a line of a book binds anybody: held or confirmed, authorized or with money taken."""
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
    """Return whether the open item explains the difference.

    What the ledger has an answer for does not vanish from a book, whatever else of the component is open.
    """
    if item.effect == "recovery":
        return True
    if difference.code == "not_in_book":
        return False
    return item.component == difference.component and difference.side in (None, _SIDES[item.effect])


def _component_differences(facts: TripFacts, books: Books) -> Iterator[Difference]:
    bookings = {booking.key: booking for booking in books.bookings}
    payments = {payment.key: payment for payment in books.payments}
    for component in facts.components:
        for revision in component.revisions:
            compare = _Comparison(facts.id, component, revision)
            yield from compare.booking(bookings.get(effect_key(component.id, "hold", revision.number)))
            yield from compare.payment(payments.get(effect_key(component.id, "authorize", revision.number)))


def _unknown_keys(facts: TripFacts, books: Books) -> Iterator[Difference]:
    """Lines under keys of the trip for which the ledger has no rows."""
    known: dict[tuple[str, ComponentKind | None], None] = {}
    for component in facts.components:
        for revision in component.revisions:
            known[effect_key(component.id, "hold", revision.number), component.kind] = None
            known[effect_key(component.id, "authorize", revision.number), None] = None
    for line in (*books.bookings, *books.payments):
        kind = line.kind if isinstance(line, Booking) else None
        if (line.key, kind) not in known:
            text = f"{_reference(line)} was made under a key that the ledger does not know ({line.key})"
            yield Difference(facts.id, component_of_key(line.key), "not_in_ledger", text)


def _doubled(facts: TripFacts, books: Books, now: datetime) -> Iterator[Difference]:
    """More than one confirmed booking, or more than one authorization, that stands for the same component.

    A change that waits for a person has both bookings: any item of its component explains them.
    """
    given_up = {
        effect_key(component.id, "hold", revision.number)
        for component in facts.components
        for revision in component.revisions
        if revision.cancel in ("settled", "written_off")
    }
    standing: dict[tuple[str, Side], list[str]] = {}
    for booking in books.bookings:
        if booking.status == "confirmed" and booking.key not in given_up:
            standing.setdefault((component_of_key(booking.key), "booking"), []).append(booking.confirmation)
    for payment in books.payments:
        if payment.status == "authorized" and now < payment.expires:
            standing.setdefault((component_of_key(payment.key), "payment"), []).append(payment.id)
    for (component, side), references in standing.items():
        if len(references) > 1:
            what = "confirmed bookings" if side == "booking" else "authorizations"
            text = f"{len(references)} {what} for one component: {', '.join(references)}"
            yield Difference(facts.id, component, "doubled", text)


@dataclass(frozen=True)
class _Comparison:
    """Compares one revision of a component with the lines under its keys."""

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
            told = Money(currency=line.amount.currency, minor=revision.fee or 0)
            text = f"cancelling {what} {line.confirmation} cost {told} by the ledger and {line.fee} by the book"
            yield self._difference("fee_differs", text, "booking")

    def payment(self, line: Payment | None) -> Iterator[Difference]:
        revision = self.revision
        state = (line.status if line.status != "refunded" else "captured") if line else NONE
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
            told = Money(currency=currency, minor=revision.captured)
            text = f"payment {line.id} took {told} by the ledger and {line.captured} by the book"
            yield self._difference("amount_differs", text, "payment")
        refunds = [refund for refund in self.component.refunds if refund.revision == revision.number]
        sure = sum(refund.amount for refund in refunds if refund.mark == "done")
        perhaps = sum(refund.amount for refund in refunds if refund.mark in ("intended", "given_up"))
        if not sure <= line.refunded.minor <= sure + perhaps:
            told = Money(currency=currency, minor=sure)
            text = f"of payment {line.id} {told} was given back by the ledger and {line.refunded} by the book"
            yield self._difference("refund_differs", text, "payment")

    def _state(self, side: Side, what: str, state: str, allowed: frozenset[str]) -> Iterator[Difference]:
        if state in allowed:
            return
        expected = " or ".join(sorted(allowed))
        code: Code = (
            "not_in_book" if state == NONE else "not_in_ledger" if allowed == frozenset({NONE}) else "state_differs"
        )
        yield self._difference(code, f"{what.strip()} is {state} in the book; by the ledger it is {expected}", side)

    def _difference(self, code: Code, text: str, side: Side) -> Difference:
        return Difference(self.trip, self.component.id, code, text, side)


def _totals(facts: TripFacts, books: Books) -> Totals:
    totals = Totals()
    for component in facts.components:
        prices = [revision.price for revision in component.revisions if revision.price]
        sums = totals.of(prices[0].currency if prices else facts.currency)
        sums.agreed += sum(revision.cost for revision in component.revisions if revision.booked)
        sums.fees += component.fees
        sums.captured += component.captured
        for refund in component.refunds:
            if refund.mark == "done":
                sums.refunded += refund.amount
            elif refund.mark in ("settled", "written_off"):
                sums.adjusted += refund.amount
    count_books(totals, books.bookings, books.payments)
    return totals


def _reference(line: Booking | Payment) -> str:
    return line.confirmation if isinstance(line, Booking) else line.id
