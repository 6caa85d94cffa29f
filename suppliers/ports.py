"""The ports to the suppliers that we book with and pay through.

Every call that changes something carries its own idempotency key. A second delivery of a key returns the first answer
unchanged, refusals included, without a second effect. If the effect has been undone since, the second delivery is
refused with `cancelled`. The same key with other arguments, or for another operation, raises `KeyConflictError`. All
calls are synchronous and may block: call them from a worker thread. A call that raises `SupplierFault` may or may not
have taken effect.

All keys of one component have the same part before the first slash. `target` is the key of the hold or authorization
that a later call builds on or undoes. A target of another component raises `ValueError`. Undoing works whether or not
the target ever arrived. If it did not, a tombstone is left. A call that arrives under a key with a tombstone is
refused with `cancelled_before_arrival` and does nothing.

Amounts are integer minor units of any one currency.
"""

from dataclasses import dataclass, field
from datetime import date as day
from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import Field

from domain.amount import Money
from domain.components import ComponentKind
from domain.shape import Shape
from domain.trip.outcomes import Details, Refusal
from domain.value import is_none


class SupplierFault(Exception):  # noqa: N818 - a fault is not a refusal, and this is its name
    """No answer: the supplier is out of reach, or its answer was lost. It may have acted. Deliver the key again."""


class KeyConflictError(Exception):
    """The key was used with other arguments before. Nothing was done."""


@dataclass(frozen=True)
class Order:
    """The component to be held. `units` counts nights or days and is None for a flight.

    `booked_at` is aware UTC. It is not among the arguments of the key, because a repeat may carry another time.
    """

    kind: ComponentKind
    destination: str
    date: day
    units: int | None
    booked_at: datetime
    shape: Shape | None = None


Operation = Literal[
    "hold", "confirm", "cancel", "terms", "authorize", "capture", "void", "refund", "find", "close", "quote"
]


@dataclass(frozen=True)
class Request:
    """The call that a key was first used for: its operation, its target, and the arguments that belong to the key.

    Two calls under one key are the same call if their requests are equal; otherwise the second is a conflict.
    """

    operation: Operation
    target: str
    arguments: tuple[str | int | None, ...] = ()


def hold_request(key: str, destination: str, date: day, units: int | None, shape: Shape | None = None) -> Request:
    """Return the request of a hold under this key. Without a shape it is that of older books."""
    shaped = () if shape is None else shape.as_arguments()
    return Request("hold", key, (destination, date.isoformat(), units, *shaped))


def authorize_request(key: str, amount: Money, reference: str) -> Request:
    """Return the request of an authorization under this key."""
    return Request("authorize", key, (amount.currency, amount.minor, reference))


def confirm_request(target: str, price: Money) -> Request:
    """Return the request that confirms the hold `target`."""
    return Request("confirm", target, (price.currency, price.minor))


def refund_request(target: str, amount: Money) -> Request:
    """Return the request that refunds part or all of the payment `target`."""
    return Request("refund", target, (amount.currency, amount.minor))


@dataclass(frozen=True)
class Booking:
    """A booking in the supplier's book. `key` is the key of its hold, `amount` the agreed price.

    A hold counts as `released` from `expires` on. A confirmed booking does not expire. `cancel_fee` is the fee for
    cancelling as it was at the confirmation, None for a booking that was never confirmed. `fee` is the part of the
    price that the supplier kept when a confirmed booking was cancelled, None otherwise. `destination`, `date`, `units`
    and `shape` are those of the order. The first two are None only if the book does not contain them.
    """

    key: str
    kind: ComponentKind
    confirmation: str
    amount: Money
    details: Details
    status: Literal["held", "confirmed", "released", "cancelled"]
    expires: datetime
    cancel_fee: Money | None = None
    fee: Money | None = None
    destination: str | None = None
    date: day | None = None
    units: int | None = None
    shape: Annotated[Shape | None, Field(exclude_if=is_none)] = None


@dataclass(frozen=True)
class Payment:
    """A payment in the provider's book. `key` is the key of its authorization.

    An authorization that was not captured counts as `voided` from `expires` on. `captured` is zero or `amount`. The
    status is `refunded` when all of it was given back, and stays `captured` after a partial refund. `reference` names
    what is paid for. It is None only if the book does not contain it.
    """

    key: str
    id: str
    amount: Money
    captured: Money
    refunded: Money
    status: Literal["authorized", "captured", "voided", "refunded"]
    expires: datetime
    reference: str | None = None


