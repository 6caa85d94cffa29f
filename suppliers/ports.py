"""The ports to the companies that we book with and pay through.

Every effect carries an idempotency key. A second delivery of a key returns the first answer, refusals included; the
same key with other arguments raises `KeyConflictError`. All calls are synchronous and may block: call them from a
worker thread. A call that raises `SupplierFault` may or may not have taken effect.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from domain.components import ComponentKind
from domain.money import Money
from domain.outcomes import Details, Refusal


class SupplierFault(Exception):  # noqa: N818 - a fault, as opposed to a refusal
    """The company could not be reached, or its answer was lost; trying again with the same key is safe."""


class KeyConflictError(Exception):
    """The key was used with other arguments. Nothing was done."""


@dataclass(frozen=True)
class Order:
    """What is to be booked. `units` counts nights or days and is None for a flight; `booked_at` is aware UTC."""

    kind: ComponentKind
    destination: str
    date: date
    units: int | None
    booked_at: datetime


@dataclass(frozen=True)
class Booking:
    """A booking in the supplier's book, with the facts that the supplier made."""

    key: str
    kind: ComponentKind
    confirmation: str
    amount: Money
    details: Details
    status: Literal["booked", "cancelled"]


@dataclass(frozen=True)
class Tombstone:
    """The key was cancelled before its order arrived: a late arrival is refused."""

    key: str


class BookingSupplier(Protocol):
    """An airline, hotel or car hire company."""

    def book(self, key: str, order: Order) -> Booking | Refusal:
        """Book, or refuse (sold out; or `cancelled_before_arrival` where a tombstone stands)."""
        ...

    def cancel(self, key: str) -> Booking | Tombstone:
        """Cancel whatever the key booked; where nothing arrived, leave a tombstone. Safe to repeat."""
        ...

    def find(self, key: str) -> Booking | Refusal | Tombstone | None:
        """What the key stands for; None is no proof that nothing will arrive."""
        ...


@dataclass(frozen=True)
class Payment:
    """A payment in the provider's book."""

    key: str
    id: str
    amount: Money
    status: Literal["captured", "refunded"]


class PaymentProvider(Protocol):
    """Takes the traveller's money and gives it back."""

    def charge(self, key: str, amount: Money, reference: str) -> Payment | Refusal:
        """Capture the amount, or decline. `reference` is the booking's confirmation id."""
        ...

    def refund(self, key: str) -> Payment | Tombstone:
        """Give back all that the charge under `key` took; where nothing arrived, leave a tombstone."""
        ...

    def find(self, key: str) -> Payment | Refusal | Tombstone | None: ...
