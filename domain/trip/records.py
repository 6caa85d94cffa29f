"""Rows of the ledger as values: the entries of a trip, in order, and its commands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.agreement import Agreement
from domain.components import ComponentKind, Effect, TripKind
from domain.options import TripOptions
from domain.trip.command_bodies import CommandBody, CommandKind
from domain.trip.entry_data import EntryData, Event
from domain.trip.outcomes import TripOutcome
from domain.trip.requests import TripRequest


@dataclass(frozen=True)
class Entry:
    """One row of the ledger, which is never altered.

    Rows of an effect carry component, kind, effect, revision and key. The others concern the trip as a whole.

    - `opened`: the trip begins, with the agreed price in `data` if there was one (`Agreement`).
    - `closed`: it has ended, with its outcome in `data`.
    - `intent`, `outcome`: written before a supplier is called, and with its answer.
    - `given_up`: the attempts at an effect are used up.
    - `resolved`: an operator decided about an open item (`Resolved`).
    - `lost`: the saga of a component ended without a result.
    - `pivot`: from here on the trip goes forward.
    - `expired`: the pivot came too late, and never will be (`Expired`).
    - `changed`, `not_changed`: the change that a command asked for has ended (`ChangeEnd`).
    - `taken_over`: the trip's saga was dead, and a recovery goes on.
    - `stranded`: several sagas stopped before the trip's end, and an operator is needed.

    The last two carry the number of the last command by then (`CommandsSoFar`).
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
    data: EntryData | None = None


@dataclass(frozen=True)
class Command:
    """A numbered request in a trip's inbox: accepted once, acted on exactly once.

    `late_outcome` comes from the app itself: an effect that had been given up has an outcome after all, so a saga that
    parked for it has to read the trip again.
    """

    trip: str
    number: int
    id: str
    kind: CommandKind
    at: datetime
    by: str
    body: CommandBody


@dataclass(frozen=True)
class NewTrip:
    """A trip that a turn of a conversation is about to start."""

    id: str
    kind: TripKind
    request: TripRequest
    options: TripOptions
    conversation: str
    turn: int
    agreement: Agreement | None = None
    """The price that the traveller agreed to; None for a trip that was booked without a quote."""


@dataclass(frozen=True)
class TripRow:
    """The head of a trip. `version` is its ETag, `epoch` counts the sagas that have owned it, `box` is its inbox."""

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
    """The end of the trip when its inbox was last closed; None while it is open."""
