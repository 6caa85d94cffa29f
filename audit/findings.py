"""What the audit compares and what it finds."""

from collections.abc import Iterable, Sequence
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
    """What the companies' own books have of one trip."""

    bookings: Sequence[Booking] = ()
    payments: Sequence[Payment] = ()


@dataclass(frozen=True)
class Difference:
    """Something that does not add up. `side` is None where booking and payment together are meant; `explanation` is
    None for what nothing explains."""

    trip: str
    component: str | None
    code: Code
    text: str
    side: Side | None = None
    explanation: str | None = None


@dataclass(frozen=True)
class TripAudit:
    """What came of one trip."""

    trip: str
    kind: TripKind
    status: TripStatus
    totals: Totals
    items: tuple[Item, ...]
    differences: tuple[Difference, ...]


def component_of_key(key: str) -> str:
    return key.partition("/")[0]


def trip_of_key(key: str) -> str:
    """The trip that an idempotency key belongs to, e.g. `trip-1` for `trip-1-hotel/hold/1` and `trip-1/hold/1`."""
    component = component_of_key(key)
    split = split_component_id(component)
    return split[0] if split else component


def noun(kind: ComponentKind) -> str:
    return f"{COMPONENTS[kind].noun} booking"


def count_books(totals: Totals, bookings: Iterable[Booking], payments: Iterable[Payment]) -> None:
    """Add what the books say."""
    for booking in bookings:
        if booking.fee:
            totals.of(booking.fee.currency).book_fees += booking.fee.minor
    for payment in payments:
        sums = totals.of(payment.amount.currency)
        sums.book_captured += payment.captured.minor
        sums.book_refunded += payment.refunded.minor
