"""Reads ledger and books for the audit, also while the app goes on writing them."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from domain.components import COMPONENT_KINDS
from domain.folding import trip_facts
from scripts.audit_comparison import compare_orphan, compare_trip
from scripts.audit_findings import Books, Difference, TripAudit, trip_of_key
from scripts.audit_money import Totals
from stores.ledger import LedgerReader
from stores.opening import ledger_snapshot
from suppliers.book import BookSnapshot, book_snapshot
from suppliers.opening import book_of, payments_book
from suppliers.ports import Booking, Payment


class Audit:
    """Everything as it was at one moment: the ledger before and after the books were read, and the books."""

    def __init__(
        self,
        before: Mapping[str, int],
        bookings: Sequence[BookSnapshot[Booking]],
        payments: BookSnapshot[Payment],
        after: LedgerReader | None,
    ) -> None:
        self._before = before
        self._bookings = bookings
        self._payments = payments
        self._after = after
        self._now = datetime.now(UTC)

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
        for line in chain(*(book.everything() for book in self._bookings), self._payments.everything()):
            if trip_of_key(line.key) not in known:
                yield compare_orphan(line, self._now)

    def _books_of(self, trip: str) -> Books:
        bookings = [line for book in self._bookings for line in book.starting_with(trip)]
        return Books(
            bookings=[line for line in bookings if trip_of_key(line.key) == trip],
            payments=[line for line in self._payments.starting_with(trip) if trip_of_key(line.key) == trip],
        )


@contextmanager
def open_audit(state_dir: Path, ledger: LedgerReader | None) -> Generator[Audit | None]:
    """The state of an installation, read-only; None where the app has never run.

    `ledger` is one that is kept elsewhere and goes on changing; without it there is a file in `state_dir`.
    """
    paths = [book_of(state_dir, kind) for kind in COMPONENT_KINDS]
    with ExitStack() as stack:
        before = _versions(ledger or stack.enter_context(ledger_snapshot(state_dir)))
        bookings = [stack.enter_context(book_snapshot(path, Booking)) for path in paths]
        payments = stack.enter_context(book_snapshot(payments_book(state_dir), Payment))
        after = ledger or stack.enter_context(ledger_snapshot(state_dir))
        ran = after is not None or any(path.exists() for path in (*paths, payments_book(state_dir)))
        yield Audit(before, bookings, payments, after) if ran else None


def _versions(ledger: LedgerReader | None) -> dict[str, int]:
    return {row.id: row.version for row in ledger.trips()} if ledger else {}
