"""The invariant, counted from the companies' own books apart from the audit: what binds anybody, and whose money it is.

For each trip at rest: captured - refunded = agreed prices of its confirmed bookings + fees ± write-offs, with nothing
left held or authorized; or it needs attention and lists exactly what is open.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from domain.components import COMPONENT_KINDS
from domain.ending import trip_status
from domain.facts import TripFacts
from domain.folding import trip_facts
from domain.ids import effect_key
from domain.records import TripRow
from scripts.audit import examine
from scripts.audit_findings import trip_of_key
from settings import Settings
from stores.opening import ledger_snapshot
from suppliers.opening import book_of, payments_book
from suppliers.ports import Booking, Payment
from suppliers.sqlite_book import book_snapshot

ENDS = ("confirmed", "partly_confirmed", "cancelled", "failed")
_CLOSED = ("settled", "written_off")


def broken(state: Path, *, only: str | None = None, now: datetime | None = None) -> list[str]:
    """Every promise that is broken in this installation, or for one trip of it; trips under way are broken too."""
    report = examine(Settings.from_environ({"STATE_DIR": str(state)}))
    found = [f"{each.trip}: {each.text} [{each.code}]" for each in report.unexplained]
    with ExitStack() as stack:
        ledger = stack.enter_context(ledger_snapshot(state))
        bookings = [
            line
            for kind in COMPONENT_KINDS
            for line in stack.enter_context(book_snapshot(book_of(state, kind), Booking)).everything()
        ]
        payments = list(stack.enter_context(book_snapshot(payments_book(state), Payment)).everything())
        for row in ledger.trips() if ledger else ():
            if only in (None, row.id):
                facts = trip_facts(row, ledger.entries(row.id), ledger.commands(row.id)) if ledger else None
                assert facts
                mine = [line for line in bookings if trip_of_key(line.key) == row.id]
                paid = [line for line in payments if trip_of_key(line.key) == row.id]
                found += [f"{row.id}: {what}" for what in _of_trip(row, facts, mine, paid, now or datetime.now(UTC))]
    return found


def _of_trip(
    row: TripRow, facts: TripFacts, bookings: list[Booking], payments: list[Payment], now: datetime
) -> Iterator[str]:
    status = trip_status(facts)
    if facts.items:
        if status != "needs_attention":
            yield f"it is {status} with open items {[item.id for item in facts.items]}"
        yield from _items(facts, bookings, payments)
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
    adjusted = sum(refund.amount for c in facts.components for refund in c.refunds if refund.mark in _CLOSED)
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
            if revision.cancel in _CLOSED:
                found.add(effect_key(component.id, "hold", revision.number))
            if revision.void in _CLOSED:
                found.add(effect_key(component.id, "authorize", revision.number))
    return found


def _items(facts: TripFacts, bookings: list[Booking], payments: list[Payment]) -> Iterator[str]:
    """Of a trip that goes, whatever binds somebody must be listed."""
    if facts.cancel is None:
        return
    listed = {item.component for item in facts.items}
    closed = _given_up(facts)
    for line in bookings:
        if line.status in ("held", "confirmed") and line.key.partition("/")[0] not in listed and line.key not in closed:
            yield f"{line.key} is {line.status} in a cancelled trip and no open item says so"
    for line in payments:
        component = line.key.partition("/")[0]
        left = line.captured.minor - line.refunded.minor
        if component not in listed and left > _explained(facts, component):
            yield f"{line.key} has {left} taken in a cancelled trip and no open item says so"


def _explained(facts: TripFacts, component: str) -> int:
    """What of a component's money may stay taken: fees, and what a person settled."""
    found = next((c for c in facts.components if c.id == component), None)
    settled = sum(refund.amount for refund in found.refunds if refund.mark in _CLOSED) if found else 0
    return settled + (found.fees if found else 0)
