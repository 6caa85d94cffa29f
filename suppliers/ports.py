"""The ports to the companies that we book with and pay through.

Every call carries an idempotency key of its own. A second delivery of a key returns the first answer, refusals
included; the same key with other arguments raises `KeyConflictError`. All calls are synchronous and may block: call
them from a worker thread. A call that raises `SupplierFault` may or may not have taken effect.

`target` names the key of the effect that a later one builds on or undoes. Undoing works whether or not the target ever
arrived: where it didn't, a tombstone is left that refuses a late arrival with `cancelled_before_arrival`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from domain.components import ComponentKind
from domain.money import Money
from domain.outcomes import Details, Refusal


class SupplierFault(Exception): ...


class KeyConflictError(Exception): ...


@dataclass(frozen=True)
class Order:
    kind: ComponentKind
    destination: str
    date: date
    units: int | None
    booked_at: datetime


@dataclass(frozen=True)
class Booking:
    """A booking in the supplier's book. `held` until `expires`; then it is as good as released.

    `fee` is what the supplier kept when a confirmed booking was cancelled, None otherwise.
    """

    key: str  # the hold's key
    kind: ComponentKind
    confirmation: str
    amount: Money  # the agreed price
    details: Details
    status: Literal["held", "confirmed", "released", "cancelled"]
    expires: datetime
    fee: Money | None = None


@dataclass(frozen=True)
class Tombstone:
    key: str


@dataclass(frozen=True)
class Enquiry:
    """What a key stands for at the company. `not_found` and `pending` are no proof that nothing will arrive."""

    state: Literal["done", "refused", "pending", "not_found", "closed"]  # closed: a tombstone stands
    booking: Booking | None = None  # or payment, in the payment provider's form
    refusal: Refusal | None = None


class BookingSupplier(Protocol):
    def hold(self, key: str, order: Order) -> Booking | Refusal: ...
    def confirm(self, key: str, target: str, price: Money) -> Booking | Refusal:
        """Ticket the hold `target` at the agreed price. Refuses `price_changed`, `hold_gone` (expired, released, unknown)."""

    def cancel(self, key: str, target: str) -> Booking | Tombstone:
        """Release the hold, or cancel the confirmed booking on the supplier's terms (`fee`). Never refuses."""

    def terms(self, target: str) -> Money | None:
        """The fee that cancelling now would cost; None if there is nothing confirmed under `target`."""

    def find(self, key: str) -> Enquiry: ...
    def close(self, key: str) -> Enquiry:
        """Shut the key against a late arrival, unless it has been done; what stands is returned."""


@dataclass(frozen=True)
class Payment:
    key: str  # the authorization's key
    id: str
    amount: Money
    captured: Money
    refunded: Money
    status: Literal["authorized", "captured", "voided", "refunded"]  # refunded: all of it; a part leaves it captured
    expires: datetime


class PaymentProvider(Protocol):
    def authorize(self, key: str, amount: Money, reference: str) -> Payment | Refusal: ...
    def capture(self, key: str, target: str) -> Payment | Refusal:
        """Take the whole authorized amount. Refuses `capture_refused`, `authorization_gone`."""

    def void(self, key: str, target: str) -> Payment | Tombstone | Refusal:
        """Let an authorization go. Refuses `already_captured`: refund then."""

    def refund(self, key: str, target: str, amount: Money) -> Payment | Refusal:
        """Give back `amount` of what was captured under authorization `target`. Refuses `nothing_captured`, `too_much`."""

    def find(self, key: str) -> Enquiry: ...
    def close(self, key: str) -> Enquiry: ...
