"""What a trip is, read from its rows in the ledger: the answer of `GET /api/travel-status/{id}`. Pure rules."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.amount import Money
from domain.components import COMPONENTS, Component, ComponentKind, TripKind
from domain.ids import component_id
from domain.trip.changes import why_not_changed
from domain.trip.ending import cancel_status, component_status, error_of, kept_money, trip_status
from domain.trip.facts import ComponentFacts, Revision, TripFacts
from domain.trip.folding import trip_facts
from domain.trip.outcomes import BookingStatus, Compensation, Details, ProblemNote, TripStatus, is_none
from domain.trip.plan import kept_revision
from domain.trip.records import Command, Entry, TripRow
from domain.trip.timeline import Moment, timeline
from domain.value import Value

PaymentStatus = Literal["authorized", "captured", "voided", "refunded", "settled", "written_off", "declined", "unknown"]


class PaymentView(Value):
    """`refunded`: the provider has given back all that was due. `settled`: a person let the rest of it, or the
    authorization, be settled by other means. `written_off`: a person wrote it off.

    `not_paid_back` is what of this component's money was due to the traveller and was written off, also where the
    status is another one; it is left out where that is nothing.
    """

    id: str | None
    status: PaymentStatus
    not_paid_back: Money | None = Field(default=None, exclude_if=is_none)


class BookingView(Value):
    """One component that was attempted; `id` is its saga's."""

    id: str
    kind: ComponentKind
    confirmation: str | None
    status: BookingStatus
    amount: Money | None
    details: Details
    payment: PaymentView | None


class TripView(Value):
    """A trip, or one component of it, as a client sees it. `total` is what of the traveller's money stays taken, with
    what was written off and without what was settled elsewhere."""

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
    """The whole trip."""
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
    """One component of a travel trip, seen as a trip of its own; None if it was never attempted."""
    facts = trip_facts(row, entries, commands)
    identifier = component_id(row.id, component)
    own = [entry for entry in entries if entry.component == identifier]
    found = facts.component(component.kind)
    if found is None or not own:
        return None
    items = tuple(item for item in facts.items if item.kind == component.kind)
    alone = facts.model_copy(update={"components": (found,), "items": items})
    status = _status_alone(facts, found)
    return TripView(
        id=identifier,
        kind=component.kind,
        status=status,
        request=row.request.of_component(component.kind).arguments(),
        bookings=(_booking(facts, found),),
        total=kept_money(alone),
        error=error_of(alone, status) if found.revisions[0].failed else None,
        compensations=tuple(_compensations(facts, own)),
        timeline=timeline(own),
        created=own[0].at,
        updated=own[-1].at,
    )


def _error(
    facts: TripFacts, status: TripStatus, entries: Sequence[Entry], commands: Sequence[Command]
) -> ProblemNote | None:
    """Of a trip that stands, the news is what its last change failed of; `not_changed` until one is made."""
    stands = status in ("confirmed", "partly_confirmed")
    return (why_not_changed(facts, entries, commands) if stands else None) or error_of(facts, status)


def _status_alone(facts: TripFacts, component: ComponentFacts) -> TripStatus:
    if any(item.kind == component.kind for item in facts.items):
        return "needs_attention"
    kept = kept_revision(facts, component)
    if kept:
        return "confirmed" if kept.booked and kept.capture != "intended" else "running"
    newest = component.revisions[-1]
    if newest.undoable or component.next_refund(None):
        return "cancelling" if facts.cancel is not None else "compensating"
    return "cancelled" if facts.cancel is not None else "failed"


def _booking(facts: TripFacts, component: ComponentFacts) -> BookingView:
    revision = kept_revision(facts, component) or component.revisions[-1]
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
    """The payment of a revision; one without an authorization of its own was paid by the one that it replaced."""
    paying = revision if revision.authorize != "none" else component.revisions[0]
    status = _payment_status(component, paying)
    if status is None:
        return None
    lost = Money(currency=facts.currency, minor=component.not_paid_back) if component.not_paid_back else None
    return PaymentView(id=paying.payment, status=status, not_paid_back=lost)


def _payment_status(component: ComponentFacts, revision: Revision) -> PaymentStatus | None:
    if revision.authorize == "none":
        return None
    if revision.authorize == "refused":
        return "declined"
    if revision.captured:
        return _captured_status(component)
    if revision.void == "done":
        return "voided"
    if revision.void == "settled" or revision.void == "written_off":
        return revision.void
    begun = revision.authorize != "done" or revision.capture != "none" or revision.void != "none"
    return "unknown" if begun else "authorized"


def _captured_status(component: ComponentFacts) -> PaymentStatus:
    """Captured as long as something is left that is neither given back nor a fee."""
    left = component.captured - component.given_back - component.fees
    if left > 0 or not component.given_back:
        return "captured"
    if component.not_paid_back:
        return "written_off"
    return "settled" if any(refund.mark == "settled" for refund in component.refunds) else "refunded"


def _compensations(facts: TripFacts, entries: Sequence[Entry]) -> Iterator[Compensation]:
    """Every cancel, in the order in which they began."""
    for entry in entries:
        if entry.event == "intent" and entry.effect == "cancel" and entry.kind and entry.revision:
            component = facts.component(entry.kind)
            if component:
                revision = component.revision(entry.revision)
                yield Compensation(
                    activity=COMPONENTS[entry.kind].cancel,
                    confirmation=revision.confirmation,
                    status=cancel_status(facts, component, revision),
                )
