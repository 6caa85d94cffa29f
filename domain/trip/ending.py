"""How a trip stands, as one value: what its saga returns, the ledger keeps and the words of a reply are made from."""

from collections.abc import Iterator, Mapping
from typing import Literal

from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind
from domain.ids import effect_key
from domain.trip import notes
from domain.trip.facts import CLOSED, ComponentFacts, Revision, TripFacts
from domain.trip.outcomes import BookingStatus, Compensation, ComponentOutcome, ProblemNote, TripOutcome, TripStatus
from domain.trip.plan import AskTraveller, Close, Park, all_goes, kept_revision, next_step

CancelStatus = Literal["cancelled", "settled", "written_off", "failed", "running"]


def trip_status(facts: TripFacts) -> TripStatus:
    """Where the trip stands now."""
    if facts.outcome:
        return facts.outcome.status
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
    """The trip as its saga returns it and the ledger keeps it; `texts` words each hold, by its key.

    Outcomes are part of stored histories and keep the form that they always had: what a person closed counts as done.
    People are told `outcome_told`, which is made anew from the rows.
    """
    components = tuple(_closed_as_done(component) for component in facts.components)
    return outcome_told(facts.model_copy(update={"components": components}), status, texts)


def outcome_told(facts: TripFacts, status: TripStatus, texts: Mapping[str, str]) -> TripOutcome:
    """The trip as it stands under this status, for words to people."""
    lost = not_paid_back(facts)
    return TripOutcome(
        status=status,
        id=facts.id,
        kind=facts.kind,
        error=error_of(facts, status),
        components=tuple(_component(facts, component, texts) for component in facts.components),
        compensations=tuple(compensations(facts)),
        kept=kept_money(facts),
        not_paid_back=lost if lost.minor else None,
    )


def _closed_as_done(component: ComponentFacts) -> ComponentFacts:
    revisions = tuple(
        revision.model_copy(
            update={
                "cancel": "done" if revision.cancel in CLOSED else revision.cancel,
                "void": "done" if revision.void in CLOSED else revision.void,
                "fee": 0 if revision.cancel in CLOSED else revision.fee,
            }
        )
        for revision in component.revisions
    )
    refunds = tuple(r.model_copy(update={"mark": "done"}) if r.mark in CLOSED else r for r in component.refunds)
    return component.model_copy(update={"revisions": revisions, "refunds": refunds})


def kept_money(facts: TripFacts) -> Money:
    """What of the traveller's money stays taken; what was written off is, what was settled elsewhere is not."""
    return Money(currency=facts.currency, minor=sum(c.captured - c.paid_back for c in facts.components))


def not_paid_back(facts: TripFacts) -> Money:
    """What was due to the traveller and was written off."""
    return Money(currency=facts.currency, minor=sum(c.not_paid_back for c in facts.components))


def compensations(facts: TripFacts) -> Iterator[Compensation]:
    """Every cancel that was begun, in exact reverse of the booking order."""
    for component in reversed(facts.components):
        for revision in reversed(component.revisions):
            if revision.cancel != "none":
                yield Compensation(
                    activity=COMPONENTS[component.kind].cancel,
                    confirmation=revision.confirmation,
                    status=cancel_status(facts, component, revision),
                )


def cancel_status(facts: TripFacts, component: ComponentFacts, revision: Revision) -> CancelStatus:
    """Whether the booking is cancelled and its money given back; failed where that waits for a person, `settled` or
    `written_off` where a person closed a part of it."""
    paying = revision if revision.authorize != "none" else component.revisions[0]
    paid = paying.captured > 0
    for item in facts.items:
        own = item.revision == revision.number if item.effect in ("cancel", "void") else paid
        if item.kind == component.kind and item.effect in ("cancel", "void", "refund") and own:
            return "failed"
    owed = paid and component.next_refund(kept_revision(facts, component)) is not None
    if revision.undoable or owed:
        return "running"
    marks = {revision.cancel, revision.void, *(r.mark for r in component.refunds if r.revision == paying.number)}
    return "written_off" if "written_off" in marks else "settled" if "settled" in marks else "cancelled"


def component_status(facts: TripFacts, component: ComponentFacts) -> BookingStatus:
    """What became of the booking that counts: the one that stays, or else the last one."""
    revision = kept_revision(facts, component) or component.revisions[-1]
    if revision.hold == "refused":
        return "rejected"
    if revision.cancel == "done":
        return "cancelled"
    if revision.cancel == "settled" or revision.cancel == "written_off":
        return revision.cancel
    if revision.cancel != "none" or revision.hold != "done":
        return "unknown"
    return "confirmed" if revision.confirm == "done" else "unknown" if revision.confirm != "none" else "held"


def _component(facts: TripFacts, component: ComponentFacts, texts: Mapping[str, str]) -> ComponentOutcome:
    revision = kept_revision(facts, component) or component.revisions[-1]
    failure = failure_of(component.kind, component.revisions[0])
    return ComponentOutcome(
        status=component_status(facts, component),
        id=component.id,
        kind=component.kind,
        text=texts.get(effect_key(component.id, "hold", revision.number), ""),
        confirmation=revision.confirmation,
        amount=revision.price,
        error=failure,
    )


def error_of(facts: TripFacts, status: TripStatus) -> ProblemNote | None:
    """What went wrong, what happened to the money, what to do next; None where nothing went wrong."""
    cause = _cause(facts)
    if status == "needs_attention":
        return notes.needs_attention(cause, facts.items)
    if status in ("cancelled", "confirmed") or cause is None:
        return None
    if status == "waiting":
        return notes.choice_wanted(cause, facts.id)
    if status == "partly_confirmed":
        return notes.partly(cause, not_paid_back(facts))
    if status == "running":
        return notes.going_on(cause)
    if status in ("compensating", "cancelling"):
        return notes.being_undone(cause, kept_money(facts))
    return notes.of_trip(cause, list(compensations(facts)), kept_money(facts), not_paid_back(facts))


def _cause(facts: TripFacts) -> ProblemNote | None:
    """The first thing that kept the trip from being confirmed as it was asked for."""
    failures = (failure_of(component.kind, component.revisions[0]) for component in facts.components)
    found = next((failure for failure in failures if failure), None)
    if found is None and facts.expired_because:
        return notes.expired(facts.expired_because)
    return found


def failure_of(kind: ComponentKind, revision: Revision) -> ProblemNote | None:
    """What kept a booking from being confirmed and paid; None where nothing did."""
    names = COMPONENTS[kind]
    if not revision.failed:
        return None
    for effect in ("hold", "authorize", "confirm", "capture"):
        if revision.mark(effect) == "refused":
            return notes.refused(names, effect, revision.refusal)
    return notes.unknown(names)
