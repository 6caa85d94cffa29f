"""The sentences of a trip's error: what happened, what happened to the money, what to do next."""

from collections.abc import Sequence

from domain.components import IN_BOOKING_ORDER, Component
from domain.outcomes import Compensation, ProblemNote, Refusal

OUTCOME_UNKNOWN = "outcome_unknown"
TRIP_ENDED = "trip_ended"
CANCEL_FAILED = "cancel_failed"


def rejected(component: Component, refusal: Refusal | None) -> ProblemNote:
    """The supplier refused the booking."""
    return _refused(f"The {component.noun} could not be booked", refusal)


def declined(component: Component, refusal: Refusal | None) -> ProblemNote:
    """The payment was declined."""
    return _refused(f"The {component.noun} could not be paid", refusal)


def unknown(component: Component, effect: str) -> ProblemNote:
    """No attempt at `effect` brought an answer, so it may have happened."""
    message = f"The {effect} of the {component.noun} got no answer in several attempts, so it had to be given up."
    return ProblemNote(code=OUTCOME_UNKNOWN, message=message)


def lost(component: Component) -> ProblemNote:
    """The component's saga broke off without a result, so any of its effects may have happened."""
    message = f"The booking of the {component.noun} broke off without a result, so it had to be given up."
    return ProblemNote(code=OUTCOME_UNKNOWN, message=message)


def ended(component: Component) -> ProblemNote:
    """The trip had ended before this component was attempted."""
    message = f"The trip has ended without a {component.noun}; nothing was booked or charged now."
    return ProblemNote(code=TRIP_ENDED, message=message)


def of_trip(cause: ProblemNote, compensations: Sequence[Compensation]) -> ProblemNote:
    """The whole note: the cause, what was undone of all that the trip had done, and what to do next."""
    cancelled = [_name(each) for each in compensations if each.status == "cancelled"]
    failed = [_name(each) for each in compensations if each.status != "cancelled"]
    sentences = [cause.message]
    if cancelled:
        sentences.append(f"Cancelled, and refunded where it had been charged: {_listed(cancelled)}.")
    if failed:
        sentences.append(f"Could not be cancelled in several attempts: {_listed(failed)}.")
        sentences.append("That may still be booked or charged, and needs attention:")
        sentences.append("have it cancelled and refunded before you book again.")
    else:
        sentences.append("Nothing of this trip stays charged. You can ask for another date, place or trip.")
    return ProblemNote(code=CANCEL_FAILED if failed else cause.code, message=" ".join(sentences))


def _refused(what: str, refusal: Refusal | None) -> ProblemNote:
    if refusal is None:
        return ProblemNote(code="refused", message=f"{what}; no reason was given.")
    reason = refusal.message.strip().rstrip(".")
    dial = f" (simulated by the dial {refusal.dial})" if refusal.dial and refusal.dial not in reason else ""
    return ProblemNote(code=refusal.code, message=f"{what}: {reason}{dial}.")


def _name(compensation: Compensation) -> str:
    component = next(c for c in IN_BOOKING_ORDER if c.cancel == compensation.activity)
    return f"{component.noun} {compensation.confirmation or '(no confirmation had come)'}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1))
