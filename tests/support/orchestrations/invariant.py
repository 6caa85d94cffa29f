"""What each trip promises when its saga has ended or parked, counted in the ledger and in the companies' own books."""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.comparison import AuditedTrip, compare_trip, status_of
from audit.findings import Books
from audit.recounted.recount import recount
from audit.view_checks.trip import view_differences
from audit.views import trip_views
from domain.ids import effect_key
from domain.money.postings import balances
from domain.trip.facts import ComponentFacts, TripFacts
from domain.trip.keeping import kept_revision
from suppliers.opening import snapshots
from suppliers.ports import Booking, Payment
from support.orchestrations.installation import MemoryInstallation
from support.orchestrations.open_items import DECIDED, misplaced_items, unheard, unlisted


@dataclass(frozen=True)
class Own:
    """The lines of the companies' books about one component."""

    bookings: list[Booking]
    payments: list[Payment]


def require_invariant(house: MemoryInstallation, trip: str = "trip-1") -> None:
    """Captured less refunded is the agreed prices of what is confirmed, and fees, and write-offs; nothing is left
    held or authorized; or the trip needs attention and lists exactly what is open. Books and ledger agree."""
    found = list(_broken(house, trip))
    if found:
        moments = [f"{moment.at:%H:%M:%S.%f} {moment.event}: {moment.text}" for moment in house.view(trip).timeline]
        raise AssertionError("\n".join([*found, f"{trip} is {house.view(trip).status}:", *moments]))


def books_of(house: MemoryInstallation, trip: str) -> Books:
    with snapshots(house.settings) as books:
        bookings = [line for book in books.booking.values() for line in book.starting_with(trip)]
        return Books(bookings=bookings, payments=list(books.payments.starting_with(trip)))


def _broken(house: MemoryInstallation, trip: str) -> Iterator[str]:
    row, facts, books = house.row(trip), house.facts(trip), books_of(house, trip)
    status = house.view(trip).status
    if (row.box == "closed") != (row.outcome is not None):
        yield "the box is closed without an outcome, or the other way round"
    if row.box == "open" and status not in ("waiting", "needs_attention"):
        yield "the trip has neither ended nor parked"
    if (status == "needs_attention") != bool(facts.items):
        yield f"it is {status}, with {len(facts.items)} open items"
    postings = house.ledger.postings(trip)
    if sum(money.minor for money in balances(postings).values()):
        yield "the postings do not balance"
    entries, commands = house.ledger.entries(trip), house.ledger.commands(trip)
    count = recount(row, entries, commands, books)
    wrong_views = view_differences(trip_views(row, facts, entries, commands), count, status_of(row, facts))
    trip_rows = AuditedTrip(row, facts, postings, books)
    audit = compare_trip(trip_rows, house.clock(), moving=False, wrong_views=wrong_views)
    yield from unheard(facts, house.ledger.entries(trip), house.ledger.commands(trip), status)
    yield from misplaced_items(facts, [item for parked, item in house.ledger.attention() if parked.id == trip])
    if facts.items:
        yield from unlisted(facts, books.bookings, books.payments, house.clock())
    yield from (f"audit: {each.code} {each.text}" for each in audit.differences if not each.explanation)
    for component in facts.components:
        own = Own(
            [line for line in books.bookings if line.key.startswith(f"{component.id}/")],
            [line for line in books.payments if line.key.startswith(f"{component.id}/")],
        )
        if not any(item.kind == component.kind for item in facts.items):
            yield from _component(house, facts, component, own, parked=row.box == "open")


def _component(
    house: MemoryInstallation, facts: TripFacts, component: ComponentFacts, own: Own, *, parked: bool
) -> Iterator[str]:
    kept, now = kept_revision(facts, component), house.clock()
    wanted = effect_key(component.id, "hold", kept.number) if kept else None
    decided = {effect_key(component.id, "hold", r.number) for r in component.revisions if r.cancel in DECIDED}
    voided = {effect_key(component.id, "authorize", r.number) for r in component.revisions if r.void in DECIDED}
    booked = {line.key for line in own.bookings if line.status == "confirmed"} - decided
    held = {line.key for line in own.bookings if line.status == "held" and now < line.expires} - decided
    reserved = {line.key for line in own.payments if line.status == "authorized" and now < line.expires} - voided
    if parked:
        held -= {wanted or ""}
        reserved = reserved if kept is None else set()
    if held or reserved:
        yield f"left behind: {sorted(held | reserved)}"
    if not parked and booked != ({wanted} if wanted else set()):
        yield f"{component.id}: booked are {sorted(booked)}, to stay booked is {wanted}"
    if booked - {wanted}:
        yield f"{component.id}: {sorted(booked)} are booked, although only {wanted} may be"
    if parked and kept is not None and not kept.booked:
        return
    taken = sum(line.captured.minor - line.refunded.minor for line in own.payments)
    fees = sum(_borne(component, line) for line in own.bookings if line.fee)
    written = sum(refund.amount for refund in component.refunds if refund.mark in DECIDED)
    price = kept.cost if kept else 0
    if taken != price + fees + written and not (parked and kept):
        yield f"{component.id}: {taken} is taken; agreed {price}, fees {fees}, settled or written off {written}"


def _borne(component: ComponentFacts, line: Booking) -> int:
    """The traveller's part of the fee that the company kept."""
    number = int(line.key.rpartition("/")[2])
    assert line.fee
    return min(line.fee.minor, component.revision(number).fee_agreed)
