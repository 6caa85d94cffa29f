"""Orders of sagas to the activities that act on suppliers and on trips, and the results of these activities.

A result says how the one step went and carries the new facts of the whole trip, so no saga has to read them again.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from domain.amount import Money
from domain.components import ComponentKind
from domain.shape import Shape
from domain.trip.facts import TripFacts
from domain.trip.outcomes import Details, Refusal, TripEnd, TurnLink, is_false
from domain.value import Value, is_none


class EffectOrder(Value):
    """The base of the orders for effects: the revision, the idempotency key, and the epoch of the saga that asks."""

    trip: str
    component: str
    kind: ComponentKind
    revision: int
    key: str
    epoch: int


class HoldOrder(EffectOrder):
    """Input of `book_…_activity`; key `<component>/hold/<revision>`. `booked_at` is the orchestration's time."""

    destination: str
    date: date
    units: int | None
    booked_at: datetime
    shape: Shape | None = Field(default=None, exclude_if=is_none)
    goes_on: bool = Field(default=False, exclude_if=is_false)
    """Reserve the payment too in the same activity, once the booking is held. Not in older flows."""


class AuthorizeOrder(EffectOrder):
    """Input of `process_…_payment`; key `<component>/authorize/<revision>`."""

    amount: Money
    confirmation: str


class ConfirmOrder(EffectOrder):
    """Input of `confirm_…_activity`; key `<component>/confirm/<revision>`. `price` is the agreed one."""

    price: Money
    goes_on: bool = Field(default=False, exclude_if=is_false)
    """Go on in the same activity with the confirmations, the payments and the close that follow. Not in older flows."""


class CaptureOrder(EffectOrder):
    """Input of `capture_…_payment`; key `<component>/capture/<revision>`. Everything authorized is taken."""


class CancelOrder(EffectOrder):
    """Input of `cancel_…_activity`; key `<component>/cancel/<revision>`.

    The activity cancels the booking, voids the authorization and refunds what is due, each under a separate key. It
    does so whether or not the hold or the authorization ever reached its supplier.
    """

    fee_agreed: int
    """The fee that the traveller bears, in minor units."""


class BookResult(Value):
    """A supplier's answer to a hold, from which its words are made."""

    status: Literal["booked", "rejected"]
    confirmation: str | None = None
    amount: Money | None = None
    details: Details | None = None
    refusal: Refusal | None = None


EffectStatus = Literal["done", "refused", "unknown", "busy", "superseded"]


class EffectAnswer(Value):
    """The result of one attempt at an effect, with the trip's facts after it.

    - `done`, `refused`: the effect has its outcome.
    - `unknown`: there was no outcome in time. Try again with the same key.
    - `busy`: another delivery works on the key until `until`. Waiting for it is no attempt.
    - `superseded`: a later saga owns the trip. Stop.
    """

    status: EffectStatus
    facts: TripFacts
    until: datetime | None = None


class GiveUpOrder(Value):
    """Input of `give_up_activity`: the attempts of `activity` at one revision of a component are used up.

    Without an `activity` the component's saga was lost, and all that it may have done counts as failed. `fee_agreed` is
    that of a cancel, in minor units: it has to be stored even if no attempt got as far as its intent.
    """

    trip: str
    component: str
    kind: ComponentKind
    revision: int
    epoch: int
    activity: str | None
    fee_agreed: int | None = None


class TripOrder(Value):
    """Input of the activities that concern the trip as a whole; `seen` is the last command that the saga has read."""

    trip: str
    epoch: int
    seen: int = 0


class PivotOrder(TripOrder):
    """Input of `record_pivot_activity`. `now` is the orchestration's time.

    `give_up` is set when the traveller's time to choose is over: the trip then expires, even if its holds do not yet.
    """

    now: datetime
    margin_seconds: int
    give_up: bool = False
    goes_on: bool = Field(default=False, exclude_if=is_false)
    """As in `ConfirmOrder`."""


class EndChangeOrder(TripOrder):
    """Input of `end_change_activity`."""

    command: int
    done: bool


class CloseOrder(TripOrder):
    """Input of `close_trip_activity`."""

    status: TripEnd


class TellOrder(Value):
    """Input of `tell_turn_activity`: the trip has parked, so its turn can be answered."""

    turn: TurnLink


class Told(Value):
    """Output of `tell_turn_activity`: true if a turn was still waiting."""

    told: bool


class TripAnswer(Value):
    """Output of the activities that take a `TripOrder`; `again`: commands came that the saga has not read yet."""

    status: Literal["done", "again", "superseded"]
    facts: TripFacts
