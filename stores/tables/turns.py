"""The list of turns under way in all conversations: pointers that are written first and checked when read."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from storage.table_errors import ConflictError
from stores.clock import timestamp
from stores.errors import StorageError
from stores.tables.service import Document, Table, Write, repeated

UNDER_WAY = ("claimed", "decided")
_LIST = "turns"


@dataclass(frozen=True)
class WaitingTurn:
    """A pointer to a turn whose attempt was claimed at that time. `partition` and `turn` name its row."""

    partition: str
    turn: str
    claimed: str

    @classmethod
    def of(cls, partition: str, document: Document) -> Self:
        """Return the pointer to the stored turn."""
        return cls(partition, f"n-{document['turn']['number']:09}", document["claimed"])

    @property
    def row(self) -> str:
        """The name of the pointer's row, which begins with the time so that the oldest is read first."""
        return f"{self.claimed}-{self.partition}-{self.turn}"

    def names(self, document: Document) -> bool:
        """Return whether the turn is still under way with the attempt that the pointer was made for."""
        return document["turn"]["state"] in UNDER_WAY and document["claimed"] == self.claimed


class WaitingTurns:
    """The list of one installation. It may have stale pointers, and lacks no turn under way."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, partition: str, document: Document) -> None:
        """Add a pointer, before the turn is written: a death in between leaves a stale pointer and no lost turn."""
        pointer = WaitingTurn.of(partition, document)
        repeated(lambda: self._table.write(_LIST, [Write("put", pointer.row, vars(pointer))]))

    def remove(self, pointer: WaitingTurn) -> None:
        """Remove the pointer and raise nothing: a pointer that stays is stale, and readers check it."""
        with suppress(ConflictError, StorageError):
            self._table.write(_LIST, [Write("delete", pointer.row)])

    def before(self, moment: datetime) -> Iterator[WaitingTurn]:
        """Yield the pointers to attempts claimed before that time, oldest first."""
        for stored in repeated(lambda: self._table.rows(_LIST, end=timestamp(moment))):
            yield WaitingTurn(**stored.document)
