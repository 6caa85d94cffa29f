"""Lists of trips: pointers in separate partitions, written before the trip and checked when read.

A pointer may be stale, but no trip is ever missing from a list. `trips` has every trip, `open` has trips with an open
inbox, `attention` has trips that may have open items, and `of-…` has the trips of one conversation. `newest` has every
trip again, and `own-…` the trips of one owner that were not forgotten; both begin with the newest. A pointer of `open`
and `attention` contains the number of times that the inbox had been closed. When the inbox has been closed again, the
pointer is never needed any more.
"""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter

from domain.ids import split_owned_id
from domain.trip.records import TripRow
from storage.table_errors import ConflictError
from stores.errors import StorageError
from stores.heads import Head
from stores.tables.service import Stored, Table, Write, repeated
from stores.turn_rules import digest

_END_OF_TIME = datetime(2200, 1, 1, tzinfo=UTC)
_PAGE = 100


@dataclass(frozen=True)
class Pointer:
    """One row of a list: the list, the name of the row, and the trip."""

    list: str
    row: str
    trip: str
    closings: int = 0


def in_all(head: Head) -> Pointer:
    """Return the trip's pointer in the list of all trips."""
    return Pointer("trips", _place(head), head.row.id)


def in_conversation(head: Head) -> Pointer:
    """Return the trip's pointer in the list of its conversation."""
    return Pointer(_conversation(head.row.conversation), _place(head), head.row.id)


def in_newest(row: TripRow) -> Pointer:
    """Return the trip's pointer in the list of all trips that begins with the newest."""
    return Pointer("newest", _reversed_place(row), row.id)


def in_owner(row: TripRow) -> Pointer:
    """Return the trip's pointer in the list of its owner."""
    return Pointer(_owner(split_owned_id(row.conversation)[0]), _reversed_place(row), row.id)


def in_open(head: Head, closings: int) -> Pointer:
    """Return the trip's pointer in the list of open trips, after that number of closings."""
    return Pointer("open", f"{_place(head)}-{closings:06}", head.row.id, closings)


def in_attention(head: Head, closings: int) -> Pointer:
    """Return the trip's pointer in the list of trips with open items, after that number of closings."""
    return Pointer("attention", f"{_place(head)}-{closings:06}", head.row.id, closings)


class Lists:
    """The lists of one installation."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, pointer: Pointer) -> None:
        """Write the pointer; a repeat changes nothing."""
        document = {"trip": pointer.trip, "closings": pointer.closings}
        repeated(lambda: self._table.write(pointer.list, [Write("put", pointer.row, document)]))

    def remove(self, pointer: Pointer) -> None:
        """Remove the pointer and raise nothing: a pointer that stays is stale, and readers check it."""
        with suppress(ConflictError, StorageError):
            self._table.write(pointer.list, [Write("delete", pointer.row)])

    def trips(self) -> Iterator[Pointer]:
        """Yield the pointers to all trips, oldest first."""
        return self._read("trips")

    def open(self) -> Iterator[Pointer]:
        """Yield the pointers to trips whose inbox may be open, oldest first."""
        return self._read("open")

    def attention(self) -> Iterator[Pointer]:
        """Yield the pointers to trips that may have open items, oldest first."""
        return self._read("attention")

    def of_conversation(self, conversation: str) -> Iterator[Pointer]:
        """Yield the pointers to the trips of a conversation, oldest first."""
        return self._read(_conversation(conversation))

    def newest(self, before: TripRow | None) -> Iterator[Pointer]:
        """Yield the pointers to all trips, or to those opened before one, newest first."""
        return self._reversed("newest", before)

    def newest_of(self, owners: Sequence[str | None], before: TripRow | None) -> Iterator[Pointer]:
        """Yield the pointers to the trips of these owners, or to those opened before one, newest first."""
        # Merged by the names of rows, each of which begins with the time until the end of time.
        return heapq.merge(*(self._reversed(_owner(owner), before) for owner in owners), key=attrgetter("row"))

    def _reversed(self, name: str, before: TripRow | None) -> Iterator[Pointer]:
        # `-` comes after every name that begins with the trip's own.
        first = f"{_reversed_place(before)}-" if before else ""
        while page := repeated(lambda first=first: self._table.page(name, first, _PAGE)):
            yield from map(_pointer, page)
            first = f"{page[-1].row}-"

    def _read(self, name: str) -> Iterator[Pointer]:
        for stored in repeated(lambda: self._table.rows(name)):
            yield _pointer(stored)


def _pointer(stored: Stored) -> Pointer:
    return Pointer(stored.partition, stored.row, stored.document["trip"], stored.document["closings"])


def _place(head: Head) -> str:
    # The time comes first, because a partition is read in the order of its rows' names: oldest first.
    return f"{head.row.created:%Y%m%dT%H%M%S%f}-{head.row.id}"


def _reversed_place(row: TripRow) -> str:
    # A partition is read in ascending order only, so the newest trip has the lowest number.
    left = round((_END_OF_TIME - row.created).total_seconds() * 1_000_000)
    return f"{left:018}-{row.id}"


def _owner(owner: str | None) -> str:
    return f"own-{owner or ''}"


def _conversation(conversation: str) -> str:
    return f"of-{digest(conversation)}"
