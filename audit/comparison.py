"""Comparison of one trip in the ledger with the suppliers' books. Pure.

Every difference has a stable code. While a trip runs, each of its differences is explained. If it needs attention, an
open item explains those of its component and side, and no others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from audit.end import end_differences, money_differences
from audit.findings import (
    Books,
    Check,
    Difference,
    Line,
    Side,
    TripAudit,
    component_of_key,
    count_books,
    failed,
    noun,
    reference_of,
    side_of,
    trip_of_key,
)
from audit.grouping import grouped
from audit.lines import line_differences
from audit.money import Totals, agreed_money, currency_of, refund_money
from audit.orders import order_differences
from audit.postings import posting_differences
from audit.revisions import booked_revisions, closed_holds
from domain.components import ComponentKind, Effect
from domain.money.postings import Posting
from domain.trip.ending import trip_status
from domain.trip.facts import Item, TripFacts
from domain.trip.marks import CLOSED
from domain.trip.outcomes import TripStatus
from domain.trip.records import TripRow
from suppliers.ports import Booking, Payment

_AT_REST = ("confirmed", "partly_confirmed", "cancelled", "failed")
_PARKED = ("needs_attention", "waiting")
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

    @cached_property
    def status(self) -> TripStatus:
        """The trip's end or, while it is open, its status by its facts."""
        return status_of(self.row, self.facts)

    @property
    def has_ended(self) -> bool:
        """True if nothing more is going to happen unless someone asks for it."""
        return self.row.box == "closed" and self.status in _AT_REST

    @property
    def is_under_way(self) -> bool:
        """True if a saga is at work on the trip: it has not ended and waits for nobody."""
        return not self.has_ended and self.status not in _PARKED


def compare_trip(
    trip: AuditedTrip, now: datetime, *, moving: bool, wrong_views: Iterable[Difference] = ()
) -> TripAudit:
    """Compare a trip's facts with its postings and with the books.

    `wrong_views` are the differences in the app's views of the trip (`audit.view_checks`). `moving` says that the trip
    changed while the books were read, so that any difference may be gone a moment later.
    """
    facts, books = trip.facts, trip.books
    differences = [
        *line_differences(facts, books),
        *_unknown_keys(facts, books),
        *_doubled(facts, books, now),
        *posting_differences(facts, trip.postings),
        *order_differences(trip.row, facts, books),
        *wrong_views,
        *_differences_at_rest(trip, now),
    ]
    explained = tuple(
        replace(difference, explanation=_explanation(difference, trip, moving)) for difference in differences
    )
    return TripAudit(
        trip=facts.id,
        kind=facts.kind,
        status=trip.status,
        totals=_totals(facts, books),
        items=facts.items,
        differences=explained,
    )


def status_of(row: TripRow, facts: TripFacts) -> TripStatus:
    """Return how the trip has ended or, while it is open, its status by its facts."""
    # The stored outcome is that of the last end, so it says nothing once the trip was opened again.
    if row.box == "open" or row.outcome is None:
        return trip_status(facts)
    return row.outcome.status


def compare_orphan(line: Booking | Payment, now: datetime) -> tuple[Difference | None, Totals]:
    """Compare a line of a book whose trip the ledger does not have. Return a difference if it binds anybody."""
    totals = Totals()
    match line:
        case Booking():
            what = noun(line.kind)
            count_books(totals, Books(bookings=[line]))
        case Payment():
            what = "payment"
            count_books(totals, Books(payments=[line]))
    if not is_binding(line, now):
        return None, totals
    return Difference(
        trip=trip_of_key(line.key),
        component=component_of_key(line.key),
        code="not_in_ledger",
        text=f"{what} {reference_of(line)} stands for a trip that the ledger does not know",
    ), totals


def is_binding(line: Booking | Payment, now: datetime) -> bool:
    """Return whether a line of a book is in force: held and not expired, confirmed, authorized or captured."""
    if line.status in ("held", "authorized"):
        return now < line.expires
    return line.status in ("confirmed", "captured")


def _differences_at_rest(trip: AuditedTrip, now: datetime) -> Iterator[Difference]:
    """Yield what may differ while a trip is under way, but not when it has ended or waits for an operator."""
    if trip.has_ended:
        yield from end_differences(trip.facts, trip.status, trip.books, now)
        yield from money_differences(trip.facts, trip.books)
    elif trip.status == "needs_attention":
        yield from money_differences(trip.facts, trip.books)


def _explanation(difference: Difference, trip: AuditedTrip, moving: bool) -> str | None:
    if moving or trip.is_under_way:
        return "the trip is running"
    # An item that is open although the trip has ended is a difference itself, and explains nothing.
    if trip.status != "needs_attention":
        return None
    for item in trip.facts.items:
        if _covers(item, difference):
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


def _unknown_keys(facts: TripFacts, books: Books) -> Iterator[Difference]:
    """Yield the lines under keys of the trip for which the ledger has no rows."""
    expected: set[tuple[str, ComponentKind | None]] = set()
    for booked in booked_revisions(facts, books):
        # The same key in another supplier's book is as foreign as another key, so the kind belongs to it.
        expected.add((booked.hold_key, booked.component.kind))
        # Payments of all kinds are in one book.
        expected.add((booked.authorize_key, None))
    for line in books.lines:
        if (line.key, _kind_of(line)) not in expected:
            yield Difference(
                trip=facts.id,
                component=component_of_key(line.key),
                code="not_in_ledger",
                text=f"{reference_of(line)} was made under a key that the ledger does not know ({line.key})",
            )


def _kind_of(line: Line) -> ComponentKind | None:
    return line.kind if isinstance(line, Booking) else None


def _doubled(facts: TripFacts, books: Books, now: datetime) -> Iterator[Difference]:
    """Yield the components with several confirmed bookings, or with several authorizations in force.

    A change that waits for an operator has both bookings. Any open item of the component explains them.
    """
    words: dict[Side, str] = {"booking": "confirmed bookings", "payment": "authorizations"}
    groups = grouped(_in_force(facts, books, now), lambda line: (component_of_key(line.key), side_of(line)))
    for (component, side), lines in groups.items():
        numbers = list(map(reference_of, lines))
        check = Check(
            holds=len(numbers) == 1,
            code="doubled",
            text=f"{len(numbers)} {words[side]} for one component: {', '.join(numbers)}",
        )
        yield from failed(facts.id, component, [check])


def _in_force(facts: TripFacts, books: Books, now: datetime) -> Iterator[Line]:
    """Yield the confirmed bookings and the authorizations of a trip that no operator decided to leave."""
    left_by_decision = closed_holds(facts)
    for line in books.lines:
        if line.status not in ("confirmed", "authorized") or line.key in left_by_decision:
            continue
        # An authorization that has expired reserves nothing any more.
        if is_binding(line, now):
            yield line


def _totals(facts: TripFacts, books: Books) -> Totals:
    totals = Totals()
    for component in facts.components:
        sums = totals.of(currency_of(facts, component))
        sums.agreed += agreed_money(component)
        sums.fees += component.fees
        sums.captured += component.captured
        sums.refunded += refund_money(component, "done")
        sums.adjusted += refund_money(component, *CLOSED)
    count_books(totals, books)
    return totals
