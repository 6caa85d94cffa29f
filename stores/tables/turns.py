"""The list of turns under way, across conversations: pointers that are made first and checked when read."""

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
    """A turn whose attempt was claimed at that moment: `partition` and `turn` name its row."""

    partition: str
    turn: str
    claimed: str

    @classmethod
    def of(cls, partition: str, known: Document) -> Self:
        return cls(partition, f"n-{known['turn']['number']:09}", known["claimed"])

    @property
    def row(self) -> str:
        return f"{self.claimed}-{self.partition}-{self.turn}"

    def names(self, known: Document) -> bool:
        """Whether the turn still is what the pointer was made for."""
        return known["turn"]["state"] in UNDER_WAY and known["claimed"] == self.claimed


class WaitingTurns:
    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, partition: str, known: Document) -> None:
        pointer = WaitingTurn.of(partition, known)
        repeated(lambda: self._table.write(_LIST, [Write("put", pointer.row, vars(pointer))]))

    def remove(self, pointer: WaitingTurn) -> None:
        """Without fail: a pointer that stays is found to be stale."""
        with suppress(ConflictError, StorageError):
            self._table.write(_LIST, [Write("delete", pointer.row)])

    def before(self, moment: datetime) -> Iterator[WaitingTurn]:
        """Oldest first."""
        for stored in repeated(lambda: self._table.rows(_LIST, end=timestamp(moment))):
            yield WaitingTurn(**stored.document)
