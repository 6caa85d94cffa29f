"""What a trip is, read from its row and its entries in the ledger: the answer of `GET /api/travel-status/{id}`.

Pure rules. The saga itself adds one fact only, whether it can still go on; everything else stands in the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.components import COMPONENTS, Component, ComponentKind, TripKind
from domain.ids import component_id
from domain.money import Money
from domain.outcomes import (
    BookResult,
    CancelResult,
    Compensation,
    Details,
    PayResult,
    ProblemNote,
    TripStatus,
    Value,
)
from domain.records import Entry, TripRow
from domain.timeline import Moment, timeline

SagaState = Literal["alive", "stopped"]
"""Whether the saga can still go on; of no interest once the trip is closed."""

STOPPED = ProblemNote(
    code="saga_stopped",
    message=(
        "The booking stopped before its end was recorded. What is listed as confirmed is booked and paid; what is"
        " unknown may be. Send the message again with its Idempotency-Key to let it go on."
    ),
)


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


class TripView(Value):
    """A trip, or one component of it, as a client sees it."""

    id: str
    kind: TripKind
    status: TripStatus
    request: dict[str, str | int]
    bookings: tuple[BookingView, ...]
    total: Money
    error: ProblemNote | None
    compensations: tuple[Compensation, ...]
    timeline: tuple[Moment, ...]
    created: datetime
    updated: datetime


def trip_status(row: TripRow, entries: Sequence[Entry], saga: SagaState) -> TripStatus:
    """Where the trip as a whole stands."""
    if row.outcome:
        return row.outcome.status
    if saga == "stopped":
        return "needs_attention"
    return "compensating" if any(_begins_cancel(entry) for entry in entries) else "running"


def trip_view(row: TripRow, entries: Sequence[Entry], saga: SagaState) -> TripView:
    """The whole trip."""
    status = trip_status(row, entries, saga)
    parts = _parts(entries)
    return TripView(
        id=row.id,
        kind=row.kind,
        status=status,
        request=row.request.arguments(),
        bookings=tuple(part.booking() for part in parts),
        total=_total(parts),
        error=row.outcome.error if row.outcome else (STOPPED if saga == "stopped" else None),
        compensations=_compensations(entries, parts, over=_is_over(status)),
        timeline=timeline(entries),
        created=row.created,
        updated=row.updated,
    )


def component_view(row: TripRow, entries: Sequence[Entry], component: Component, saga: SagaState) -> TripView | None:
    """One component of a travel trip, seen as a trip of its own; None if it was never attempted."""
    identifier = component_id(row.id, component)
    own = [entry for entry in entries if entry.component == identifier]
    if not own:
        return None
    [part] = _parts(own)
    over = _is_over(trip_status(row, entries, saga))
    return TripView(
        id=identifier,
        kind=component.kind,
        status=part.status(over=over),
        request=row.request.of_component(component.kind).arguments(),
        bookings=(part.booking(),),
        total=_total([part]),
        error=part.error(row, stopped=saga == "stopped"),
        compensations=_compensations(own, [part], over=over),
        timeline=timeline(own),
        created=own[0].at,
        updated=own[-1].at,
    )


@dataclass(frozen=True)
class _Part:
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

    def booking(self) -> BookingView:
        return BookingView(
            id=self.id,
            kind=self.kind,
            confirmation=self.confirmation,
            status=self._booking_status(),
            amount=self.book.amount if self.book else None,
            details=(self.book.details if self.book else None) or {},
            payment=self._payment(),
        )

    def status(self, *, over: bool) -> TripStatus:
        """Of the component alone; `over` tells that nobody works on the trip any more."""
        if self.cancel or (self.book and self.book.status == "rejected"):
            return "failed"
        if self.captured and not self.cancelling:
            return "confirmed"
        if over:
            return "needs_attention"
        return "compensating" if self.cancelling else "running"

    def paid(self) -> Money:
        """What the traveller has paid for this component and not got back."""
        if not self.captured or self.book is None or self.book.amount is None:
            return Money.zero()
        refunded = self.cancel.refunded if self.cancel else None
        return self.book.amount - refunded if refunded else self.book.amount

    def error(self, row: TripRow, *, stopped: bool) -> ProblemNote | None:
        """Why the component failed, if it did."""
        refusal = (self.book and self.book.refusal) or (self.charge and self.charge.refusal)
        outcomes = row.outcome.components if row.outcome else ()
        recorded = next((outcome.error for outcome in outcomes if outcome.id == self.id and outcome.error), None)
        if recorded:
            return recorded
        if refusal:
            return ProblemNote(code=refusal.code, message=refusal.message)
        if row.outcome and self.cancelling:
            return row.outcome.error
        return STOPPED if stopped and not row.outcome and not self.captured else None

    def _booking_status(self) -> Literal["confirmed", "cancelled", "rejected", "unknown"]:
        if self.book and self.book.status == "rejected":
            return "rejected"
        if self.cancel:
            return "cancelled"
        return "confirmed" if self.book else "unknown"

    def _payment(self) -> PaymentView | None:
        if self.charge and self.charge.status == "declined":
            return PaymentView(id=None, status="declined")
        payment = self.charge.payment if self.charge else None
        if self.cancel:
            return PaymentView(id=payment, status="refunded") if self.cancel.refunded else None
        if self.captured:
            return PaymentView(id=payment, status="captured")
        return PaymentView(id=None, status="unknown") if self.charged else None


def _parts(entries: Sequence[Entry]) -> list[_Part]:
    """One for each component that was attempted, in the order of their first entries."""
    of_component: dict[tuple[str, ComponentKind], list[Entry]] = {}
    for entry in entries:
        if entry.component and entry.kind:
            of_component.setdefault((entry.component, entry.kind), []).append(entry)
    return [_part(identifier, kind, own) for (identifier, kind), own in of_component.items()]


def _part(identifier: str, kind: ComponentKind, entries: Sequence[Entry]) -> _Part:
    begun = {entry.effect for entry in entries if entry.event == "intent"}
    answers = {entry.effect: entry.data for entry in entries if entry.event == "outcome"}
    book, charge, cancel = answers.get("book"), answers.get("charge"), answers.get("cancel")
    return _Part(
        id=identifier,
        kind=kind,
        charged="charge" in begun,
        cancelling="cancel" in begun,
        book=BookResult.model_validate(book) if book else None,
        charge=PayResult.model_validate(charge) if charge else None,
        cancel=CancelResult.model_validate(cancel) if cancel else None,
    )


def _compensations(entries: Sequence[Entry], parts: Sequence[_Part], *, over: bool) -> tuple[Compensation, ...]:
    """Every cancel in the order in which they began."""
    part_of = {part.id: part for part in parts}
    cancelled = [part_of[entry.component] for entry in entries if _begins_cancel(entry) and entry.component]
    return tuple(
        Compensation(
            activity=COMPONENTS[part.kind].cancel,
            confirmation=part.confirmation,
            status="cancelled" if part.cancel else ("failed" if over else "running"),
        )
        for part in cancelled
    )


def _total(parts: Sequence[_Part]) -> Money:
    return sum((part.paid() for part in parts), start=Money.zero())


def _begins_cancel(entry: Entry) -> bool:
    return entry.event == "intent" and entry.effect == "cancel"


def _is_over(status: TripStatus) -> bool:
    return status not in ("running", "compensating")
