"""The invariant, counted from the companies' own books apart from the audit: what binds anybody, and whose money it is.

For each trip at rest: captured - refunded = agreed prices of its confirmed bookings + fees ± write-offs, with nothing
left held or authorized; or it needs attention and lists exactly what is open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from audit.findings import trip_of_key
from audit.installation import examine
from domain.ids import effect_key
from domain.trip.ending import trip_status
from domain.trip.facts import Item, TripFacts
from domain.trip.folding import trip_facts
from domain.trip.records import Command, Entry, TripRow
from settings import Settings
from stores.opening import open_stores
from suppliers.opening import snapshots
from suppliers.ports import Booking, Payment
from support.orchestrations.open_items import DECIDED, misplaced_items, unheard, unlisted

ENDS = ("confirmed", "partly_confirmed", "cancelled", "failed")


def broken(settings: Settings, *, only: str | None = None, now: datetime | None = None) -> list[str]:
    """Every promise that is broken in this installation, or for one trip of it; trips under way are broken too."""
    report = examine(settings)
    found = [f"{each.trip}: {each.text} [{each.code}]" for each in report.unexplained]
    ledger, at = open_stores(settings).ledger, now or datetime.now(UTC)
    with snapshots(settings) as books:
        for row in ledger.trips():
            if only in (None, row.id):
                trip = _Trip(
                    row,
                    ledger.entries(row.id),
                    ledger.commands(row.id),
                    [line for book in books.booking.values() for line in book.everything() if _is_of(line, row)],
                    [line for line in books.payments.everything() if _is_of(line, row)],
                    [item for parked, item in ledger.attention() if parked.id == row.id],
                )
                found += [f"{row.id}: {what}" for what in _of_trip(trip, at)]
    return found


@dataclass(frozen=True)
class _Trip:
    """All that the ledger and the companies have on one trip."""

    row: TripRow
    entries: Sequence[Entry]
    commands: Sequence[Command]
    bookings: Sequence[Booking]
    payments: Sequence[Payment]
    attention: Sequence[Item]


def _is_of(line: Booking | Payment, row: TripRow) -> bool:
    return trip_of_key(line.key) == row.id


def _of_trip(trip: _Trip, now: datetime) -> Iterator[str]:
    row, bookings, payments = trip.row, trip.bookings, trip.payments
    facts = trip_facts(row, trip.entries, trip.commands)
    status = trip_status(facts)
    yield from misplaced_items(facts, trip.attention)
    yield from unheard(facts, trip.entries, trip.commands, status)
    if facts.items:
        if status != "needs_attention":
            yield f"it is {status} with open items {[item.id for item in facts.items]}"
        yield from unlisted(facts, bookings, payments, now)
        return
    if status not in ENDS or row.box != "closed":
        yield f"it is {status} with its box {row.box}: it never came to its end"
        return
    given_up = _given_up(facts)
    confirmed = {line.key: line for line in bookings if line.status == "confirmed" and line.key not in given_up}
    for line in (*bookings, *payments):
        if line.status in ("held", "authorized") and now < line.expires and line.key not in given_up:
            yield f"{line.key} is left {line.status}"
    by_component: dict[str, int] = {}
    for key in confirmed:
        component = key.partition("/")[0]
        by_component[component] = by_component.get(component, 0) + 1
    if any(count > 1 for count in by_component.values()):
        yield f"a component is confirmed twice: {sorted(confirmed)}"
    wanted = 3 if row.kind == "travel" else 1
    fits = {
        "confirmed": len(by_component) == wanted,
        "partly_confirmed": 0 < len(by_component) < wanted,
        "cancelled": not by_component,
        "failed": not by_component,
    }
    if not fits[status]:
        yield f"it is {status} with {sorted(by_component)} confirmed"
    kept = sum(line.captured.minor - line.refunded.minor for line in payments)
    adjusted = sum(refund.amount for c in facts.components for refund in c.refunds if refund.mark in DECIDED)
    agreed = sum(line.amount.minor for line in confirmed.values())
    fees = sum(_borne(facts, line) for line in bookings if line.fee)
    if kept - adjusted != agreed + fees:
        yield f"the traveller paid {kept} (of it settled {adjusted}) for bookings of {agreed} and fees of {fees}"


def _borne(facts: TripFacts, line: Booking) -> int:
    """The traveller's part of what the company kept: never more than was told beforehand."""
    for component in facts.components:
        for revision in component.revisions:
            if effect_key(component.id, "hold", revision.number) == line.key and line.fee:
                return min(line.fee.minor, revision.fee_agreed)
    return 0


def _given_up(facts: TripFacts) -> set[str]:
    """Keys of bookings and payments whose undoing a person closed."""
    found: set[str] = set()
    for component in facts.components:
        for revision in component.revisions:
            if revision.cancel in DECIDED:
                found.add(effect_key(component.id, "hold", revision.number))
            if revision.void in DECIDED:
                found.add(effect_key(component.id, "authorize", revision.number))
    return found
