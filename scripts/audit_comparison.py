"""The audit's rules: what the ledger says of a trip, held against what the companies' own books say. Pure.

Differences are told apart by a stable code; whether one is explained depends only on the trip: everything is while it
runs, and an open item explains its component once the trip has been parked as `needs_attention`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.components import COMPONENT_KINDS, COMPONENTS, ComponentKind, TripKind
from domain.ids import component_id, split_component_id
from domain.money import Money
from domain.outcomes import TripStatus
from scripts.audit_accounts import ComponentAccount, Expected, component_accounts
from scripts.audit_money import Totals
from stores.ledger import Entry, TripRow
from suppliers.book import Record

BookName = ComponentKind | Literal["payments"]
Code = Literal[
    "not_in_ledger",
    "not_in_book",
    "not_undone",
    "undone_in_book",
    "doubled",
    "amount_differs",
    "reference_differs",
    "refund_differs",
    "outcome_missing",
    "not_confirmed",
    "left_behind",
    "money_differs",
]


@dataclass(frozen=True)
class Line:
    """One record of one company's book."""

    book: BookName
    record: Record


@dataclass(frozen=True)
class Difference:
    """Something that does not add up. `explanation` is None for what nothing explains."""

    trip: str
    component: str | None
    code: Code
    text: str
    explanation: str | None = None


@dataclass(frozen=True)
class TripAudit:
    """What came of one trip."""

    trip: str
    kind: TripKind
    status: TripStatus
    totals: Totals
    differences: tuple[Difference, ...]


def trip_of_key(key: str) -> str:
    """The trip that an idempotency key belongs to, e.g. `trip-1` for `trip-1-hotel/book` and `trip-1/book`."""
    component = _component_of_key(key)
    split = split_component_id(component)
    return split[0] if split else component


def compare_trip(trip: TripRow, entries: Sequence[Entry], lines: Sequence[Line], *, moving: bool) -> TripAudit:
    """Hold one trip's ledger entries against all lines of the books that belong to it.

    `moving` tells that the trip was not at rest while the books were read, so that any difference may be in passing.
    """
    accounts = component_accounts(entries)
    status: TripStatus = trip.outcome.status if trip.outcome else "running"
    totals = _totals(accounts.values(), lines)
    found = [
        *_component_differences(trip.id, accounts, lines),
        *_doubled(trip.id, lines),
        *_end_differences(trip, status, accounts, lines, totals),
    ]
    open_components = {
        account.component for account in accounts.values() if "unknown" in (account.booking, account.payment)
    }

    def explained(difference: Difference) -> Difference:
        if moving:
            reason = "the trip is running"
        elif status == "needs_attention" and difference.component in open_components:
            reason = "an open item of a trip that needs attention"
        else:
            return difference
        return Difference(difference.trip, difference.component, difference.code, difference.text, reason)

    return TripAudit(trip.id, trip.kind, status, totals, tuple(map(explained, found)))


def compare_orphan(line: Line) -> tuple[Difference | None, Totals]:
    """Judge a line whose trip the ledger has never heard of."""
    totals = _totals((), (line,))
    record = line.record
    if record.state != "done":
        return None, totals
    component = _component_of_key(record.key)
    text = f"{_noun(line.book)} {record.reference} stands for a trip that the ledger does not know"
    return Difference(trip_of_key(record.key), component, "not_in_ledger", text), totals


def _component_differences(
    trip: str, accounts: dict[str, ComponentAccount], lines: Sequence[Line]
) -> Iterator[Difference]:
    records: dict[tuple[BookName, str], Record] = {(line.book, line.record.key): line.record for line in lines}
    for account in accounts.values():
        booking = records.pop((account.kind, account.book_key), None)
        payment = records.pop(("payments", account.charge_key), None)
        compare = _Comparison(trip, account.component)
        yield from compare.effect(account.kind, account.booking, booking, account.confirmation, account.agreed)
        yield from compare.effect("payments", account.payment, payment, account.payment_id, account.charged)
        if account.cancelled:
            yield from compare.refund(account.refunded, payment)
    for (book, key), record in records.items():
        if record.state == "done":
            text = f"{_noun(book)} {record.reference} was made under a key that the ledger does not know ({key})"
            yield Difference(trip, _component_of_key(key), "not_in_ledger", text)


