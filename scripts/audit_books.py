"""Reads ledger and books for the audit, also while the app goes on writing them."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import chain

from domain.folding import trip_facts
from scripts.audit_comparison import compare_orphan, compare_trip
from scripts.audit_findings import Books, Difference, TripAudit, trip_of_key
from scripts.audit_money import Totals
from settings import Settings
from stores.ledger import LedgerReader
from stores.opening import ledger_snapshot, open_stores
from suppliers.opening import Snapshots, snapshots
from suppliers.ports import Booking, Payment


class Audit:
    """Everything as it was at one moment: the ledger before and after the books were read, and the books."""

    def __init__(
        self,
        before: Mapping[str, int],
        books: Snapshots,
        after: LedgerReader | None,
    ) -> None:
        self._before = before
        self._books = books
        self._after = after
        self._now = datetime.now(UTC)

    @property
    def empty(self) -> bool:
        """Whether the app has never run."""
        return self._after is None and next(self._lines(), None) is None

    def trips(self) -> Iterator[TripAudit]:
        """Every trip, oldest first."""
        if self._after is None:
            return
        for row in self._after.trips():
            facts = trip_facts(row, self._after.entries(row.id), self._after.commands(row.id))
            postings, books = self._after.postings(row.id), self._books_of(row.id)
            # A trip at rest before the books were read, and unchanged after, can't have moved between.
            now = self._after.trip(row.id)
            moving = self._before.get(row.id) != row.version or now is None or now.version != row.version
            yield compare_trip(row, facts, postings, books, self._now, moving=moving)

    def orphans(self, known: set[str]) -> Iterator[tuple[Difference | None, Totals]]:
        """Every line of a book whose trip is not among the `known`."""
        for line in self._lines():
            if trip_of_key(line.key) not in known:
                yield compare_orphan(line, self._now)

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
    """The state of an installation, read-only; None where the app has never run."""
    with ExitStack() as stack:
        before = _versions(stack.enter_context(_ledger(settings)))
        books = stack.enter_context(snapshots(settings))
        audit = Audit(before, books, stack.enter_context(_ledger(settings)))
        yield None if audit.empty else audit


@contextmanager
def _ledger(settings: Settings) -> Generator[LedgerReader | None]:
    """The ledger as it is now; in tables it goes on changing while it is read."""
    if settings.store == "tables":
        yield open_stores(settings).ledger
    else:
        with ledger_snapshot(settings.state_dir) as ledger:
            yield ledger


def _versions(ledger: LedgerReader | None) -> dict[str, int]:
    return {row.id: row.version for row in ledger.trips()} if ledger else {}
