"""Values that the audit compares and values that it returns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from audit.grouping import grouped
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

Line = Booking | Payment


@dataclass(frozen=True)
class Books:
    """The lines of the suppliers' books that belong to one trip, or to one component of it."""

    bookings: Sequence[Booking] = ()
    payments: Sequence[Payment] = ()

    @property
    def lines(self) -> Sequence[Line]:
        """Return all lines, the bookings first."""
        return (*self.bookings, *self.payments)

    def of_component(self, component: str) -> "Books":
        """Return the lines whose keys belong to a component."""
        return Books(
            bookings=self._bookings_by_component[component],
            payments=self._payments_by_component[component],
        )

    @cached_property
    def _bookings_by_component(self) -> Mapping[str, Sequence[Booking]]:
        return grouped(self.bookings, lambda booking: component_of_key(booking.key))

    @cached_property
    def _payments_by_component(self) -> Mapping[str, Sequence[Payment]]:
        return grouped(self.payments, lambda payment: component_of_key(payment.key))

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
class Check:
    """A statement about a trip that must hold, and the words for when it does not."""

    holds: bool
    code: Code
    text: str
    side: Side | None = None


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
    # A trip of one component has keys under its own id.
    split = split_component_id(component)
    return split[0] if split else component


def noun(kind: ComponentKind) -> str:
    """Return the words for a booking of this kind."""
    return f"{COMPONENTS[kind].noun} booking"


def side_of(line: Line) -> Side:
    """Return the side of a component that a line of a book is about."""
    return "booking" if isinstance(line, Booking) else "payment"


def reference_of(line: Line) -> str:
    """Return the supplier's own number of a booking or a payment."""
    return line.confirmation if isinstance(line, Booking) else line.id


def failed(trip: str, component: str | None, checks: Iterable[Check]) -> Iterator[Difference]:
    """Yield a difference for each check that does not hold."""
    for check in checks:
        if not check.holds:
            yield Difference(
                trip=trip,
                component=component,
                code=check.code,
                text=check.text,
                side=check.side,
            )


def amount_of(line: Line | None) -> int:
    """Return the price of a booking or the amount of a payment in minor units, and zero without one."""
    return line.amount.minor if line else 0


def count_books(totals: Totals, books: Books) -> None:
    """Add the money in lines of the books to the totals."""
    for booking in books.bookings:
        # A booking without a fee moved no money, and its currency gets no row in the report.
        if booking.fee:
            totals.of(booking.fee.currency).book_fees += booking.fee.minor
    for payment in books.payments:
        sums = totals.of(payment.amount.currency)
        sums.book_captured += payment.captured.minor
        sums.book_refunded += payment.refunded.minor
