"""A unit of work: one trip as a write finds it, and what the write adds to it in one step.

The rules of the ledger (`stores.effect_rules`, `stores.trip_rules`) read and write nothing but a `UnitOfWork`, so that
they hold for every storage. A storage reads the trip, lets a rule fill the unit of work, and writes it whole or not at
all.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from domain.components import ComponentKind
from domain.money.postings import Posting
from domain.trip.facts import TripFacts
from domain.trip.folding import trip_facts
from domain.trip.records import Command, Data, Entry, Event, TripRow
from stores.heads import Head
from stores.ledger import EffectKey

KeyMark = Literal["open", "given_up", "done", "settled", "written_off"]


def to_json(value: Any) -> str:
    """One text for equal values, in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class KeyRecord:
    """An effect's key: who may work on it until when, and what came of it."""

    key: str
    arguments: str | None = None
    """Digest of what the key was claimed with; None while it was only given up."""
    fence: int = 0
    owner: str = ""
    """Which call took the key last."""
    until: datetime | None = None
    mark: KeyMark = "open"
    outcome: int | None = None
    """Number of the row with the answer."""
    answer: Data | None = None


class Standing(Protocol):
    """What stands of one trip, all of it as of one moment."""

    @property
    def head(self) -> Head: ...
    def key(self, key: str) -> KeyRecord | None: ...
    def entries(self) -> Sequence[Entry]: ...
    def commands(self) -> Sequence[Command]: ...


@dataclass
class UnitOfWork:
    """What one write adds; `at` is its time and `call` names the call that writes."""

    standing: Standing
    at: datetime
    call: str
    head: Head = field(init=False)
    entries: list[Entry] = field(default_factory=list[Entry])
    commands: list[Command] = field(default_factory=list[Command])
    postings: list[Posting] = field(default_factory=list[Posting])
    keys: list[KeyRecord] = field(default_factory=list[KeyRecord])

    def __post_init__(self) -> None:
        self.head = self.standing.head

    @property
    def row(self) -> TripRow:
        return self.head.row

    def key(self, key: str) -> KeyRecord | None:
        return self.standing.key(key)

    def facts(self) -> TripFacts:
        """The facts of the trip as stored, without what this unit of work adds."""
        return trip_facts(self.standing.head.row, self.standing.entries(), self.standing.commands())

    def change(self, **changes: Any) -> None:
        """Change the trip's row."""
        self.head = replace(self.head, row=replace(self.row, **changes))

    def append(self, event: Event, data: Data | None = None, effect: EffectKey | None = None) -> int:
        """Add a row, about an effect or about the trip; its number."""
        number = self._next()
        entry = Entry(number, self.row.id, self.at, event, data=data)
        if effect:
            names = {name: getattr(effect, name) for name in ("component", "kind", "effect", "revision", "key")}
            entry = replace(entry, **names)
        self.entries.append(entry)
        return number

    def append_lost(self, component: str, kind: ComponentKind) -> None:
        """Add the row about a component whose saga is lost."""
        self.entries.append(Entry(self._next(), self.row.id, self.at, "lost", component, kind, revision=1))

    def put(self, record: KeyRecord) -> None:
        self.keys.append(record)

    @property
    def empty(self) -> bool:
        return self.head == self.standing.head and not self.keys

    def finished_head(self) -> Head:
        """The head to write: a new version if anything changed that can be read."""
        if self.head == self.standing.head:
            return self.head
        return replace(self.head, row=replace(self.row, version=self.row.version + 1, updated=self.at))

    def _next(self) -> int:
        self.head = replace(self.head, rows=self.head.rows + 1)
        return self.head.rows
