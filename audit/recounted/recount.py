"""A recount of a trip from the suppliers' books, with which the app's views of it are compared. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from audit.findings import Books
from audit.grouping import grouped
from audit.recounted.part import Part, part_of
from audit.recounted.rows import component_rows
from domain.amount import Money
from domain.trip.entry_data import EntryData
from domain.trip.records import Command, CommandKind, Entry, Event, TripRow


@dataclass(frozen=True)
class Recount:
    """A whole trip, recounted. Amounts are in minor units."""

    row: TripRow
    entries: Sequence[Entry]
    commands: Sequence[Command]
    claims: Mapping[str, int]
    books: Books
    parts: tuple[Part, ...]
    currency: str

    @property
    def kept(self) -> int:
        return sum(part.kept for part in self.parts)

    @property
    def written_off(self) -> int:
        return sum(part.written_off for part in self.parts)

    @cached_property
    def failures(self) -> Sequence[str]:
        """The codes of what kept components from being booked, in booking order."""
        return tuple(filter(None, (part.rows.failure(1) for part in self.parts)))

    @cached_property
    def _commands_by_kind(self) -> Mapping[CommandKind, Sequence[Command]]:
        return grouped(self.commands, lambda command: command.kind)

    @cached_property
    def _rows_by_event(self) -> Mapping[Event, Sequence[Entry]]:
        return grouped(self.entries, lambda entry: entry.event)

    def commands_of(self, kind: CommandKind) -> Sequence[Command]:
        """Return the commands of one kind, oldest first."""
        return self._commands_by_kind[kind]

    def rows_of(self, event: Event) -> Sequence[Entry]:
        """Return the rows of one event, oldest first."""
        return self._rows_by_event[event]

    @cached_property
    def _rows_by_component(self) -> Mapping[str | None, Sequence[Entry]]:
        return grouped(self.entries, lambda entry: entry.component)

    def rows_of_component(self, component: str) -> Sequence[Entry]:
        """Return the rows of one component, oldest first."""
        return self._rows_by_component[component]

    def data_of(self, event: Event) -> Sequence[EntryData]:
        """Return the data of all rows of one event, oldest first."""
        return [entry.data for entry in self.rows_of(event) if entry.data]

    @cached_property
    def decisions(self) -> Mapping[str | None, Sequence[tuple[Entry, Command]]]:
        """The row and the command of each decision, oldest first, by the key decided on; None is that of a recovery."""
        # Both are stored at once, so they are in the same order.
        pairs = zip(self.rows_of("resolved"), self.commands_of("decision"), strict=False)
        return grouped(pairs, lambda pair: pair[0].key)

    def money(self, minor: int) -> Money:
        return Money(currency=self.currency, minor=minor)


def recount(
    row: TripRow, entries: Sequence[Entry], commands: Sequence[Command], claims: Mapping[str, int], books: Books
) -> Recount:
    """Recount a trip: give each line of the books to the component that its key names."""
    parts = tuple(part_of(rows, books.of_component(rows.id)) for rows in component_rows(entries))
    return Recount(
        row=row,
        entries=entries,
        commands=commands,
        claims=claims,
        books=books,
        parts=parts,
        currency=_currency_of(books),
    )


def _currency_of(books: Books) -> str:
    for booking in books.bookings:
        return booking.amount.currency
    return "USD"