@dataclass(frozen=True)
class _Comparison:
    """Compares one component with the records under its keys."""

    trip: str
    component: str

    def effect(
        self,
        book: BookName,
        expected: Expected,
        record: Record | None,
        reference: str | None,
        amount: Money | None,
    ) -> Iterator[Difference]:
        """Compare one effect with its record, either of which may be missing."""
        noun = _noun(book)
        if expected == "unknown":
            yield self._difference("outcome_missing", f"{noun}: the ledger has an intent without an outcome")
        if expected in ("never", "inactive") and record and record.state == "done":
            code = "not_in_ledger" if expected == "never" else "not_undone"
            yield self._difference(code, f"{noun} {record.reference} stands in the book, but not in the ledger")
        if expected != "active":
            return
        if record is None or record.reference is None:
            yield self._difference("not_in_book", f"{noun} {reference} stands in the ledger, the book has none")
            return
        if record.state == "undone":
            yield self._difference("undone_in_book", f"{noun} {reference} stands in the ledger, the book has undone it")
        if record.reference != reference:
            text = f"{noun} is {reference} in the ledger and {record.reference} in the book"
            yield self._difference("reference_differs", text)
        if record.amount != amount:
            text = f"{noun} {reference} is over {amount} in the ledger and over {record.amount} in the book"
            yield self._difference("amount_differs", text)

    def refund(self, told: Money | None, payment: Record | None) -> Iterator[Difference]:
        """Compare the refund that a cancel has told with the one in the payment provider's book."""
        real = payment.amount if payment and payment.state == "undone" else None
        if told != real:
            text = f"the ledger says that {told or 'nothing'} was refunded, the book says {real or 'nothing'}"
            yield self._difference("refund_differs", text)

    def _difference(self, code: Code, text: str) -> Difference:
        return Difference(self.trip, self.component, code, text)


def _doubled(trip: str, lines: Sequence[Line]) -> Iterator[Difference]:
    """More than one booking, or more than one payment, that stands for the same component."""
    standing: dict[tuple[str, bool], list[Line]] = {}
    for line in lines:
        if line.record.state == "done":
            key = (_component_of_key(line.record.key), line.book == "payments")
            standing.setdefault(key, []).append(line)
    for (component, _), several in standing.items():
        if len(several) > 1:
            references = ", ".join(str(line.record.reference) for line in several)
            text = f"{len(several)} times {_noun(several[0].book)} for one component: {references}"
            yield Difference(trip, component, "doubled", text)


def _end_differences(
    trip: TripRow,
    status: TripStatus,
    accounts: dict[str, ComponentAccount],
    lines: Sequence[Line],
    totals: Totals,
) -> Iterator[Difference]:
    """What the way that a trip ended promises of its bookings and its money."""
    if status == "confirmed":
        for component in _components_of(trip):
            account = accounts.get(component)
            if account is None or (account.booking, account.payment) != ("active", "active"):
                text = f"the trip is confirmed, but {component} is not both booked and paid in the ledger"
                yield Difference(trip.id, component, "not_confirmed", text)
        for currency, sums in totals.by_currency.items():
            if not sums.agreed == sums.kept == sums.book_kept:
                agreed, kept, book_kept = (
                    Money(currency=currency, minor=minor) for minor in (sums.agreed, sums.kept, sums.book_kept)
                )
                text = f"agreed are {agreed}, kept are {kept} by the ledger and {book_kept} by the book"
                yield Difference(trip.id, None, "money_differs", text)
    if status == "failed":
        standing = [line for line in lines if line.record.state == "done"]
        for line in standing:
            text = f"the trip failed, but {_noun(line.book)} {line.record.reference} stands"
            yield Difference(trip.id, _component_of_key(line.record.key), "left_behind", text)
        seen = {_component_of_key(line.record.key) for line in standing}
        for account in accounts.values():
            if account.component not in seen and "active" in (account.booking, account.payment):
                text = f"the trip failed, but {account.component} is still booked or paid in the ledger"
                yield Difference(trip.id, account.component, "left_behind", text)


def _components_of(trip: TripRow) -> list[str]:
    if trip.kind == "travel":
        return [component_id(trip.id, COMPONENTS[kind]) for kind in COMPONENT_KINDS]
    return [trip.id]


def _totals(accounts: Iterable[ComponentAccount], lines: Iterable[Line]) -> Totals:
    totals = Totals()
    for account in accounts:
        if account.booking == "active" and account.agreed:
            totals.of(account.agreed.currency).agreed += account.agreed.minor
        if account.captured:
            totals.of(account.captured.currency).captured += account.captured.minor
        if account.refunded:
            totals.of(account.refunded.currency).refunded += account.refunded.minor
    for line in lines:
        amount = line.record.amount
        if line.book == "payments" and amount:
            sums = totals.of(amount.currency)
            sums.book_captured += amount.minor
            sums.book_refunded += amount.minor if line.record.state == "undone" else 0
    return totals


def _component_of_key(key: str) -> str:
    return key.partition("/")[0]


def _noun(book: BookName) -> str:
    return "payment" if book == "payments" else f"{COMPONENTS[book].noun} booking"
