"""Lists across trips: pointers in partitions of their own, made before what they point to and checked when read.

A pointer may be stale, but nothing is ever missing from a list. `trips` has every trip, `open` those whose box is open,
`attention` those that may have open items, and `of-…` those of one conversation. A pointer of `open` and `attention`
carries how often the box had been closed by then: once the trip has got beyond that, the pointer is never needed again.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from storage.table_errors import ConflictError
from stores.errors import StorageError
from stores.heads import Head
from stores.tables.service import Stored, Table, Write, repeated
from stores.turn_rules import digest


@dataclass(frozen=True)
class Pointer:
    """Which list, where in it, and which trip it names."""

    list: str
    row: str
    trip: str
    closings: int = 0


def in_all(head: Head) -> Pointer:
    return Pointer("trips", _place(head), head.row.id)


def in_conversation(head: Head) -> Pointer:
    return Pointer(_conversation(head.row.conversation), _place(head), head.row.id)


def in_open(head: Head, closings: int) -> Pointer:
    return Pointer("open", f"{_place(head)}-{closings:06}", head.row.id, closings)


def in_attention(head: Head, closings: int) -> Pointer:
    return Pointer("attention", f"{_place(head)}-{closings:06}", head.row.id, closings)


class Lists:
    """The lists of one installation."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, pointer: Pointer) -> None:
        document = {"trip": pointer.trip, "closings": pointer.closings}
        repeated(lambda: self._table.write(pointer.list, [Write("put", pointer.row, document)]))

    def remove(self, pointer: Pointer) -> None:
        """Without fail: a pointer that stays is stale, and found to be so."""
        with suppress(ConflictError, StorageError):
            self._table.write(pointer.list, [Write("delete", pointer.row)])

    def trips(self) -> Iterator[Pointer]:
        """Oldest first."""
        return self._read("trips")

    def open(self) -> Iterator[Pointer]:
        return self._read("open")

    def attention(self) -> Iterator[Pointer]:
        return self._read("attention")

    def of_conversation(self, conversation: str) -> Iterator[Pointer]:
        return self._read(_conversation(conversation))

    def _read(self, name: str) -> Iterator[Pointer]:
        for stored in repeated(lambda: self._table.rows(name)):
            yield _pointer(stored)


def _pointer(stored: Stored) -> Pointer:
    return Pointer(stored.partition, stored.row, stored.document["trip"], stored.document["closings"])


def _place(head: Head) -> str:
    return f"{head.row.created:%Y%m%dT%H%M%S%f}-{head.row.id}"


def _conversation(conversation: str) -> str:
    return f"of-{digest(conversation)}"
