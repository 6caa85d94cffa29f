"""The invariant: what each trip promises when its saga has ended or parked, counted in the companies' own books.

Captured less refunded is the agreed prices of what is confirmed, and fees, and write-offs, with nothing left held or
authorized; or the trip needs attention and lists exactly what is open. Every command that was accepted acts exactly
once. Ledger, views and books agree.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from audit.comparison import AuditedTrip, compare_trip, status_of
from audit.findings import Books, trip_of_key
from audit.installation import examine
from audit.recounted.recount import recount
from audit.view_checks.trip import view_differences
from audit.views import trip_views
from domain.components import Effect, parts_of
from domain.ids import effect_key
from domain.money.postings import Posting, balances
from domain.trip.ending import trip_status
from domain.trip.entry_data import ChangeEnd
from domain.trip.facts import Item, TripFacts
from domain.trip.folding import trip_facts
from domain.trip.keeping import all_goes, kept_revision
from domain.trip.marks import Mark
from domain.trip.records import Command, Entry, TripRow
from domain.trip.revisions import ComponentFacts, Revision
from settings import Settings
from stores.ledger import Ledger
from stores.opening import open_stores
from suppliers.opening import snapshots
from suppliers.ports import Booking, Payment
from support.orchestrations.installation import MemoryInstallation

ENDS = ("confirmed", "partly_confirmed", "cancelled", "failed")
_DECIDED = ("settled", "written_off")
"""A person closed it."""
_OVER = ("done", *_DECIDED)
Line = TypeVar("Line", Booking, Payment)
_Listed = tuple[str, str, int, int]
"""Component, effect, revision (of a refund its number), amount."""


def require_invariant(house: MemoryInstallation, trip: str = "trip-1") -> None:
    """Pass if the trip keeps every promise. Raise `AssertionError` with its timeline."""
    broken_promises = list(_Trip.read(house.ledger, house.row(trip), books_of(house, trip)).broken(house.clock()))
    if broken_promises:
        raise AssertionError("\n".join([*broken_promises, *house.timeline(trip)]))


def books_of(house: MemoryInstallation, trip: str) -> Books:
    with snapshots(house.settings) as books:
        bookings = [line for book in books.booking.values() for line in book.starting_with(trip)]
        return Books(bookings=bookings, payments=list(books.payments.starting_with(trip)))


def broken(settings: Settings, *, only: str | None = None) -> list[str]:
    """Return every promise that is broken in this installation, or for one trip of it; all trips are to have ended."""
    texts = [f"{line.trip}: {line.text} [{line.code}]" for line in examine(settings).unexplained]
    ledger = open_stores(settings).ledger
    with snapshots(settings) as books:
        bookings = [line for book in books.booking.values() for line in book.everything()]
        payments = list(books.payments.everything())
    for row in ledger.trips():
        if only in (None, row.id):
            own = Books(
                [line for line in bookings if trip_of_key(line.key) == row.id],
                [line for line in payments if trip_of_key(line.key) == row.id],
            )
            trip = _Trip.read(ledger, row, own)
            texts += [f"{row.id}: {what}" for what in trip.broken(datetime.now(UTC))]
            if row.box == "open" and not trip.facts.items:
                texts.append(f"{row.id}: it never came to its end")
    return texts


@dataclass(frozen=True)
class _Trip:
    """All that the ledger and the companies have on one trip."""

    row: TripRow
    facts: TripFacts
    entries: Sequence[Entry]
    commands: Sequence[Command]
    claims: Mapping[str, int]
    postings: Sequence[Posting]
    listed: Sequence[Item]
    books: Books

    @classmethod
    def read(cls, ledger: Ledger, row: TripRow, books: Books) -> "_Trip":
        entries, commands = ledger.entries(row.id), ledger.commands(row.id)
        listed = [item for parked, item in ledger.attention() if parked.id == row.id]
        facts, claims = trip_facts(row, entries, commands), ledger.claims(row.id)
        return cls(row, facts, entries, commands, claims, ledger.postings(row.id), listed, books)

    def broken(self, now: datetime) -> Iterator[str]:
        row, facts, status = self.row, self.facts, trip_status(self.facts)
        if (row.box == "closed") != (row.outcome is not None):
            yield "the box is closed without an outcome, or the other way round"
        if row.box == "open" and status not in ("waiting", "needs_attention"):
            yield f"the trip is {status}: it has neither ended nor parked"
        if (status == "needs_attention") != bool(facts.items):
            yield f"it is {status}, with open items {[item.id for item in facts.items]}"
        if sum(money.minor for money in balances(self.postings).values()):
            yield "the postings do not balance"
        yield from self._unheard(status)
        yield from self._misplaced()
        yield from self._audited(now)
        if facts.items:
            yield from self._unlisted(now)
        # Open items leave money and bookings in between, which only the list of items can explain.
        elif row.box == "closed":
            yield from self._at_its_end(status)
        for component in facts.components:
            if not any(item.kind == component.kind for item in facts.items):
                yield from self._component(component, now)

    def _audited(self, now: datetime) -> Iterator[str]:
        count = recount(self.row, self.entries, self.commands, self.claims, self.books)
        views = trip_views(self.row, self.entries, self.commands, self.claims)
        wrong = view_differences(views, count, status_of(self.row, self.facts))
        rows = AuditedTrip(self.row, self.facts, self.postings, self.books)
        # Nothing moves any more, so that no difference is excused by work under way.
        audit = compare_trip(rows, now, moving=False, wrong_views=wrong)
        yield from (f"audit: {line.code} {line.text}" for line in audit.differences if not line.explanation)

    def _unheard(self, status: str) -> Iterator[str]:
        """Find accepted commands of a trip at rest that did nothing, or did it twice."""
        facts = self.facts
        if facts.cancel is not None and status not in ("cancelled", "needs_attention"):
            yield f"a cancel was accepted, and the trip is {status}"
        ended = [entry.data.command for entry in self.entries if isinstance(entry.data, ChangeEnd)]
        accepted = [command.number for command in self.commands if command.kind == "change"]
        ends = sorted(map(str, ended)) == sorted(map(str, accepted))
        if facts.cancel is None and status != "needs_attention" and not ends:
            yield f"the changes {accepted} were accepted, through or undone are {ended}"
        if facts.choice == "undo" and status not in ("failed", "cancelled", "needs_attention"):
            yield f"the traveller chose to undo, and the trip is {status}"

    def _misplaced(self) -> Iterator[str]:
        """Find what is listed and not open, or open and not listed, by the marks of the trip's effects."""
        listed = sorted((item.component, item.effect, item.revision, item.amount.minor) for item in self.listed)
        given_up = sorted(effect for component in self.facts.components for effect in _given_up(component))
        if listed != given_up:
            yield f"listed as open are {listed}, open are {given_up}"

    def _unlisted(self, now: datetime) -> Iterator[str]:
        """Find what binds somebody, or whose money is kept, although it is to go and no open item says so."""
        for component in self.facts.components:
            items = [item for item in self.facts.items if item.component == component.id]
            for revision in component.revisions:
                if self._goes(revision):
                    yield from self._bound(component, revision, items, now)
            if all_goes(self.facts) or any(item.effect == "refund" for item in items):
                yield from self._kept_beyond(component, items)

    def _goes(self, revision: Revision) -> bool:
        return all_goes(self.facts) or revision.failed

    def _bound(
        self, component: ComponentFacts, revision: Revision, items: Sequence[Item], now: datetime
    ) -> Iterator[str]:
        """Find a live booking or authorization of the revision that nobody is asked to undo."""
        listed = {item.effect for item in items if item.revision == revision.number}
        sides: tuple[tuple[Effect, Mark, set[str]], ...] = (
            ("hold", revision.cancel, {"cancel", "confirm"}),
            ("authorize", revision.void, {"void", "capture"}),
        )
        for effect, undone, asking in sides:
            key = effect_key(component.id, effect, revision.number)
            for line in (*self.books.bookings, *self.books.payments):
                binds = line.status == "confirmed" or (line.status in ("held", "authorized") and now < line.expires)
                if line.key == key and binds and undone not in _DECIDED and not listed & asking:
                    yield f"{key} is {line.status} and is to go, and no open item says so"

    def _kept_beyond(self, component: ComponentFacts, items: Sequence[Item]) -> Iterator[str]:
        """Find money that is kept beyond price, fees and decisions and that no open item names; less is never kept."""
        staying = {effect_key(component.id, "hold", r.number) for r in component.revisions if not self._goes(r)}
        bookings = self._of(component, self.books.bookings)
        agreed = [line.amount.minor for line in bookings if line.key in staying and line.status == "confirmed"]
        taken = _taken(self._of(component, self.books.payments))
        beyond = taken - (max(agreed, default=0) + component.fees + _written_off(component))
        uncertain = [item.amount.minor for item in items if item.effect in ("refund", "capture", "void")]
        if beyond > sum(uncertain) or (beyond < 0 and not uncertain):
            yield f"{component.id}: {taken} is kept, {beyond} more than agreed, and open items say {uncertain}"

    def _component(self, component: ComponentFacts, now: datetime) -> Iterator[str]:
        """Compare the books with the revision that is to stay booked, if there is one."""
        is_parked, kept = self.row.box == "open", kept_revision(self.facts, component)
        bookings, payments = self._of(component, self.books.bookings), self._of(component, self.books.payments)
        staying = effect_key(component.id, "hold", kept.number) if kept else None
        booked = {line.key for line in bookings if line.status == "confirmed"} - _closed_keys(component)
        left = {
            line.key for line in (*bookings, *payments) if line.status in ("held", "authorized") and now < line.expires
        } - _closed_keys(component)
        if is_parked and kept is not None:
            # A parked trip may hold on to what is to be booked, and to its money.
            left -= {staying, *(line.key for line in payments)}
        if left:
            yield f"left behind: {sorted(left)}"
        if not is_parked and booked != ({staying} if staying else set()):
            yield f"{component.id}: booked are {sorted(booked)}, to stay booked is {staying}"
        if booked - {staying}:
            yield f"{component.id}: {sorted(booked)} are booked, although only {staying} may be"
        # What is taken of a parked component is settled only at its end.
        if is_parked and kept is not None:
            return
        taken, price, written = _taken(payments), kept.cost if kept else 0, _written_off(component)
        fees = sum(_borne(component, line) for line in bookings if line.fee)
        if taken != price + fees + written:
            yield f"{component.id}: {taken} is taken; agreed {price}, fees {fees}, settled or written off {written}"

    def _at_its_end(self, status: str) -> Iterator[str]:
        """Count the whole trip by the books alone, apart from the plan's view of what stays."""
        closed = {key for component in self.facts.components for key in _closed_keys(component)}
        confirmed = [line for line in self.books.bookings if line.status == "confirmed" and line.key not in closed]
        by_component = Counter(line.key.partition("/")[0] for line in confirmed)
        if any(count > 1 for count in by_component.values()):
            yield f"a component is confirmed twice: {sorted(line.key for line in confirmed)}"
        whole = len(parts_of(self.row.kind))
        fits = {"confirmed": len(by_component) == whole, "partly_confirmed": 0 < len(by_component) < whole}
        if status not in ENDS or not fits.get(status, not by_component):
            yield f"it is {status} with {sorted(by_component)} confirmed"
        kept, agreed = _taken(self.books.payments), sum(line.amount.minor for line in confirmed)
        written = sum(map(_written_off, self.facts.components))
        fees = sum(
            _borne(component, line)
            for component in self.facts.components
            for line in self._of(component, self.books.bookings)
            if line.fee
        )
        if kept - written != agreed + fees:
            yield f"the traveller paid {kept} (of it settled {written}) for bookings of {agreed} and fees of {fees}"

    @staticmethod
    def _of(component: ComponentFacts, lines: Sequence[Line]) -> list[Line]:
        return [line for line in lines if line.key.startswith(f"{component.id}/")]


