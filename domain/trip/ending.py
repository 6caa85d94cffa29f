"""The state of a trip as one value, which its saga returns, the ledger keeps, and replies are worded from."""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind, ForwardEffect
from domain.ids import effect_key
from domain.trip import notes
from domain.trip.facts import Item, TripFacts
from domain.trip.keeping import kept_revision, trip_failed
from domain.trip.marks import CLOSED, Mark, weightiest_decision
from domain.trip.outcomes import BookingStatus, Compensation, ComponentOutcome, ProblemNote, TripOutcome, TripStatus
from domain.trip.plan import AskTraveller, Close, Park, next_step
from domain.trip.revisions import ComponentFacts, Refund, Revision

CancelStatus = Literal["cancelled", "settled", "written_off", "failed", "running"]

_STATUS_OF_HELD: dict[Mark, BookingStatus] = {"done": "confirmed", "none": "held"}
"""The status of a held booking by the mark of its confirmation."""
_STATUS_OF_CANCEL: dict[Mark, BookingStatus] = {
    "done": "cancelled",
    "settled": "settled",
    "written_off": "written_off",
}
_FORWARD: tuple[ForwardEffect, ...] = get_args(ForwardEffect)
_WITHOUT_ERROR: tuple[TripStatus, ...] = ("cancelled", "confirmed")
"""Statuses that say all: a component that failed on the way is no news to the traveller."""


def trip_status(facts: TripFacts) -> TripStatus:
    """Return the status of the trip now."""
    if facts.outcome:
        return facts.outcome.status
    # An open trip has the status of what it waits for, so the plan decides that too.
    match next_step(facts):
        case Park():
            return "needs_attention"
        case AskTraveller():
            return "waiting"
        case Close(status):
            return status
        case _:
            return _status_under_way(facts)


def _status_under_way(facts: TripFacts) -> TripStatus:
    if facts.cancel is not None:
        return "cancelling"
    if trip_failed(facts):
        return "compensating"
    return "running"


def outcome_of(facts: TripFacts, status: TripStatus, texts: Mapping[str, str]) -> TripOutcome:
    """Return the trip as its saga returns it and the ledger keeps it; `texts` words each hold, by its key.

    Outcomes are part of stored histories, so they keep their first form: what an operator closed counts as done. People
    read `outcome_for_people` instead, which is made anew from the rows.
    """
    components = tuple(map(_closed_as_done, facts.components))
    return outcome_for_people(facts.model_copy(update={"components": components}), status, texts)


def outcome_for_people(facts: TripFacts, status: TripStatus, texts: Mapping[str, str]) -> TripOutcome:
    """Return the trip under this status, for words to people; `texts` words each hold, by its key."""
    return TripOutcome(
        status=status,
        id=facts.id,
        kind=facts.kind,
        error=error_of(facts, status),
        components=tuple(_component(facts, component, texts) for component in facts.components),
        compensations=tuple(compensations(facts)),
        kept=kept_money(facts),
        not_paid_back=not_paid_back(facts).unless_zero(),
    )


def _closed_as_done(component: ComponentFacts) -> ComponentFacts:
    """Return the component as if the suppliers themselves had done what an operator closed."""
    return component.model_copy(
        update={
            "revisions": tuple(map(_revision_closed_as_done, component.revisions)),
            "refunds": tuple(map(_refund_closed_as_done, component.refunds)),
        }
    )


def _revision_closed_as_done(revision: Revision) -> Revision:
    as_done = revision.model_copy(
        update={
            "cancel": _closed_mark_as_done(revision.cancel),
            "void": _closed_mark_as_done(revision.void),
        }
    )
    if revision.cancel not in CLOSED:
        return as_done
    # An operator's decision names no fee.
    return as_done.model_copy(update={"fee": 0})


def _refund_closed_as_done(refund: Refund) -> Refund:
    return refund.model_copy(update={"mark": _closed_mark_as_done(refund.mark)})


def _closed_mark_as_done(mark: Mark) -> Mark:
    if mark in CLOSED:
        return "done"
    return mark


def kept_money(facts: TripFacts) -> Money:
    """Return the traveller's money that stays taken: with what was written off, without what was settled elsewhere."""
    amounts = [component.captured - component.paid_back for component in facts.components]
    return Money(currency=facts.currency, minor=sum(amounts))


def fees(facts: TripFacts) -> Money:
    """Return the fees that the traveller bears for bookings that were cancelled or changed."""
    amounts = [component.fees for component in facts.components]
    return Money(currency=facts.currency, minor=sum(amounts))


def owed(facts: TripFacts) -> Money:
    """Return the money that is due to the traveller and has not come back yet."""
    amounts = [component.due(kept_revision(facts, component)) for component in facts.components]
    return Money(currency=facts.currency, minor=sum(amounts))


