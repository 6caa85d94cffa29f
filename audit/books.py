"""Readers of ledger and books for the audit, which also work while the app goes on writing."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import chain

from audit.comparison import AuditedTrip, compare_orphan, compare_trip, status_of
from audit.findings import Books, Difference, TripAudit, trip_of_key
from audit.money import Totals
from audit.recount import recount
from audit.view_checks import view_differences
from audit.views import trip_views
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
    ) -> None:
        self._before = before
        self._books = books
        self._after = after
        self._turns = turns
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
            entries, commands = self._after.entries(row.id), self._after.commands(row.id)
            facts = trip_facts(row, entries, commands)
            postings, books = self._after.postings(row.id), self._books_of(row.id)
            # A trip at rest before the books were read, and unchanged after, cannot have moved between.
            current = self._after.trip(row.id)
            moving = self._before.get(row.id) != row.version or current is None or current.version != row.version
            views = trip_views(row, facts, entries, commands, self._reply(row))
            wrong_views = view_differences(views, recount(row, entries, commands, books), status_of(row, facts))
            audited = AuditedTrip(row, facts, postings, books)
            yield compare_trip(audited, self._now, moving=moving, wrong_views=wrong_views)

    def orphans(self, trips: set[str]) -> Iterator[tuple[Difference | None, Totals]]:
        """Yield a difference or None, and the money, for each line of a book whose trip is not among `trips`."""
        for line in self._lines():
            if trip_of_key(line.key) not in trips:
                yield compare_orphan(line, self._now)

    def _reply(self, row: TripRow) -> str | None:
        turn = self._turns.turn(row.conversation, row.turn) if self._turns else None
        return turn.reply if turn and any(call.trip == row.id for call in turn.calls) else None

    def _lines(self) -> Iterator[Booking | Payment]:
        return chain(*(book.everything() for book in self._books.booking.values()), self._books.payments.everything())

    def _books_of(self, trip: str) -> Books:
        bookings = [line for book in self._books.booking.values() for line in book.starting_with(trip)]
        return Books(
            bookings=[line for line in bookings if trip_of_key(line.key) == trip],
            payments=[line for line in self._books.payments.starting_with(trip) if trip_of_key(line.key) == trip],
        )


@contextmanager
def open_audit(settings: Settings) -> Generator[Audit | None]:
    """Open an installation for reading. Give None if the app has never run."""
    with ExitStack() as stack:
        before = _versions(stack.enter_context(_stores(settings))[0])
        books = stack.enter_context(snapshots(settings))
        audit = Audit(before, books, *stack.enter_context(_stores(settings)))
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
    return {row.id: row.version for row in ledger.trips()} if ledger else {}