@dataclass(frozen=True)
class Tombstone:
    """There is nothing to undo under this target, and a late arrival under it is refused."""

    key: str


@dataclass(frozen=True)
class Enquiry:
    """The state of one key at the supplier.

    - `done`: the call was carried out. `booking` or `payment` is the item in its *present* state, also when it has been
      undone or has expired since. Both are None for an undoing that found nothing.
    - `refused`: `refusal` is the answer.
    - `pending`: the call arrived and will be answered.
    - `not_found`: the call has not arrived. It may still be under way, so this proves nothing, as with `pending`.
    - `closed`: the call did not arrive in time. A tombstone refuses it from now on.

    `request` is the call that used the key, None if no use is recorded. Compare it with your own call, because another
    call may have used the key.
    """

    state: Literal["done", "refused", "pending", "not_found", "closed"]
    booking: Booking | None = None
    payment: Payment | None = None
    refusal: Refusal | None = None
    request: Request | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Price:
    """A price that binds nobody, and the fee for cancelling the booking once it is confirmed."""

    amount: Money
    cancel_fee: Money


class BookingSupplier(Protocol):
    """An airline, a hotel or a car hire. Every call raises `SupplierFault` if there is no answer."""

    def hold(self, key: str, order: Order) -> Booking | Refusal:
        """Hold the order until `expires`, at no cost.

        Refuses `sold_out`, `cancelled`, `cancelled_before_arrival`.
        """
        ...

    def quote(self, key: str, order: Order) -> Price:
        """Return the price of the order now. Hold nothing, and keep no record: each call is another enquiry."""
        ...

    def confirm(self, key: str, target: str, price: Money) -> Booking | Refusal:
        """Confirm the hold `target` at the agreed price. Return a confirmed booking unchanged.

        Refuses `price_changed`, `hold_gone` (expired, released, cancelled, never arrived), `cancelled`,
        `cancelled_before_arrival`.
        """
        ...

    def cancel(self, key: str, target: str, made_by: Request | None = None) -> Booking | Tombstone | Refusal:
        """Release the hold, or cancel the confirmed booking on the supplier's terms (`fee`).

        Return a released or cancelled booking unchanged, without another fee. Refuses only `cancelled_before_arrival`,
        if this very key was closed. `made_by` is the hold to be undone. Raises `KeyConflictError` and changes nothing
        if the target was used for another one.
        """
        ...

    def terms(self, target: str) -> Money | None:
        """Return the fee that cancelling now would cost, None if no booking is confirmed under `target`."""
        ...

    def find(self, key: str) -> Enquiry:
        """Return the state of a key."""
        ...

    def close(self, key: str) -> Enquiry:
        """Refuse a late arrival under the key. It is `closed` afterwards, unless it was done or refused before."""
        ...


class PaymentProvider(Protocol):
    """Takes the traveller's money in two steps, and refunds it. Every call raises `SupplierFault` without an answer."""

    def authorize(self, key: str, amount: Money, reference: str) -> Payment | Refusal:
        """Reserve the amount until `expires`, without taking it.

        Refuses `declined`, `cancelled`, `cancelled_before_arrival`. Raises `ValueError` for an amount that is not above
        zero.
        """
        ...

    def capture(self, key: str, target: str) -> Payment | Refusal:
        """Take the whole amount of the authorization `target`. Return a captured payment unchanged.

        Refuses `capture_refused`, `authorization_gone` (expired, voided, refunded, never arrived), `cancelled`,
        `cancelled_before_arrival`.
        """
        ...

    def void(self, key: str, target: str, made_by: Request | None = None) -> Payment | Tombstone | Refusal:
        """Drop the authorization, so that a late capture of it is refused. Return a voided payment unchanged.

        Refuses `already_captured` (refund then), and `cancelled_before_arrival` if this very key was closed. `made_by`
        is the authorization to be undone. Raises `KeyConflictError` and changes nothing if the target was used for
        another one.
        """
        ...

    def refund(self, key: str, target: str, amount: Money) -> Payment | Refusal:
        """Give back `amount` of the money that was captured under the authorization `target`.

        Refuses `nothing_captured`, `too_much` (more than is left), `cancelled_before_arrival`. Raises `ValueError` for
        an amount that is not above zero or of another currency.
        """
        ...

    def find(self, key: str) -> Enquiry:
        """Return the state of a key."""
        ...

    def close(self, key: str) -> Enquiry:
        """Refuse a late arrival under the key. It is `closed` afterwards, unless it was done or refused before."""
        ...
