"""Rows of the ledger as values: what happened to a trip, in order, and what it was told to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from domain.components import ComponentKind, Effect, TripKind
from domain.options import TripOptions
from domain.trip.outcomes import TripOutcome
from domain.trip.requests import TripRequest

Data = dict[str, Any]
Event = Literal[
    "opened",
    "intent",
    "outcome",
    "given_up",
    "resolved",
    "lost",
    "pivot",
    "expired",
    "taken_over",
    "stranded",
    "changed",
    "not_changed",
    "closed",
]
CommandKind = Literal["cancel", "change", "answer", "decision", "late_outcome"]


@dataclass(frozen=True)
class Entry:
    """One row. Those of an effect carry component, kind, effect, revision and key; the others concern the trip.

    `given_up`: the attempts at an effect are used up. `resolved`: a person decided what becomes of it
    (`data["decision"]`). `lost`: the saga of a component ended without a result. `pivot`: from here on the trip
    goes forward. `expired`: it won't (`data["reason"]`). `changed`/`not_changed` end the change that
    `data["command"]` asked for. `taken_over`: its saga was dead, another one takes it up; `stranded`: none of several
    came to an end, a person is needed. Both carry `data["commands"]`, the number of the last command by then.
    """

    sequence: int
    trip: str
    at: datetime
    event: Event
    component: str | None = None
    kind: ComponentKind | None = None
    effect: Effect | None = None
    revision: int | None = None
    key: str | None = None
    data: Data | None = None


@dataclass(frozen=True)
class Command:
    """A numbered row of a trip's box: accepted once, acted on exactly once.

    `late_outcome` is no person's: an effect that had been given up has come to an outcome, so that a saga which parked
    for it has to look again.
    """

    trip: str
    number: int
    id: str
    kind: CommandKind
    at: datetime
    by: str
    body: Data


@dataclass(frozen=True)
class NewTrip:
    """A trip that a turn is about to start."""

    id: str
    kind: TripKind
    request: TripRequest
    options: TripOptions
    conversation: str
    turn: int


@dataclass(frozen=True)
class TripRow:
    """The trip's head. `version` is its ETag; `epoch` counts the sagas that have owned it; `box` takes commands."""

    id: str
    kind: TripKind
    request: TripRequest
    options: TripOptions
    conversation: str
    turn: int
    created: datetime
    updated: datetime
    version: int
    epoch: int
    saga: str
    """Instance id of the saga that owns the trip now."""
    commands: int
    """Number of the last command."""
    box: Literal["open", "closed"]
    outcome: TripOutcome | None
    """How the trip ended when its box was last closed; None while it is open."""
