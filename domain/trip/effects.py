"""What sagas ask of the activities that act on suppliers and payments, and what those answer.

Each answer says how the one step went and what is then known of the whole trip, so that no saga has to read again.
"""

from datetime import date, datetime
from typing import Literal

from domain.amount import Money
from domain.components import ComponentKind
from domain.trip.facts import TripFacts
from domain.trip.outcomes import Details, Refusal, TripEnd, TurnLink
from domain.value import Value


class EffectOrder(Value):
    """Common to all: whose effect it is, under which key, and which owner of the trip asks."""

    trip: str
    component: str
    kind: ComponentKind
    revision: int
    key: str
    epoch: int


class HoldOrder(EffectOrder):
    """Input of `book_…_activity`; key `<component>/hold/<revision>`. `booked_at` is the orchestration's clock."""

    destination: str
    date: date
    units: int | None
    booked_at: datetime


class AuthorizeOrder(EffectOrder):
    """Input of `process_…_payment`; key `<component>/authorize/<revision>`."""

    amount: Money
    confirmation: str


class ConfirmOrder(EffectOrder):
    """Input of `confirm_…_activity`; key `<component>/confirm/<revision>`; the price is the one agreed."""

    price: Money


class CaptureOrder(EffectOrder):
    """Input of `capture_…_payment`; key `<component>/capture/<revision>`; takes all that was authorized."""


class CancelOrder(EffectOrder):
    """Input of `cancel_…_activity`; key `<component>/cancel/<revision>`.

    Releases or cancels the booking, voids the authorization and gives back what is due, each under a key of its
    own, whether or not any of them ever arrived.
    """

    fee_agreed: int


class BookResult(Value):
    """What a supplier answered to a hold, for the words about it."""

    status: Literal["booked", "rejected"]
    confirmation: str | None = None
    amount: Money | None = None
    details: Details | None = None
    refusal: Refusal | None = None


EffectStatus = Literal["done", "refused", "unknown", "busy", "superseded"]


class EffectAnswer(Value):
    """`done` and `refused` are outcomes. `unknown`: no outcome in time, try again with the same key. `busy`: another
    delivery works on the key until `until`; waiting is no attempt. `superseded`: a later saga owns the trip, stop."""

    status: EffectStatus
    facts: TripFacts
    until: datetime | None = None


class GiveUpOrder(Value):
    """Input of `give_up_activity`: the attempts of `activity` at one revision of a component are used up.

    With `activity` None the component's saga was lost: all that it may have done counts as failed. `fee_agreed` is that
    of a cancel, so that it stands even when no attempt came as far as writing it down.
    """

    trip: str
    component: str
    kind: ComponentKind
    revision: int
    epoch: int
    activity: str | None
    fee_agreed: int | None = None


class TripOrder(Value):
    """Input of the activities that concern the trip as a whole; `seen` is the last command that the saga knows."""

    trip: str
    epoch: int
    seen: int = 0


class PivotOrder(TripOrder):
    """Input of `record_pivot_activity`. `now` is the orchestration's clock; `give_up`: the traveller's time to
    choose is over, so the trip expires whatever time its holds have left."""

    now: datetime
    margin_seconds: int
    give_up: bool = False


class EndChangeOrder(TripOrder):
    """Input of `end_change_activity`."""

    command: int
    done: bool


class CloseOrder(TripOrder):
    """Input of `close_trip_activity`."""

    status: TripEnd


class TellOrder(Value):
    """Input of `tell_turn_activity`: the trip has parked, its turn can be answered."""

    turn: TurnLink


class Told(Value):
    """Output of `tell_turn_activity`; `told` is False when no turn waits any more."""

    told: bool


class TripAnswer(Value):
    """Their answer: `done`, `again` when commands came that the saga hasn't seen, or `superseded`."""

    status: Literal["done", "again", "superseded"]
    facts: TripFacts
