"""The state of a trip as one value, which its saga returns, the ledger keeps, and replies are worded from."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind
from domain.ids import effect_key
from domain.trip import notes
from domain.trip.facts import CLOSED, ComponentFacts, Item, Mark, Revision, TripFacts
from domain.trip.outcomes import BookingStatus, Compensation, ComponentOutcome, ProblemNote, TripOutcome, TripStatus
from domain.trip.plan import AskTraveller, Close, Park, all_goes, kept_revision, next_step

CancelStatus = Literal["cancelled", "settled", "written_off", "failed", "running"]


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
        case _ if facts.cancel is not None:
            return "cancelling"
        case _:
            return "compensating" if all_goes(facts) else "running"


def outcome_of(facts: TripFacts, status: TripStatus, texts: Mapping[str, str]) -> TripOutcome:
    """Return the trip as its saga returns it and the ledger keeps it; `texts` words each hold, by its key.

    Outcomes are part of stored histories, so they keep their first form: what an operator closed counts as done. People
    read `outcome_for_people` instead, which is made anew from the rows.
    """
    components = tuple(_closed_as_done(component) for component in facts.components)
    return outcome_for_people(facts.model_copy(update={"components": components}), status, texts)


def outcome_for_people(facts: TripFacts, status: TripStatus, texts: Mapping[str, str]) -> TripOutcome:
    """Return the trip under this status, for words to people; `texts` words each hold, by its key."""
    loss = not_paid_back(facts)
    return TripOutcome(
        status=status,
        id=facts.id,
        kind=facts.kind,
        error=error_of(facts, status),
        components=tuple(_component(facts, component, texts) for component in facts.components),
        compensations=tuple(compensations(facts)),
        kept=kept_money(facts),
        not_paid_back=loss if loss.minor else None,
    )


def _closed_as_done(component: ComponentFacts) -> ComponentFacts:
    """Return the component as if the suppliers themselves had done what an operator closed."""
    revisions = tuple(map(_revision_closed_as_done, component.revisions))
    refunds = tuple(
        refund.model_copy(update={"mark": _closed_mark_as_done(refund.mark)}) for refund in component.refunds
    )
    return component.model_copy(update={"revisions": revisions, "refunds": refunds})


def _revision_closed_as_done(revision: Revision) -> Revision:
    changes: dict[str, Any] = {
        "cancel": _closed_mark_as_done(revision.cancel),
        "void": _closed_mark_as_done(revision.void),
    }
    if revision.cancel in CLOSED:
        changes["fee"] = 0
    return revision.model_copy(update=changes)


def _closed_mark_as_done(mark: Mark) -> Mark:
    return "done" if mark in CLOSED else mark


def kept_money(facts: TripFacts) -> Money:
    """Return the traveller's money that stays taken: with what was written off, without what was settled elsewhere."""
    return Money(currency=facts.currency, minor=sum(part.captured - part.paid_back for part in facts.components))


def not_paid_back(facts: TripFacts) -> Money:
    """Return the money that was due to the traveller and was written off."""
    return Money(currency=facts.currency, minor=sum(part.not_paid_back for part in facts.components))


def compensations(facts: TripFacts) -> Iterator[Compensation]:
    """Yield every cancel that was begun, in exact reverse of the booking order."""
    for component in reversed(facts.components):
        for revision in reversed(component.revisions):
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
    if any(_blocks_cancel(item, component, revision, is_paid=is_paid) for item in facts.items):
        return "failed"
    is_owed = is_paid and component.next_refund(kept_revision(facts, component)) is not None
    if revision.undoable or is_owed:
        return "running"
    marks = {refund.mark for refund in component.refunds if refund.revision == paying.number}
    marks |= {revision.cancel, revision.void}
    # A loss weighs more than a settlement: it is what the traveller has to know.
    if "written_off" in marks:
        return "written_off"
    return "settled" if "settled" in marks else "cancelled"


def paying_revision(component: ComponentFacts, revision: Revision) -> Revision:
    """Return the revision whose payment pays for this one; a change that costs no more uses the first payment."""
    return component.first if revision.authorize == "none" else revision


def _blocks_cancel(item: Item, component: ComponentFacts, revision: Revision, *, is_paid: bool) -> bool:
    """Return whether an open item keeps the cancelling of this revision from its end."""
    if item.kind != component.kind:
        return False
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
    match revision.cancel:
        case "none":
            return _status_of_kept(revision)
        case "done":
            return "cancelled"
        case "settled" | "written_off":
            return revision.cancel
        case _:
            return "unknown"


def _status_of_kept(revision: Revision) -> BookingStatus:
    if revision.hold != "done":
        return "unknown"
    statuses: dict[Mark, BookingStatus] = {"done": "confirmed", "none": "held"}
    return statuses.get(revision.confirm, "unknown")


def current_revision(facts: TripFacts, component: ComponentFacts) -> Revision:
    """Return the booking that represents a component: the one that stays, or else the last one."""
    return kept_revision(facts, component) or component.revisions[-1]


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
    if cause is None:
        return None
    match status:
        case "cancelled" | "confirmed":
            return None
        case "waiting":
            return notes.choice_wanted(cause, facts.id)
        case "partly_confirmed":
            return notes.partly(cause, not_paid_back(facts))
        case "running":
            return notes.going_on(cause)
        case "compensating" | "cancelling":
            return notes.being_undone(cause, kept_money(facts))
        case "failed":
            return notes.of_trip(cause, list(compensations(facts)), kept_money(facts), not_paid_back(facts))


def _cause(facts: TripFacts) -> ProblemNote | None:
    """Return the first failure that kept the trip from being confirmed as requested; None if there was none."""
    failures = (failure_of(component.kind, component.first) for component in facts.components)
    failure = next(filter(None, failures), None)
    if failure is None and facts.expired_because:
        return notes.expired(facts.expired_because)
    return failure


def failure_of(kind: ComponentKind, revision: Revision) -> ProblemNote | None:
    """Return a note of what kept a booking from being confirmed and paid; None if nothing did."""
    component = COMPONENTS[kind]
    if not revision.failed:
        return None
    for effect in ("hold", "authorize", "confirm", "capture"):
        if revision.mark(effect) == "refused":
            return notes.refused(component, effect, revision.refusal)
    return notes.unknown(component)
