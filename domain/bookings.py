"""A component of a trip as its entries in the ledger tell it: what was booked, paid and undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.components import ComponentKind
from domain.money import Money
from domain.outcomes import BookResult, CancelResult, Details, PayResult, Refusal, TripStatus, Value
from domain.records import Entry


class PaymentView(Value):
    id: str | None
    status: Literal["captured", "refunded", "declined", "unknown"]


class BookingView(Value):
    """One component that was attempted; `id` is its saga's."""

    id: str
    kind: ComponentKind
    confirmation: str | None
    status: Literal["confirmed", "cancelled", "rejected", "unknown"]
    amount: Money | None
    details: Details
    payment: PaymentView | None


@dataclass(frozen=True)
class Part:
    """What the entries say of one component; an effect without an answer was begun and its outcome is unknown."""

    id: str
    kind: ComponentKind
    charged: bool
    cancelling: bool
    book: BookResult | None
    charge: PayResult | None
    cancel: CancelResult | None

    @property
    def confirmation(self) -> str | None:
        return (self.book and self.book.confirmation) or (self.cancel and self.cancel.confirmation) or None

    @property
    def captured(self) -> bool:
        return self.charge is not None and self.charge.status == "captured"

    def booking(self, *, over: bool) -> BookingView:
        """As a client sees it; `over` tells that nobody works on the trip any more.

        A cancel without an answer may have done anything, so it leaves booking and payment unknown once all is over.
        """
        doubtful = over and self.cancelling and self.cancel is None
        return BookingView(
            id=self.id,
            kind=self.kind,
            confirmation=self.confirmation,
            status="unknown" if doubtful else self._booking_status(),
            amount=self.book.amount if self.book else None,
            details=(self.book.details if self.book else None) or {},
            payment=self._doubtful_payment() if doubtful else self._payment(),
        )

    def status(self, *, over: bool) -> TripStatus:
        """Of the component alone; `over` as for `booking`."""
        if self.cancel or (self.book and self.book.status == "rejected"):
            return "failed"
        if self.captured and not self.cancelling:
            return "confirmed"
        if over:
            return "needs_attention"
        return "compensating" if self.cancelling else "running"

    @property
    def refusal(self) -> Refusal | None:
        """Who said no, if anybody did."""
        return (self.book and self.book.refusal) or (self.charge and self.charge.refusal) or None

    def paid(self) -> Money:
        """What the traveller has paid for this component and not got back."""
        if not self.captured or self.book is None or self.book.amount is None:
            return Money.zero()
        refunded = self.cancel.refunded if self.cancel else None
        return self.book.amount - refunded if refunded else self.book.amount

    def _booking_status(self) -> Literal["confirmed", "cancelled", "rejected", "unknown"]:
        if self.book and self.book.status == "rejected":
            return "rejected"
        if self.cancel:
            return "cancelled"
        return "confirmed" if self.book else "unknown"

    def _doubtful_payment(self) -> PaymentView | None:
        known = self._payment()
        return known.model_copy(update={"status": "unknown"}) if known and self.captured else known

    def _payment(self) -> PaymentView | None:
        if self.charge and self.charge.status == "declined":
            return PaymentView(id=None, status="declined")
        payment = self.charge.payment if self.charge else None
        if self.cancel:
            return PaymentView(id=payment, status="refunded") if self.cancel.refunded else None
        if self.captured:
            return PaymentView(id=payment, status="captured")
        return PaymentView(id=None, status="unknown") if self.charged else None


def parts_of(entries: Sequence[Entry]) -> list[Part]:
    """One for each component that was attempted, in the order of their first entries."""
    of_component: dict[tuple[str, ComponentKind], list[Entry]] = {}
    for entry in entries:
        if entry.component and entry.kind:
            of_component.setdefault((entry.component, entry.kind), []).append(entry)
    return [_part(identifier, kind, own) for (identifier, kind), own in of_component.items()]


def _part(identifier: str, kind: ComponentKind, entries: Sequence[Entry]) -> Part:
    begun = {entry.effect for entry in entries if entry.event == "intent"}
    answers = {entry.effect: entry.data for entry in entries if entry.event == "outcome"}
    book, charge, cancel = answers.get("book"), answers.get("charge"), answers.get("cancel")
    return Part(
        id=identifier,
        kind=kind,
        charged="charge" in begun,
        cancelling="cancel" in begun,
        book=BookResult.model_validate(book) if book else None,
        charge=PayResult.model_validate(charge) if charge else None,
        cancel=CancelResult.model_validate(cancel) if cancel else None,
    )
