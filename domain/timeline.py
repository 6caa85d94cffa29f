"""The ledger's entries as sentences for people: what happened to a trip, in order."""

from collections.abc import Sequence
from datetime import datetime

from domain.components import COMPONENTS, Effect
from domain.money import Money
from domain.outcomes import BookResult, CancelResult, PayResult, Refusal, TripEnd, TripOutcome, Value
from domain.records import Answer, Entry

_BEGUN: dict[Effect, tuple[str, str]] = {
    "book": ("booking", "Booking the {noun}."),
    "charge": ("charging", "Charging for the {noun}."),
    "cancel": ("cancelling", "Cancelling the {noun}."),
}
_ENDED: dict[TripEnd, str] = {
    "confirmed": "Everything is booked and paid.",
    "failed": "The trip could not be booked; nothing of it is left booked or charged.",
    "needs_attention": "The trip needs attention: not everything could be undone.",
}


class Moment(Value):
    """One line of a timeline. `event` is stable, `text` is for people."""

    at: datetime
    event: str
    text: str


def timeline(entries: Sequence[Entry]) -> tuple[Moment, ...]:
    """A moment for each entry."""
    return tuple(_moment(entry) for entry in entries)


def _moment(entry: Entry) -> Moment:
    event, text = _told(entry)
    return Moment(at=entry.at, event=event, text=text)


def _told(entry: Entry) -> tuple[str, str]:
    if entry.event == "opened":
        return "opened", "The trip was asked for."
    if entry.event == "closed":
        end = TripOutcome.model_validate(entry.data).status
        return end, _ENDED[end]
    if entry.kind is None or entry.effect is None:
        raise ValueError(f"Entry {entry.sequence} of {entry.trip} concerns no effect of a component.")
    noun = COMPONENTS[entry.kind].noun
    if entry.event == "intent":
        event, text = _BEGUN[entry.effect]
        return event, text.format(noun=noun)
    return _answered(entry.effect, noun, entry.data or {})


def _answered(effect: Effect, noun: str, answer: Answer) -> tuple[str, str]:
    if effect == "book":
        book = BookResult.model_validate(answer)
        if book.status == "rejected":
            return "rejected", f"The {noun} was rejected{_because(book.refusal)}"
        return "booked", f"Booked the {noun} as {book.confirmation}{_for(book.amount)}."
    if effect == "charge":
        charge = PayResult.model_validate(answer)
        if charge.status == "declined":
            return "declined", f"The payment of the {noun} was declined{_because(charge.refusal)}"
        return "captured", f"Charged for the {noun}: payment {charge.payment}."
    cancel = CancelResult.model_validate(answer)
    what = f"Cancelled the {noun} {cancel.confirmation}" if cancel.confirmation else f"Made sure that no {noun} arrives"
    return "cancelled", f"{what}, {cancel.refunded} refunded." if cancel.refunded else f"{what}, nothing was charged."


def _because(refusal: Refusal | None) -> str:
    return f": {refusal.message.rstrip('.')}." if refusal else "."


def _for(amount: Money | None) -> str:
    return f" for {amount}" if amount else ""