def _given_up(component: ComponentFacts) -> Iterator[_Listed]:
    for revision in component.revisions:
        effects = {
            "confirm": (revision.confirm, revision.cancel, revision.cost),
            "capture": (revision.capture, revision.void, revision.cost),
            "cancel": (revision.cancel, "none", revision.cost),
            "void": (revision.void, "none", revision.authorized),
        }
        for effect, (mark, undone, amount) in effects.items():
            if mark == "given_up" and undone not in _OVER:
                yield component.id, effect, revision.number, amount
    for refund in component.refunds:
        if refund.mark == "given_up":
            yield component.id, "refund", refund.number, refund.amount


def _closed_keys(component: ComponentFacts) -> set[str]:
    """Return the keys of bookings and payments whose undoing a person closed."""
    cancelled = {effect_key(component.id, "hold", r.number) for r in component.revisions if r.cancel in _DECIDED}
    return cancelled | {
        effect_key(component.id, "authorize", r.number) for r in component.revisions if r.void in _DECIDED
    }


def _taken(payments: Sequence[Payment]) -> int:
    return sum(line.captured.minor - line.refunded.minor for line in payments)


def _written_off(component: ComponentFacts) -> int:
    return sum(refund.amount for refund in component.refunds if refund.mark in _DECIDED)


def _borne(component: ComponentFacts, line: Booking) -> int:
    """Return the traveller's part of the fee that the company kept: never more than was said beforehand."""
    number = int(line.key.rpartition("/")[2])
    assert line.fee
    return min(line.fee.minor, component.revision(number).fee_agreed)
