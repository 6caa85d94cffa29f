"""A unit of work: one stored trip as a write reads it, and the rows that the write adds in one step.

The rules of the ledger (`stores.effect_rules`, `stores.trip_rules`) read and write only a `UnitOfWork`, so they hold
for every storage. A storage reads the trip, lets a rule fill the unit of work, and writes it whole or not at all.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Protocol

from domain.components import ComponentKind
from domain.money.postings import Posting
from domain.trip.effect_outcomes import Outcome
from domain.trip.entry_data import EntryData, Event
from domain.trip.folding import TripRows
from domain.trip.records import Command, Entry, TripRow
from stores.heads import Head
from stores.ledger import EffectKey

KeyMark = Literal["open", "given_up", "done", "settled", "written_off"]


def to_json(value: Any) -> str:
    """Return one text for equal values, in ASCII. Digests and stored rows depend on it, so it never changes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class KeyRecord:
    """The key of an effect: its owner with the lease, and its outcome."""

    key: str
    arguments: str | None = None
    """Digest of the arguments of the claim; None for a key that was only given up or decided on."""
    fence: int = 0
    owner: str = ""
    """Name of the call that took the key last."""
    until: datetime | None = None
    mark: KeyMark = "open"
    outcome: int | None = None
    """Number of the entry with the answer."""
    answer: Outcome | None = None


class StoredTrip(Protocol):
    """One trip as it is stored, all of one moment."""

    @property
    def head(self) -> Head: ...
    @property
    def rows(self) -> TripRows: ...
    def key(self, key: str) -> KeyRecord | None: ...


@dataclass
class UnitOfWork:
    """The additions of one write. `at` is its time as aware UTC, `call` is a name unique to the writing call."""

    stored: StoredTrip
    at: datetime
    call: str
    head: Head = field(init=False)
    entries: list[Entry] = field(default_factory=list[Entry])
    commands: list[Command] = field(default_factory=list[Command])
    postings: list[Posting] = field(default_factory=list[Posting])
    keys: list[KeyRecord] = field(default_factory=list[KeyRecord])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    """New wordings, by the key that each is kept under."""

    def __post_init__(self) -> None:
        self.head = self.stored.head

    @property
    def row(self) -> TripRow:
        """The trip's row with the changes made so far."""
        return self.head.row

    def key(self, key: str) -> KeyRecord | None:
        """Return the record of a key as stored, without the changes of this unit of work."""
        return self.stored.key(key)

    def change(self, **changes: Any) -> None:
        """Change fields of the trip's row."""
        self.head = replace(self.head, row=replace(self.row, **changes))

    def append(self, event: Event, data: EntryData | None = None, effect: EffectKey | None = None) -> int:
        """Add an entry about an effect or about the trip, and return its number."""
        number = self._next()
        entry = Entry(number, self.row.id, self.at, event, data=data)
        if effect:
            entry = Entry(
                number,
                self.row.id,
                self.at,
                event,
                effect.component,
                effect.kind,
                effect.effect,
                effect.revision,
                effect.key,
                data,
            )
        self.entries.append(entry)
        return number

    def append_lost(self, component: str, kind: ComponentKind) -> None:
        """Add the entry about a component whose saga is lost."""
        self.entries.append(Entry(self._next(), self.row.id, self.at, "lost", component, kind, revision=1))

    def put(self, record: KeyRecord) -> None:
        """Write or replace the record of a key."""
        self.keys.append(record)

    @property
    def is_empty(self) -> bool:
        """True if nothing is to be written."""
        return self.head == self.stored.head and not self.keys

    def finished_head(self) -> Head:
        """Return the head to write."""
        # Keys alone make no new version: no decision of an operator rests on them, so that an ETag stays valid.
        if self.head == self.stored.head:
            return self.head
        return replace(self.head, row=replace(self.row, version=self.row.version + 1, updated=self.at))

    @cached_property
    def finished_rows(self) -> TripRows:
        """The rows of the trip with all additions. Only to be asked for once these are complete."""
        before = self.stored.rows
        return TripRows(
            row=self.finished_head().row,
            entries=(*before.entries, *self.entries),
            commands=(*before.commands, *self.commands),
        )

    def _next(self) -> int:
        self.head = replace(self.head, rows=self.head.rows + 1)
        return self.head.rows
