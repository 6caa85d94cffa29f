"""The ports to the companies that we book with and pay through.

Every call that changes something carries an idempotency key of its own. A second delivery of a key returns the first
answer as it was then, refusals included, without a second effect; where what it did has been undone since, it is
refused with `cancelled`. The same key with other arguments, or for another operation, raises `KeyConflictError`. All
calls are synchronous and may block: call them from a worker thread. A call that raises `SupplierFault` may or may not
have taken effect.

All keys of one component have the same part before the first slash. `target` names the key of the hold or
authorization of that component which a later call builds on or undoes; one of another component raises `ValueError`.
Undoing works whether or not the target ever arrived: where it didn't, a tombstone is left. Whatever arrives under a key
with a tombstone is refused with `cancelled_before_arrival` and does nothing.

Amounts are integer minor units of any one currency.
"""

from dataclasses import dataclass, field
from datetime import date as day
from datetime import datetime
from typing import Literal, Protocol

from domain.amount import Money
from domain.components import ComponentKind
from domain.trip.outcomes import Details, Refusal


class SupplierFault(Exception):  # noqa: N818 - a fault is not a refusal, and this is its name
    """No answer: the company is out, or its answer was lost. Whether it acted is unknown; deliver the key again."""


class KeyConflictError(Exception):
    """The key was used with other arguments before. Nothing was done."""


@dataclass(frozen=True)
class Order:
    """What is to be held. `units` counts nights or days, None for a flight; `booked_at` is no part of the key's
    arguments, as it belongs to one run."""

    kind: ComponentKind
    destination: str
    date: day
    units: int | None
    booked_at: datetime


Operation = Literal["hold", "confirm", "cancel", "terms", "authorize", "capture", "void", "refund", "find", "close"]


@dataclass(frozen=True)
class Request:
    """The call that a key was first used for: its operation, its target, and the arguments that belong to the key.

    Two calls under one key are the same call if their requests are equal; otherwise the second is a conflict.
    """

    operation: Operation
    target: str
    arguments: tuple[str | int | None, ...] = ()


def hold_request(key: str, destination: str, date: day, units: int | None) -> Request:
    return Request("hold", key, (destination, date.isoformat(), units))


def authorize_request(key: str, amount: Money, reference: str) -> Request:
    return Request("authorize", key, (amount.currency, amount.minor, reference))


def confirm_request(target: str, price: Money) -> Request:
    return Request("confirm", target, (price.currency, price.minor))


def refund_request(target: str, amount: Money) -> Request:
    return Request("refund", target, (amount.currency, amount.minor))


@dataclass(frozen=True)
class Booking:
    """A booking in the company's book; `key` is its hold's, `amount` the agreed price.

    A hold counts as `released` from `expires` on; a confirmed booking does not expire. `cancel_fee` is what cancelling
    was to cost when it was confirmed, None for what never was. `fee` is what the company kept of the price when a
    confirmed booking was cancelled, None otherwise. `destination`, `date` and `units` are what was ordered; they are
    None only where the book does not say.
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


@dataclass(frozen=True)
class Payment:
    """A payment in the provider's book; `key` is its authorization's.

    An authorization that was not captured counts as `voided` from `expires` on. `captured` is nothing or `amount`.
    `refunded` as a status: all of it was given back; a part leaves it `captured`. `reference` is what the payment is
    for, None only where the book does not say.
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
    """There is nothing to undo under this target, nor will there be."""

    key: str


@dataclass(frozen=True)
class Enquiry:
    """What one key stands for at the company.

    - `done`: it was carried out. `booking` or `payment` is what it concerned, as that stands *now*, also when it has
      been undone or has expired since. Both are None for an undoing that found nothing.
    - `refused`: `refusal` is the answer that it got.
    - `pending`: it arrived and has no answer yet; one will come.
    - `not_found`: it has not arrived. Like `pending` no proof that nothing will happen: it may be on its way.
    - `closed`: it never arrived in time and never will: a tombstone stands.

    `request` is what the key was used for, None where it is not known to have been used. Whoever asks compares it with
    the call that it made itself: the key may have been used by a call of which it knows nothing.
    """

    state: Literal["done", "refused", "pending", "not_found", "closed"]
    booking: Booking | None = None
    payment: Payment | None = None
    refusal: Refusal | None = None
    request: Request | None = field(default=None, compare=False)


class BookingSupplier(Protocol):
    """An airline, a hotel or a car hire company."""

    def hold(self, key: str, order: Order) -> Booking | Refusal:
        """Keep what is ordered until `expires`, at no cost. Refuses `sold_out`, `cancelled`,
        `cancelled_before_arrival`."""
        ...

    def confirm(self, key: str, target: str, price: Money) -> Booking | Refusal:
        """Ticket the hold `target` at the agreed price; one that is confirmed already is answered as it is. Refuses
        `price_changed`, `hold_gone` (expired, released, cancelled, never arrived), `cancelled`,
        `cancelled_before_arrival`."""
        ...

    def cancel(self, key: str, target: str, made_by: Request | None = None) -> Booking | Tombstone | Refusal:
        """Release the hold, or cancel the confirmed booking on the company's terms (`fee`); one that is gone already
        is answered as it is, without another fee. Refuses nothing but `cancelled_before_arrival`, when this very key
        was closed. `made_by` is the hold that is to be undone: where the target was used for another one, that is left
        alone and `KeyConflictError` is raised."""
        ...

    def terms(self, target: str) -> Money | None:
        """The fee that cancelling now would cost; None if nothing is confirmed under `target`."""
        ...

    def find(self, key: str) -> Enquiry:
        """What became of a call, by its key. Raises `SupplierFault` as every call."""
        ...

    def close(self, key: str) -> Enquiry:
        """Shut the key against a late arrival: afterwards it is `closed`, unless it was done or refused before."""
        ...


class PaymentProvider(Protocol):
    """Takes the traveller's money in two steps, and gives it back."""

    def authorize(self, key: str, amount: Money, reference: str) -> Payment | Refusal:
        """Reserve the amount until `expires`; nothing is taken yet. Refuses `declined`, `cancelled`,
        `cancelled_before_arrival`. Raises `ValueError` for an amount that is not above zero."""
        ...

    def capture(self, key: str, target: str) -> Payment | Refusal:
        """Take the whole amount of the authorization `target`; one that is captured already is answered as it is.
        Refuses `capture_refused`, `authorization_gone` (expired, voided, refunded, never arrived), `cancelled`,
        `cancelled_before_arrival`."""
        ...

    def void(self, key: str, target: str, made_by: Request | None = None) -> Payment | Tombstone | Refusal:
        """Let the authorization go, so that no capture of it can arrive any more; one that is gone already is answered
        as it is. Refuses `already_captured` (refund then), `cancelled_before_arrival` when this very key was closed.
        `made_by` is the authorization that is to be undone: where the target was used for another one, that is left
        alone and `KeyConflictError` is raised."""
        ...

    def refund(self, key: str, target: str, amount: Money) -> Payment | Refusal:
        """Give back `amount` of what was captured under the authorization `target`. Refuses `nothing_captured`,
        `too_much` (more than is left of it), `cancelled_before_arrival`. Raises `ValueError` for an amount that is not
        above zero or of another currency."""
        ...

    def find(self, key: str) -> Enquiry:
        """What became of a call, by its key. Raises `SupplierFault` as every call."""
        ...

    def close(self, key: str) -> Enquiry:
        """Shut the key against a late arrival: afterwards it is `closed`, unless it was done or refused before."""
        ...
