"""What the ledger keeps of each trip, as values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from domain.components import ComponentKind, Effect, TripKind
from domain.outcomes import TripOutcome
from domain.requests import TripRequest

Answer = dict[str, Any]
"""The stored answer of an effect: the JSON form of a `BookResult`, `PayResult` or `CancelResult`."""


@dataclass(frozen=True)
class Entry:
    """One row: `opened` and `closed` frame a trip; an effect has one `intent` and at most one `outcome`."""

    sequence: int
    trip: str
    at: datetime
    event: Literal["opened", "intent", "outcome", "closed"]
    component: str | None = None
    kind: ComponentKind | None = None
    effect: Effect | None = None
    key: str | None = None
    data: Answer | None = None
    """Arguments for an intent, the answer for an outcome, the `TripOutcome` for `closed`."""


@dataclass(frozen=True)
class TripRow:
    """A trip: who asked for it and how it ended. `outcome` is None while it runs."""

    id: str
    kind: TripKind
    request: TripRequest
    conversation: str
    turn: int
    created: datetime
    updated: datetime
    outcome: TripOutcome | None
