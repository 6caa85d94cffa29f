"""The view of a trip for its traveller, made from its rows: the response of `GET /api/travel-status/{id}`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.amount import Money, ShownMoney
from domain.components import Component, ComponentKind, TripKind
from domain.ids import component_id
from domain.options import SagaPolicy
from domain.trip.changes import why_not_changed
from domain.trip.ending import (
    compensation,
    component_status,
    current_revision,
    error_of,
    fees,
    kept_money,
    paying_revision,
    trip_status,
)
from domain.trip.entry_data import CancelArguments
from domain.trip.facts import TripFacts
from domain.trip.folding import trip_facts
from domain.trip.keeping import kept_revision
from domain.trip.marks import Mark, weightiest_decision
from domain.trip.outcomes import BookingStatus, Compensation, Details, ProblemNote, TripStatus, is_none
from domain.trip.records import Command, Entry, TripRow
from domain.trip.revisions import ComponentFacts, Revision
from domain.trip.shown.as_booked import current_request, warnings
from domain.trip.shown.choice import answer_by, asked_at
from domain.trip.timeline import Moment, timeline
from domain.value import Value

_BOOKED: tuple[TripStatus, ...] = ("confirmed", "partly_confirmed")
_STATUS_OF_GONE: dict[tuple[bool, bool], TripStatus] = {
    (True, True): "cancelling",
    (True, False): "cancelled",
    (False, True): "compensating",
    (False, False): "failed",
}
"""The status of a component that goes, by whether cancelling was asked for and whether something is left to undo."""

PaymentStatus = Literal["authorized", "captured", "voided", "refunded", "settled", "written_off", "declined", "unknown"]


_STATUS_OF_VOID: dict[Mark, PaymentStatus] = {
    "done": "voided",
    "settled": "settled",
    "written_off": "written_off",
}


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
    not_paid_back: ShownMoney | None = Field(default=None, exclude_if=is_none)


class BookingView(Value):
    """One component that was begun; `id` is the instance id of its saga."""

    id: str
    kind: ComponentKind
    confirmation: str | None
    status: BookingStatus
    amount: ShownMoney | None
    details: Details
    payment: PaymentView | None


class TripView(Value):
    """A trip, or one component of it, for a client.

    - `request`: what the trip is booked for now. It follows the changes that were made.
    - `total`: the traveller's money that stays taken: with what was written off, without what was settled elsewhere.
    - `fees`: the part of it that companies keep, or will keep, for bookings that were cancelled or changed.
    - `warnings`: parts that no longer meet, and another hotel, room, airline, time or car that a change brought.
    - `answer_by`: the time until which a trip that is `waiting` surely takes a choice; None for any other.
    """

    id: str
    kind: TripKind
    status: TripStatus
    request: dict[str, str | int]
    bookings: tuple[BookingView, ...]
    total: ShownMoney
    fees: ShownMoney
    error: ProblemNote | None
    warnings: tuple[str, ...]
    answer_by: datetime | None
    compensations: tuple[Compensation, ...]
    timeline: tuple[Moment, ...]
    created: datetime
    updated: datetime


def trip_view(
    row: TripRow, entries: Sequence[Entry], commands: Sequence[Command], policy: SagaPolicy | None = None
) -> TripView:
    """Return the view of the whole trip from its entries and commands, each in order.

    `policy` is the one that sagas follow, by default that of an installation without settings.
    """
    facts = trip_facts(row, entries, commands)
    status = trip_status(facts)
    asked = asked_at(row, entries, commands)
    return TripView(
        id=row.id,
        kind=row.kind,
        status=status,
        request=current_request(row.request, facts.components).arguments(),
        bookings=tuple(_booking(facts, component) for component in facts.components),
        total=kept_money(facts),
        fees=fees(facts),
        error=_error(facts, status, entries, commands),
        warnings=warnings(facts),
        answer_by=_answer_by(facts, status, asked, policy or SagaPolicy()),
        compensations=tuple(_compensations(facts, entries)),
        timeline=timeline(entries, commands, asked),
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
    if part is None:
        return None
    if not own_entries:
        return None
    status = _status_alone(facts, part)
    part_alone = _alone(facts, part)
    return TripView(
        id=identifier,
        kind=component.kind,
        status=status,
        request=current_request(row.request.of_component(component.kind), (part,)).arguments(),
        bookings=(_booking(facts, part),),
        total=kept_money(part_alone),
        fees=fees(part_alone),
        error=_error_alone(part_alone, status),
        warnings=warnings(part_alone),
        answer_by=None,
        compensations=tuple(_compensations(facts, own_entries)),
        timeline=timeline(own_entries),
        created=own_entries[0].at,
        updated=own_entries[-1].at,
    )


def _answer_by(facts: TripFacts, status: TripStatus, asked: datetime | None, policy: SagaPolicy) -> datetime | None:
    if status != "waiting":
        return None
    if asked is None:
        return None
    return answer_by(facts, asked, policy)


def _error(
    facts: TripFacts, status: TripStatus, entries: Sequence[Entry], commands: Sequence[Command]
) -> ProblemNote | None:
    """Return the error of a trip; for a booked trip, first the reason why its last change was not made."""
    if status in _BOOKED:
        failed_change = why_not_changed(facts, entries, commands)
        if failed_change:
            return failed_change
    return error_of(facts, status)


def _alone(facts: TripFacts, component: ComponentFacts) -> TripFacts:
    """Return the facts of the trip as if it had only this component."""
    items = facts.items_of(component.kind)
    return facts.model_copy(update={"components": (component,), "items": items})


def _error_alone(facts: TripFacts, status: TripStatus) -> ProblemNote | None:
    # The trip may have expired or be cancelled for another component, which is no error of this one.
    if not facts.components[0].first.failed:
        return None
    return error_of(facts, status)


def _status_alone(facts: TripFacts, component: ComponentFacts) -> TripStatus:
    alone = _alone(facts, component)
    if alone.items:
        return "needs_attention"
    kept = kept_revision(facts, component)
    if kept:
        return _status_of_kept(kept)
    is_asked_for = facts.cancel is not None
    is_refund_left = component.next_refund(None) is not None
    is_being_undone = component.revisions[-1].undoable or is_refund_left
    return _STATUS_OF_GONE[is_asked_for, is_being_undone]


def _status_of_kept(revision: Revision) -> TripStatus:
    if not revision.booked:
        return "running"
    # A capture whose outcome is unknown is not paid yet; a change that costs no more has no capture.
    if revision.capture == "intended":
        return "running"
    return "confirmed"


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
    if paying.authorize == "none":
        return None
    loss = Money(currency=facts.currency, minor=component.not_paid_back)
    return PaymentView(
        id=paying.payment,
        status=_payment_status(component, paying),
        not_paid_back=loss.unless_zero(),
    )


def _payment_status(component: ComponentFacts, revision: Revision) -> PaymentStatus:
    if revision.authorize == "refused":
        return "declined"
    if revision.captured:
        return _captured_status(component)
    if revision.void in _STATUS_OF_VOID:
        return _STATUS_OF_VOID[revision.void]
    # Any other effect that was begun may have moved the money or released it.
    marks = (revision.authorize, revision.capture, revision.void)
    if marks == ("done", "none", "none"):
        return "authorized"
    return "unknown"


def _captured_status(component: ComponentFacts) -> PaymentStatus:
    """Return `captured` as long as something is left that is neither given back nor a fee."""
    left = component.captured - component.given_back - component.fees
    if left > 0:
        return "captured"
    if not component.given_back:
        return "captured"
    marks: set[Mark] = {refund.mark for refund in component.refunds if refund.amount}
    decision = weightiest_decision(marks)
    if decision:
        return decision
    return "refunded"


def _compensations(facts: TripFacts, entries: Sequence[Entry]) -> Iterator[Compensation]:
    """Yield every cancel, in the order in which they began."""
    for entry in entries:
        match entry:
            case Entry(data=CancelArguments(), kind=str() as kind, revision=int() as number):
                component = facts.component(kind)
            case _:
                continue
        if component:
            yield compensation(facts, component, component.revision(number))
