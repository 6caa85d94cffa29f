"""Results of activities and sagas: plain JSON between durable functions, these values at their edges.

A refusal is one of these values. Only faults raise.
"""

from typing import Literal

from pydantic import Field

from domain.amount import Money
from domain.components import ComponentKind, TripKind
from domain.options import SagaPolicy
from domain.trip.requests import TripRequest
from domain.value import Value, is_none

TripEnd = Literal["confirmed", "partly_confirmed", "cancelled", "failed"]
TripStatus = Literal["running", "waiting", "compensating", "cancelling", "needs_attention", TripEnd]
PARKED: tuple[TripStatus, ...] = ("waiting", "needs_attention")
"""Statuses of a trip that waits for its traveller or for an operator."""
Details = dict[str, str | int]


class Refusal(Value):
    """A supplier's "no". `dial` names the simulator setting that caused it, None for a real refusal."""

    code: str
    message: str
    dial: str | None = None


class ProblemNote(Value):
    """An error of a trip, for the traveller: a stable code and a text about the trip and its money."""

    code: str
    message: str


def is_false(value: object) -> bool:
    """Return whether a field is left out of JSON, like `is_none`."""
    return value is False


def is_empty(value: object) -> bool:
    """Return whether a field without elements is left out of JSON, like `is_none`."""
    return value == ()


BookingStatus = Literal["held", "confirmed", "cancelled", "settled", "written_off", "rejected", "unknown"]
"""`settled` and `written_off`: cancelling failed and an operator closed it; the supplier may still have the booking."""


class Compensation(Value):
    """One cancel that a saga ran. `settled` and `written_off`: an operator closed a part of it that failed."""

    activity: str
    confirmation: str | None
    status: Literal["cancelled", "settled", "written_off", "failed", "running"]


class TurnLink(Value):
    """The `chat_turn` instance that waits for a trip, and the external event that wakes it when the trip has parked."""

    instance: str
    event: str


class SagaInput(Value):
    """Input of the sagas. `component` is set for a component saga inside a travel trip only.

    `epoch` is the trip's epoch when the saga was started; once a later one is stored, the saga is superseded.
    """

    trip: str
    component: str | None
    request: TripRequest
    epoch: int = 1
    parallel: bool = False
    policy: SagaPolicy = SagaPolicy()
    turn: TurnLink | None = None


class ComponentOutcome(Value):
    """One component when the trip ended or parked, for the words of a reply."""

    status: BookingStatus
    id: str
    kind: ComponentKind
    text: str
    confirmation: str | None = None
    amount: Money | None = None
    error: ProblemNote | None = None


class TripOutcome(Value):
    """The end of a trip, or its state when it parked: returned by sagas and recorded by `close_trip_activity`."""

    status: TripStatus
    id: str
    kind: TripKind
    error: ProblemNote | None = None
    components: tuple[ComponentOutcome, ...] = ()
    compensations: tuple[Compensation, ...] = ()
    kept: Money | None = None
    """The traveller's money that stays taken; a stored outcome does not count what was written off."""
    not_paid_back: Money | None = Field(default=None, exclude_if=is_none)
    """The part of `kept` that was due to the traveller and was written off; None for nothing and in stored outcomes."""
