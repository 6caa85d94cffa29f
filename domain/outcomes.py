"""Results that activities and sagas hand on: plain JSON between durable functions, these values at the edges.

Two kinds of no: a refusal is one of these values; only faults raise.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.components import ComponentKind, TripKind
from domain.money import Money
from domain.requests import TripRequest

TripStatus = Literal["running", "compensating", "confirmed", "failed", "needs_attention"]
TripEnd = Literal["confirmed", "failed", "needs_attention"]
Details = dict[str, str | int]


class Value(BaseModel):
    """A frozen value with strict fields that travels as plain JSON (`model_dump(mode="json")`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Refusal(Value):
    """Why somebody said no. `dial` names the simulator's dial that made it, None for a real no."""

    code: str
    message: str
    dial: str | None = None


class ProblemNote(Value):
    """What went wrong with a trip, for the traveller: a stable code and a sentence about trip and money."""

    code: str
    message: str


class BookOrder(Value):
    """Input of `book_…_activity`. `booked_at` is the orchestration's clock, aware UTC."""

    trip: str
    component: str
    kind: ComponentKind
    key: str
    destination: str
    date: date
    units: int | None
    booked_at: datetime


class BookResult(Value):
    """Answer of `book_…_activity`: `booked` with all facts, or `rejected` with the reason. `text` words it."""

    status: Literal["booked", "rejected"]
    text: str
    confirmation: str | None = None
    amount: Money | None = None
    details: Details | None = None
    refusal: Refusal | None = None


class PayOrder(Value):
    """Input of `process_…_payment`."""

    trip: str
    component: str
    kind: ComponentKind
    key: str
    confirmation: str
    amount: Money


class PayResult(Value):
    """Answer of `process_…_payment`: `captured` with the payment's id, or `declined` with the reason."""

    status: Literal["captured", "declined"]
    payment: str | None = None
    refusal: Refusal | None = None


class CancelOrder(Value):
    """Input of `cancel_…_activity`: undoes booking and charge of a component by their keys."""

    trip: str
    component: str
    kind: ComponentKind
    key: str


class CancelResult(Value):
    """Answer of `cancel_…_activity`; `confirmation` and `refunded` are None where nothing had arrived."""

    status: Literal["cancelled"]
    confirmation: str | None = None
    refunded: Money | None = None


class Compensation(Value):
    """One cancel that a saga ran."""

    activity: str
    confirmation: str | None
    status: Literal["cancelled", "failed", "running"]


class SagaInput(Value):
    """Input of each of the four sagas. `component` is None for the travel saga.

    A component saga that books alone has `component == trip` and closes the trip itself; inside a travel trip
    the travel saga does.
    """

    trip: str
    component: str | None
    request: TripRequest


class ComponentOutcome(Value):
    """What a component saga returns."""

    status: TripEnd
    id: str
    kind: ComponentKind
    text: str
    confirmation: str | None = None
    amount: Money | None = None
    error: ProblemNote | None = None
    compensations: tuple[Compensation, ...] = ()


class TripOutcome(Value):
    """What the top saga of a trip returns, and what `close_trip_activity` writes to the ledger."""

    status: TripEnd
    id: str
    kind: TripKind
    error: ProblemNote | None = None
    components: tuple[ComponentOutcome, ...] = ()
    compensations: tuple[Compensation, ...] = ()
