"""Readers of ledger and books for the audit, which also work while the app goes on writing."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from audit.comparison import AuditedTrip, compare_orphan, compare_trip
from audit.findings import Books, Difference, TripAudit, trip_of_key
from audit.grouping import grouped
from audit.money import Totals
from audit.recounted.recount import recount
from audit.view_checks.trip import view_differences
from audit.views import trip_views
from domain.conversation.turn import Turn
from domain.options import SagaPolicy
from domain.trip.folding import trip_facts
from domain.trip.records import TripRow
from settings import Settings
from stores.conversations import TurnReader
from stores.ledger import LedgerReader
from stores.opening import open_stores, store_snapshot
from suppliers.opening import Snapshots, snapshots
from suppliers.ports import Booking, Payment


class Audit:
    """One moment of an installation: the books, and the ledger before and after they were read."""

    def __init__(
        self,
        before: Mapping[str, int],
        books: Snapshots,
        after: LedgerReader | None,
        turns: TurnReader | None,
        policy: SagaPolicy,
    ) -> None:
        self._before = before
        self._books = books
        self._after = after
        self._turns = turns
        self._policy = policy
        # One moment for all trips, so that two of them do not differ in what has expired.
        self._now = datetime.now(UTC)

    @property
    def empty(self) -> bool:
        """True if the app has never run."""
        return self._after is None and next(self._lines(), None) is None

    def trips(self) -> Iterator[TripAudit]:
        """Yield the result of every trip, oldest first."""
        if self._after is None:
            return
        for row in self._after.trips():
            yield self._audit(self._after, row)

    def _audit(self, ledger: LedgerReader, row: TripRow) -> TripAudit:
        entries, commands = ledger.entries(row.id), ledger.commands(row.id)
        facts = trip_facts(row, entries, commands)
        trip = AuditedTrip(
            row=row,
            facts=facts,
            postings=ledger.postings(row.id),
            books=self._books_of(row.id),
        )
        # Read after all other rows of the trip, so that a row that came in between makes it a moving one.
        moving = self._has_moved(row, ledger.trip(row.id))
        claims = ledger.claims(row.id)
        views = replace(trip_views(row, entries, commands, claims, self._policy), reply=self._reply(row))
        counted = recount(row, entries, commands, claims, trip.books)
        wrong_views = view_differences(views, counted, trip.status, self._policy)
        return compare_trip(trip, self._now, moving=moving, wrong_views=wrong_views)

    def _has_moved(self, row: TripRow, current: TripRow | None) -> bool:
        """Return whether a trip changed between the two readings of the ledger, or since its row was read."""
        # A trip at rest before the books were read, and unchanged after, cannot have moved between.
        if current is None:
            return True
        return not self._before.get(row.id) == row.version == current.version

    def orphans(self, trips: set[str]) -> Iterator[tuple[Difference | None, Totals]]:
        """Yield a difference or None, and the money, for each line of a book whose trip is not among `trips`."""
        for line in self._lines():
            if trip_of_key(line.key) not in trips:
                yield compare_orphan(line, self._now)

    def _reply(self, row: TripRow) -> str | None:
        """Return the reply of the turn that booked the trip, or None if that turn is not kept any more."""
        if self._turns is None:
            return None
        turn = self._turns.turn(row.conversation, row.turn)
        if turn is None or row.id not in _trips_of(turn):
            return None
        return turn.reply

    def _lines(self) -> Iterator[Booking | Payment]:
        for book in self._books.booking.values():
            yield from book.everything()
        yield from self._books.payments.everything()

    def _books_of(self, trip: str) -> Books:
        bookings = chain.from_iterable(book.starting_with(trip) for book in self._books.booking.values())
        payments = self._books.payments.starting_with(trip)
        # A book finds by the first letters of a key, so `trip-1` also brings the lines of `trip-12`.
        bookings_by_trip = grouped(bookings, lambda line: trip_of_key(line.key))
        payments_by_trip = grouped(payments, lambda line: trip_of_key(line.key))
        return Books(bookings_by_trip[trip], payments_by_trip[trip])


def _trips_of(turn: Turn) -> set[str]:
    return {call.trip for call in turn.calls}


@contextmanager
def open_audit(settings: Settings) -> Generator[Audit | None]:
    """Open an installation for reading. Give None if the app has never run."""
    with ExitStack() as stack:
        # The order matters: a trip whose version is the same before and after cannot have changed in between.
        before = _versions(stack.enter_context(_stores(settings))[0])
        books = stack.enter_context(snapshots(settings))
        policy = SagaPolicy.model_validate(settings, from_attributes=True)
        audit = Audit(before, books, *stack.enter_context(_stores(settings)), policy)
        yield None if audit.empty else audit


@contextmanager
def _stores(settings: Settings) -> Generator[tuple[LedgerReader | None, TurnReader | None]]:
    """Give the ledger and the turns of now; in tables they go on changing while they are read."""
    if settings.store == "tables":
        stores = open_stores(settings)
        yield stores.ledger, stores.conversations
    else:
        with store_snapshot(settings.state_dir) as readers:
            yield readers or (None, None)


def _versions(ledger: LedgerReader | None) -> dict[str, int]:
    versions: dict[str, int] = {}
    if ledger:
        for row in ledger.trips():
            versions[row.id] = row.version
    return versions