def not_paid_back(facts: TripFacts) -> Money:
    """Return the money that was due to the traveller and was written off."""
    amounts = [component.not_paid_back for component in facts.components]
    return Money(currency=facts.currency, minor=sum(amounts))


def compensations(facts: TripFacts) -> Iterator[Compensation]:
    """Yield every cancel that was begun, in exact reverse of the booking order."""
    for component, revision in facts.in_reverse():
        if revision.cancel != "none":
            yield compensation(facts, component, revision)


def compensation(facts: TripFacts, component: ComponentFacts, revision: Revision) -> Compensation:
    """Return the cancel of one revision with its status."""
    return Compensation(
        activity=COMPONENTS[component.kind].cancel,
        confirmation=revision.confirmation,
        status=cancel_status(facts, component, revision),
    )


def cancel_status(facts: TripFacts, component: ComponentFacts, revision: Revision) -> CancelStatus:
    """Return how far cancelling a booking and refunding its money has come.

    `failed`: it waits for an operator. `settled` and `written_off`: an operator closed a part of it.
    """
    paying = paying_revision(component, revision)
    is_paid = paying.captured > 0
    for item in facts.items_of(component.kind):
        if _blocks_cancel(item, revision, is_paid=is_paid):
            return "failed"
    if revision.undoable:
        return "running"
    next_refund = component.next_refund(kept_revision(facts, component))
    if is_paid and next_refund:
        return "running"
    marks: set[Mark] = {revision.cancel, revision.void}
    for refund in component.refunds_of(paying):
        marks.add(refund.mark)
    decision = weightiest_decision(marks)
    if decision:
        return decision
    return "cancelled"


def paying_revision(component: ComponentFacts, revision: Revision) -> Revision:
    """Return the revision whose payment pays for this one; a change that costs no more uses the first payment."""
    if revision.authorize == "none":
        return component.first
    return revision


def _blocks_cancel(item: Item, revision: Revision, *, is_paid: bool) -> bool:
    """Return whether an open item of the component keeps the cancelling of this revision from its end."""
    match item.effect:
        case "cancel" | "void":
            return item.revision == revision.number
        case "refund":
            return is_paid
        case _:
            return False


def component_status(facts: TripFacts, component: ComponentFacts) -> BookingStatus:
    """Return the status of the component's current booking."""
    revision = current_revision(facts, component)
    if revision.hold == "refused":
        return "rejected"
    if revision.cancel != "none":
        return _STATUS_OF_CANCEL.get(revision.cancel, "unknown")
    if revision.hold != "done":
        return "unknown"
    return _STATUS_OF_HELD.get(revision.confirm, "unknown")


def current_revision(facts: TripFacts, component: ComponentFacts) -> Revision:
    """Return the booking that represents a component: the one that stays, or else the last one."""
    kept = kept_revision(facts, component)
    if kept:
        return kept
    return component.revisions[-1]


def _component(facts: TripFacts, component: ComponentFacts, texts: Mapping[str, str]) -> ComponentOutcome:
    revision = current_revision(facts, component)
    return ComponentOutcome(
        status=component_status(facts, component),
        id=component.id,
        kind=component.kind,
        text=texts.get(effect_key(component.id, "hold", revision.number), ""),
        confirmation=revision.confirmation,
        amount=revision.price,
        error=failure_of(component.kind, component.first),
    )


def error_of(facts: TripFacts, status: TripStatus) -> ProblemNote | None:
    """Return a note that says what went wrong, what happened to the money and what to do next; None for no error."""
    cause = _cause(facts)
    if status == "needs_attention":
        return notes.needs_attention(cause, facts.items)
    if status in _WITHOUT_ERROR:
        return None
    if cause is None:
        return None
    match status:
        case "waiting":
            return notes.choice_wanted(cause, facts.id)
        case "partly_confirmed":
            return notes.partly(cause, not_paid_back(facts))
        case "running":
            return notes.going_on(cause)
        case "failed":
            return notes.of_trip(
                cause,
                cancels=list(compensations(facts)),
                kept=kept_money(facts),
                not_paid_back=not_paid_back(facts),
            )
        case _:
            return notes.being_undone(cause, kept_money(facts))


def _cause(facts: TripFacts) -> ProblemNote | None:
    """Return the first failure that kept the trip from being confirmed as requested; None if there was none."""
    for component in facts.components:
        failure = failure_of(component.kind, component.first)
        if failure:
            return failure
    if facts.expired_because:
        return notes.expired(facts.expired_because)
    return None


def failure_of(kind: ComponentKind, revision: Revision) -> ProblemNote | None:
    """Return a note of what kept a booking from being confirmed and paid; None if nothing did."""
    if not revision.failed:
        return None
    component = COMPONENTS[kind]
    refused = revision.first_marked(_FORWARD, ("refused",))
    if refused:
        return notes.refused(component, refused, revision.refusal)
    # It was given up, or an operator closed it.
    return notes.unknown(component)
