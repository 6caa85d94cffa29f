"""The sentences of a trip's error: what happened, what happened to the money, and what to do next."""

from collections.abc import Sequence
from typing import Literal

from domain.amount import Money
from domain.components import IN_BOOKING_ORDER, Component, Effect
from domain.trip.facts import Item
from domain.trip.outcomes import Compensation, ProblemNote, Refusal

OUTCOME_UNKNOWN = "outcome_unknown"
NEEDS_ATTENTION = "needs_attention"
_REFUSED: dict[Effect, str] = {
    "hold": "The {noun} could not be booked",
    "authorize": "The payment of the {noun} was declined",
    "confirm": "The booking of the {noun} could not be confirmed",
    "capture": "The payment of the {noun} could not be taken",
}
_EXPIRED = {
    "hold_expired": "The time that the suppliers keep their offers ran out before everything stood.",
    "no_answer": "You did not say in time whether to keep what could be booked.",
    "price_changed": "A supplier held it at another price than you agreed to.",
    "recovered": "The booking had stopped in the middle, before anything was confirmed.",
}
_OPEN: dict[Effect | Literal["recovery"], str] = {
    "confirm": "confirming the {noun}",
    "capture": "taking the payment of the {noun}",
    "cancel": "cancelling the {noun}",
    "void": "letting go of the authorized payment of the {noun}",
    "refund": "refunding the {noun}",
    "recovery": "bringing the trip to its end",
}
_UNDONE = {
    "cancelled": "Undone",
    "settled": "Settled by our staff by other means",
    "written_off": "Written off by our staff, so not undone in full",
}
_NOUN_OF_CANCEL = {component.cancel: component.noun for component in IN_BOOKING_ORDER}
"""Nouns by the activity that cancels the component."""
NOTHING_CHARGED = "Nothing of this trip stays charged"
_NOT_CHARGED = "nothing was charged for the change"


def refused(component: Component, effect: Effect, refusal: Refusal | None) -> ProblemNote:
    """Return the note of a refusal by a supplier."""
    sentence = _REFUSED[effect].format(noun=component.noun)
    if refusal is None:
        return ProblemNote(code="refused", message=f"{sentence}; no reason was given.")
    reason = refusal.message.strip().rstrip(".")
    # A simulated refusal names its setting, so that nobody looks for a real cause.
    if refusal.dial and refusal.dial not in reason:
        reason += f" (simulated by the dial {refusal.dial})"
    return ProblemNote(code=refusal.code, message=f"{sentence}: {reason}.")


def unknown(component: Component) -> ProblemNote:
    """Return the note of a booking that got no answer in all attempts, so that it may exist."""
    message = f"The booking of the {component.noun} got no answer in several attempts, so it had to be given up."
    return ProblemNote(code=OUTCOME_UNKNOWN, message=message)


def expired(reason: str) -> ProblemNote:
    """Return the note of a trip that came too late for its pivot."""
    return ProblemNote(code=reason, message=_EXPIRED[reason])


def not_begun() -> ProblemNote:
    """Return the note of a trip that was never opened, since its quote could not be used."""
    return ProblemNote(
        code="quote_not_usable",
        message=f"The quote could not be used, so nothing was booked. {NOTHING_CHARGED}. Ask for the price again.",
    )


def of_trip(cause: ProblemNote, cancels: Sequence[Compensation], kept: Money, not_paid_back: Money) -> ProblemNote:
    """Return the note of a failed trip: its cause, what happened to each part, what stays charged, what to do next."""
    sentences = [cause.message]
    for status, words in _UNDONE.items():
        names = [_name(cancel) for cancel in cancels if cancel.status == status]
        if names:
            sentences.append(f"{words}: {_listed(names)}.")
    sentences.append(_charged(kept, not_paid_back))
    sentences.append("You can ask for another date, place or trip.")
    return ProblemNote(code=cause.code, message=" ".join(sentences))


def being_undone(cause: ProblemNote, kept: Money) -> ProblemNote:
    """Return the note of a trip that is being undone."""
    money = "nothing of it is charged"
    if kept.minor:
        money = "what was charged is being given back"
    return ProblemNote(code=cause.code, message=f"{cause.message} The trip is being undone; {money}.")


def going_on(cause: ProblemNote) -> ProblemNote:
    """Return the note of a trip that goes on although a part of it failed."""
    return ProblemNote(code=cause.code, message=f"{cause.message} The rest of the trip goes on.")


def partly(cause: ProblemNote, not_paid_back: Money) -> ProblemNote:
    """Return the note of a trip of which a part is booked and paid, as its traveller chose."""
    message = f"{cause.message} What could be booked is confirmed and paid."
    if not_paid_back.minor:
        message += f" {_written_off(not_paid_back)}"
    return ProblemNote(code=cause.code, message=message)


def not_changed(cause: ProblemNote, charged: Money) -> ProblemNote:
    """Return the note of a booked trip whose last change was not made; `charged` was taken for it and stays taken."""
    money = _NOT_CHARGED
    if charged.minor:
        money = f"{charged} that was charged for the change was not paid back"
    message = (
        f"The last change was not made. {cause.message} The booking stays as it was, and {money}. You can ask"
        " for another one."
    )
    return ProblemNote(code="not_changed", message=message)


def choice_wanted(cause: ProblemNote, trip: str) -> ProblemNote:
    """Return the note of a trip that waits for its traveller's choice."""
    message = (
        f"{cause.message} The rest is held and nothing is charged yet. Send your choice, keep or undo, to"
        f" /api/trips/{trip}/answer; without an answer in time the rest is undone."
    )
    return ProblemNote(code="choice_wanted", message=message)


def needs_attention(cause: ProblemNote | None, items: Sequence[Item]) -> ProblemNote:
    """Return the note of a trip that cannot be finished without an operator."""
    open_items = _listed(list(map(_open, items)))
    message = (
        f"This could not be finished in several attempts and needs attention: {open_items}."
        " Our staff settle it; you need not book or pay again."
    )
    if cause:
        message = f"{cause.message} {message}"
    return ProblemNote(code=NEEDS_ATTENTION, message=message)


def _charged(kept: Money, not_paid_back: Money) -> str:
    if not kept.minor:
        return f"{NOTHING_CHARGED}."
    sentences = f"{kept} of this trip stays charged."
    if not_paid_back.minor:
        sentences += f" {_written_off(not_paid_back)}"
    return sentences


def _written_off(amount: Money) -> str:
    return f"{amount} of it was not paid back: our staff wrote that off."


def _open(item: Item) -> str:
    words = _OPEN[item.effect].format(noun=item.noun)
    return f"{words} ({item.amount})"


def _name(compensation: Compensation) -> str:
    noun = _NOUN_OF_CANCEL[compensation.activity]
    confirmation = compensation.confirmation or "without a confirmation"
    return f"{noun} {confirmation}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1))
