"""The view of a trip for its traveller, made from its rows: the response of `GET /api/travel-status/{id}`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.amount import Money
from domain.components import Component, ComponentKind, TripKind
from domain.ids import component_id
from domain.trip.changes import why_not_changed
from domain.trip.ending import (
    compensation,
    component_status,
    current_revision,
    error_of,
    kept_money,
    paying_revision,
    trip_status,
)
from domain.trip.facts import ComponentFacts, Revision, TripFacts
from domain.trip.folding import trip_facts
from domain.trip.outcomes import BookingStatus, Compensation, Details, ProblemNote, TripStatus, is_none
from domain.trip.plan import kept_revision
from domain.trip.records import Command, Entry, TripRow
from domain.trip.timeline import Moment, timeline
from domain.value import Value

PaymentStatus = Literal["authorized", "captured", "voided", "refunded", "settled", "written_off", "declined", "unknown"]


class PaymentView(Value):
    """The payment of one component.

    - `refunded`: the provider gave back all that was due.
    - `settled`: an operator had the rest of it, or the authorization, settled by other means.
    - `written_off`: an operator wrote it off.

    `not_paid_back` is the money of this component that was due to the traveller and was written off, with any status.
    The field is left out if it is nothing.
    """

    id: str | None
    status: PaymentStatus
    not_paid_back: Money | None = Field(default=None, exclude_if=is_none)


class BookingView(Value):
    """One component that was begun; `id` is the instance id of its saga."""

    id: str
    kind: ComponentKind
    confirmation: str | None
    status: BookingStatus
    amount: Money | None
    details: Details
    payment: PaymentView | None


class TripView(Value):
    """A trip, or one component of it, for a client.

    `total` is the traveller's money that stays taken: with what was written off, without what was settled elsewhere.
    """

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


def trip_view(row: TripRow, entries: Sequence[Entry], commands: Sequence[Command]) -> TripView:
    """Return the view of the whole trip from its entries and commands, each in order."""
    facts = trip_facts(row, entries, commands)
    status = trip_status(facts)
    return TripView(
        id=row.id,
        kind=row.kind,
        status=status,
        request=row.request.arguments(),
        bookings=tuple(_booking(facts, component) for component in facts.components),
        total=kept_money(facts),
        error=_error(facts, status, entries, commands),
        compensations=tuple(_compensations(facts, entries)),
        timeline=timeline(entries, commands),
        created=row.created,
        updated=row.updated,
    )


def component_view(
    row: TripRow, entries: Sequence[Entry], commands: Sequence[Command], component: Component
) -> TripView | None:
    """Return the view of one component of a travel trip, as if it were a trip; None if it was never begun."""
    facts = trip_facts(row, entries, commands)
    identifier = component_id(row.id, component)
    own_entries = [entry for entry in entries if entry.component == identifier]
    part = facts.component(component.kind)
    if part is None or not own_entries:
        return None
    items = tuple(item for item in facts.items if item.kind == component.kind)
    part_alone = facts.model_copy(update={"components": (part,), "items": items})
    status = _status_alone(facts, part)
    return TripView(
        id=identifier,
        kind=component.kind,
        status=status,
        request=row.request.of_component(component.kind).arguments(),
        bookings=(_booking(facts, part),),
        total=kept_money(part_alone),
        error=error_of(part_alone, status) if part.first.failed else None,
        compensations=tuple(_compensations(facts, own_entries)),
        timeline=timeline(own_entries),
        created=own_entries[0].at,
        updated=own_entries[-1].at,
    )


def _error(
    facts: TripFacts, status: TripStatus, entries: Sequence[Entry], commands: Sequence[Command]
) -> ProblemNote | None:
    """Return the error of a trip; for a booked trip, first the reason why its last change was not made."""
    is_booked = status in ("confirmed", "partly_confirmed")
    failed_change = why_not_changed(facts, entries, commands) if is_booked else None
    return failed_change or error_of(facts, status)


def _status_alone(facts: TripFacts, component: ComponentFacts) -> TripStatus:
    if any(item.kind == component.kind for item in facts.items):
        return "needs_attention"
    kept = kept_revision(facts, component)
    if kept:
        is_paid = kept.capture != "intended"
        return "confirmed" if kept.booked and is_paid else "running"
    is_asked_for = facts.cancel is not None
    if component.revisions[-1].undoable or component.next_refund(None):
        return "cancelling" if is_asked_for else "compensating"
    return "cancelled" if is_asked_for else "failed"


def _booking(facts: TripFacts, component: ComponentFacts) -> BookingView:
    revision = current_revision(facts, component)
    return BookingView(
        id=component.id,
        kind=component.kind,
        confirmation=revision.confirmation,
        status=component_status(facts, component),
        amount=revision.price,
        details=revision.details or {},
        payment=_payment(facts, component, revision),
    )


def _payment(facts: TripFacts, component: ComponentFacts, revision: Revision) -> PaymentView | None:
    """Return the payment that pays for a revision; None if none was begun."""
    paying = paying_revision(component, revision)
    status = _payment_status(component, paying)
    if status is None:
        return None
    loss = Money(currency=facts.currency, minor=component.not_paid_back) if component.not_paid_back else None
    return PaymentView(id=paying.payment, status=status, not_paid_back=loss)


def _payment_status(component: ComponentFacts, revision: Revision) -> PaymentStatus | None:
    if revision.authorize == "none":
        return None
    if revision.authorize == "refused":
        return "declined"
    if revision.captured:
        return _captured_status(component)
    match revision.void:
        case "done":
            return "voided"
        case "settled" | "written_off":
            return revision.void
        case _:
            # Any other effect that was begun may have moved the money or released it.
            marks = (revision.authorize, revision.capture, revision.void)
            return "authorized" if marks == ("done", "none", "none") else "unknown"


def _captured_status(component: ComponentFacts) -> PaymentStatus:
    """Return `captured` as long as something is left that is neither given back nor a fee."""
    left = component.captured - component.given_back - component.fees
    if left > 0 or not component.given_back:
        return "captured"
    if component.not_paid_back:
        return "written_off"
    return "settled" if any(refund.mark == "settled" for refund in component.refunds) else "refunded"


def _compensations(facts: TripFacts, entries: Sequence[Entry]) -> Iterator[Compensation]:
    """Yield every cancel, in the order in which they began."""
    for entry in entries:
        match entry:
            case Entry(event="intent", effect="cancel", kind=str() as kind, revision=int() as number):
                component = facts.component(kind)
            case _:
                continue
        if component:
            yield compensation(facts, component, component.revision(number))
