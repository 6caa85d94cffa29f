"""Reads ledger and books for the audit, also while the app goes on writing them."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from domain.components import COMPONENT_KINDS
from scripts.audit_comparison import (
    BookName,
    Difference,
    Line,
    TripAudit,
    compare_orphan,
    compare_trip,
    trip_of_key,
)
from scripts.audit_money import Totals
from stores.ledger import LedgerReader
from stores.opening import ledger_snapshot
from suppliers.book import BookSnapshot, book_snapshot
from suppliers.opening import book_of, payments_book


class Audit:
    """Everything as it was at one moment: the ledger before and after the books were read, and the books."""

    def __init__(
        self, before: LedgerReader | None, books: dict[BookName, BookSnapshot], after: LedgerReader | None
    ) -> None:
        self._before = before
        self._books = books
        self._after = after

    def trips(self) -> Iterator[TripAudit]:
        """Every trip, oldest first."""
        for trip in self._after.trips() if self._after else ():
            entries = self._after.entries(trip.id) if self._after else ()
            earlier = self._before.entries(trip.id) if self._before else ()
            # A trip at rest before the books were read, and unchanged after, can't have moved between.
            moving = trip.outcome is None or len(earlier) != len(entries)
            yield compare_trip(trip, entries, self._lines_of(trip.id), moving=moving)

    def orphans(self, known: set[str]) -> Iterator[tuple[Difference | None, Totals]]:
        """Every line of a book whose trip is not among the `known`."""
        for name, book in self._books.items():
            for record in book.everything():
                if trip_of_key(record.key) not in known:
                    yield compare_orphan(Line(name, record))

    def _lines_of(self, trip: str) -> list[Line]:
        return [
            Line(name, record)
            for name, book in self._books.items()
            for record in book.starting_with(trip)
            if trip_of_key(record.key) == trip
        ]


@contextmanager
def open_audit(state_dir: Path) -> Generator[Audit | None]:
    """The state of an installation, read-only; None where the app has never run."""
    paths: dict[BookName, Path] = {kind: book_of(state_dir, kind) for kind in COMPONENT_KINDS}
    paths["payments"] = payments_book(state_dir)
    with ExitStack() as stack:
        before = stack.enter_context(ledger_snapshot(state_dir))
        books: dict[BookName, BookSnapshot] = {
            name: stack.enter_context(book_snapshot(path)) for name, path in paths.items()
        }
        after = stack.enter_context(ledger_snapshot(state_dir))
        ran = after is not None or any(path.exists() for path in paths.values())
        yield Audit(before, books, after) if ran else None
