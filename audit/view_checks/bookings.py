"""Comparison of the bookings, payments and cancels in a view with a recount from the books. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from audit.findings import Difference
from audit.recounted.part import Part
from audit.recounted.recount import Recount
from audit.recounted.rows import DECIDED
from audit.recounted.statuses import booking_status, cancel_status, payment_status
from audit.view_checks.comparer import Comparer
from domain.amount import Money
from domain.components import COMPONENTS
from domain.trip.outcomes import Compensation, Details
from domain.trip.privacy import FORGOTTEN
from domain.trip.status import BookingView, PaymentView
from suppliers.ports import Booking

Cancel = tuple[Part, int]
"""The cancel of one revision of a component."""


class ShownBooking(NamedTuple):
    """The values of a line in a supplier's book that a view must show."""

    confirmation: str | None
    amount: Money | None
    details: Details


def shown(line: Booking | None) -> ShownBooking:
    """Return what a view must show of a booking, and nothing for one that its supplier never responded with."""
    if line is None:
        return ShownBooking(confirmation=None, amount=None, details={})
    return ShownBooking(
        confirmation=line.confirmation,
        amount=line.amount,
        details=line.details,
    )


@dataclass(frozen=True)
class BookingChecks:
    """Comparisons of the bookings in one trip's views, each of which yields the differences."""

    recount: Recount
    compare: Comparer

    def bookings(self, views: Sequence[BookingView], parts: Sequence[Part]) -> Iterator[Difference]:
        """Compare the bookings that a view shows for these components."""
        yield from self.compare.same("the bookings", actual=[view.id for view in views], expected=ids(parts))
        for view, part in zip(views, parts, strict=False):
            yield from self._booking(view, part)
            yield from self._payment(view.payment, part)

    def _booking(self, view: BookingView, part: Part) -> Iterator[Difference]:
        what, same = f"the booking {part.rows.id}", self.compare.same
        expected = shown(part.line(part.counted))
        yield from same(f"the kind of {what}", actual=view.kind, expected=part.rows.kind)
        yield from same(
            f"the status of {what}", actual=view.status, expected=booking_status(part), part=part, side="booking"
        )
        yield from same(
            f"the confirmation of {what}",
            actual=view.confirmation,
            expected=expected.confirmation,
            part=part,
            side="booking",
        )
        yield from same(
            f"the amount of {what}", actual=view.amount, expected=expected.amount, part=part, side="booking"
        )
        # Forgetting a conversation also takes the details out of the ledger, but not out of the supplier's book.
        if self.recount.row.request.destination != FORGOTTEN:
            yield from same(
                f"the details of {what}", actual=view.details, expected=expected.details, part=part, side="booking"
            )

    def _payment(self, view: PaymentView | None, part: Part) -> Iterator[Difference]:
        what, status = f"the payment of {part.rows.id}", payment_status(part)
        status_in_view = view.status if view else None
        yield from self.compare.same(what, actual=status_in_view, expected=status, part=part, side="payment")
        if view is None or status is None:
            return
        line = part.payment(part.paying)
        number = line.id if line else None
        yield from self.compare.same(
            f"the number of {what}", actual=view.id, expected=number, part=part, side="payment"
        )
        lost = self.recount.money(part.written_off) if part.written_off else None
        yield from self.compare.same(
            f"what was not paid back of {what}", actual=view.not_paid_back, expected=lost, part=part, side="payment"
        )

    def cancels_in_view(self, cancels: Sequence[Compensation], parts: Sequence[Part]) -> Iterator[Difference]:
        """Compare the cancels that a view shows for these components."""
        begun = self._begun(parts)
        yield from self._number_of_cancels(cancels, begun)
        for cancel, (part, number) in zip(cancels, begun, strict=False):
            yield from self._cancel(cancel, part, number, cancel_status(part, number))

    def cancels_in_outcome(self, cancels: Sequence[Compensation]) -> Iterator[Difference]:
        """Compare the cancels of a stored outcome, where what an operator closed counts as done."""
        expected = _in_reverse(self.recount.parts)
        yield from self._number_of_cancels(cancels, expected)
        for cancel, (part, number) in zip(cancels, expected, strict=False):
            status = as_stored(cancel_status(part, number))
            yield from self._cancel(cancel, part, number, status)

    def _number_of_cancels(self, cancels: Sequence[Compensation], expected: Sequence[Cancel]) -> Iterator[Difference]:
        return self.compare.same("the number of cancels", actual=len(cancels), expected=len(expected))

    def _cancel(self, cancel: Compensation, part: Part, number: int, status: str) -> Iterator[Difference]:
        activity = COMPONENTS[part.rows.kind].cancel
        expected = (activity, shown(part.line(number)).confirmation, status)
        actual = (cancel.activity, cancel.confirmation, cancel.status)
        yield from self.compare.same(f"a cancel of {part.rows.id}", actual=actual, expected=expected, part=part)

    def _begun(self, parts: Sequence[Part]) -> list[Cancel]:
        """Return every cancel in the order in which they began."""
        begun: list[Cancel] = []
        by_id = {part.rows.id: part for part in parts}
        for entry in self.recount.rows_of("intent"):
            # A view of one component shows its own cancels only.
            part = by_id.get(entry.component or "")
            if part and entry.effect == "cancel":
                begun.append((part, entry.revision or 1))
        return begun


def ids(parts: Sequence[Part]) -> list[str]:
    """Return the ids of components."""
    return [part.rows.id for part in parts]


def as_stored(status: str) -> str:
    """Return the status that a stored outcome has; its form is part of old histories."""
    return "cancelled" if status in DECIDED else status


def _in_reverse(parts: Sequence[Part]) -> list[Cancel]:
    """Return every cancel in exact reverse of the booking order."""
    cancels: list[Cancel] = []
    for part in reversed(parts):
        for number in sorted(part.rows.revisions, reverse=True):
            if part.rows.state("cancel", number):
                cancels.append((part, number))
    return cancels
