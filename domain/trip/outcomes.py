"""Results that activities and sagas hand on: plain JSON between durable functions, these values at the edges.

Two kinds of no: a refusal is one of these values; only faults raise.
"""

from typing import Literal

from pydantic import Field

from domain.amount import Money
from domain.components import ComponentKind, TripKind
from domain.options import SagaPolicy
from domain.trip.requests import TripRequest
from domain.value import Value

TripEnd = Literal["confirmed", "partly_confirmed", "cancelled", "failed"]
TripStatus = Literal["running", "waiting", "compensating", "cancelling", "needs_attention", TripEnd]
PARKED: tuple[TripStatus, ...] = ("waiting", "needs_attention")
"""Where a trip waits for somebody."""
Details = dict[str, str | int]


class Refusal(Value):
    """Why somebody said no. `dial` names the simulator's dial that made it, None for a real no."""

    code: str
    message: str
    dial: str | None = None


class ProblemNote(Value):
    """What went wrong with a trip, for the traveller: a stable code and a sentence about trip and money."""

    code: str
    message: str


def is_none(value: object) -> bool:
    """For `Field(exclude_if=...)`: a field that came later is left out of JSON while it is not set, so that what was
    stored before stays the same to the byte."""
    return value is None


BookingStatus = Literal["held", "confirmed", "cancelled", "settled", "written_off", "rejected", "unknown"]
"""`settled` and `written_off`: cancelling failed, and a person closed it. The company may still have the booking."""


class Compensation(Value):
    """One cancel that a saga ran. `settled` and `written_off`: a part of it failed, and a person closed that part."""

    activity: str
    confirmation: str | None
    status: Literal["cancelled", "settled", "written_off", "failed", "running"]


class TurnLink(Value):
    """The `chat_turn` instance that waits for a trip, and the event that tells it that the trip has parked."""

    instance: str
    event: str


class SagaInput(Value):
    """Input of the sagas. `component` is set for a component saga inside a travel trip only.

    `epoch` is the trip's owner count when the saga was started; rows of a later epoch shut it out.
    """

    trip: str
    component: str | None
    request: TripRequest
    epoch: int = 1
    parallel: bool = False
    policy: SagaPolicy = SagaPolicy()
    turn: TurnLink | None = None


class ComponentOutcome(Value):
    """One component as it stood when the trip ended or parked, for the words of a reply."""

    status: BookingStatus
    id: str
    kind: ComponentKind
    text: str
    confirmation: str | None = None
    amount: Money | None = None
    error: ProblemNote | None = None


class TripOutcome(Value):
    """How a trip ended (or that it parked or waits): what sagas return and `close_trip_activity` records."""

    status: TripStatus
    id: str
    kind: TripKind
    error: ProblemNote | None = None
    components: tuple[ComponentOutcome, ...] = ()
    compensations: tuple[Compensation, ...] = ()
    kept: Money | None = None
    """What of the traveller's money stays taken; in a stored outcome without what was written off."""
    not_paid_back: Money | None = Field(default=None, exclude_if=is_none)
    """What of `kept` was due to the traveller and was written off; None for nothing, and in every stored outcome."""
