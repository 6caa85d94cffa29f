"""Values that the audit compares and values that it returns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from audit.money import Totals
from domain.components import COMPONENTS, ComponentKind, TripKind
from domain.ids import split_component_id
from domain.trip.facts import Item
from domain.trip.outcomes import TripStatus
from suppliers.ports import Booking, Payment

Side = Literal["booking", "payment"]
Code = Literal[
    "not_in_ledger",
    "not_in_book",
    "state_differs",
    "amount_differs",
    "reference_differs",
    "fee_differs",
    "refund_differs",
    "doubled",
    "outcome_missing",
    "left_behind",
    "not_confirmed",
    "item_open",
    "money_differs",
    "captured_without_booking",
    "postings_differ",
    "order_differs",
    "told_differs",
]


@dataclass(frozen=True)
class Books:
    """The lines of the suppliers' books that belong to one trip."""

    bookings: Sequence[Booking] = ()
    payments: Sequence[Payment] = ()

    def bookings_by_key(self) -> Mapping[str, Booking]:
        """Return the bookings by their idempotency key."""
        return {booking.key: booking for booking in self.bookings}

    def payments_by_key(self) -> Mapping[str, Payment]:
        """Return the payments by their idempotency key."""
        return {payment.key: payment for payment in self.payments}


@dataclass(frozen=True)
class Difference:
    """Something that does not add up.

    `side` is None where booking and payment are meant together. `explanation` is None if nothing explains the
    difference.
    """

    trip: str
    component: str | None
    code: Code
    text: str
    side: Side | None = None
    explanation: str | None = None


@dataclass(frozen=True)
class TripAudit:
    """The result of one trip's audit."""

    trip: str
    kind: TripKind
    status: TripStatus
    totals: Totals
    items: tuple[Item, ...]
    differences: tuple[Difference, ...]


def component_of_key(key: str) -> str:
    """Return the id of the component that an idempotency key belongs to."""
    return key.partition("/")[0]


def trip_of_key(key: str) -> str:
    """Return the id of the trip that an idempotency key belongs to.

    It is `trip-1` for `trip-1-hotel/hold/1` and for `trip-1/hold/1`.
    """
    component = component_of_key(key)
    split = split_component_id(component)
    return split[0] if split else component


def noun(kind: ComponentKind) -> str:
    """Return the words for a booking of this kind."""
    return f"{COMPONENTS[kind].noun} booking"


def count_books(totals: Totals, bookings: Iterable[Booking], payments: Iterable[Payment]) -> None:
    """Add the money in lines of the books to the totals."""
    for booking in bookings:
        if booking.fee:
            totals.of(booking.fee.currency).book_fees += booking.fee.minor
    for payment in payments:
        sums = totals.of(payment.amount.currency)
        sums.book_captured += payment.captured.minor
        sums.book_refunded += payment.refunded.minor
