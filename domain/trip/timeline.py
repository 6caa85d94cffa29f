"""The ledger's rows as sentences for people, in order of time."""

from collections.abc import Sequence
from datetime import datetime

from domain.amount import Money
from domain.components import COMPONENTS, Effect
from domain.trip.command_bodies import AnswerBody, CommandKind
from domain.trip.effect_outcomes import Authorized, Cancelled, Captured, Confirmed, Held, Refunded, Refused, Voided
from domain.trip.entry_data import CancelArguments, Event, GivenUp, RefundArguments, Resolved
from domain.trip.marks import CLOSED
from domain.trip.outcomes import TripOutcome
from domain.trip.records import Command, Entry
from domain.value import Value

_BEGUN: dict[Effect, tuple[str, str]] = {
    "hold": ("booking", "Booking the {noun}."),
    "authorize": ("authorizing", "Reserving the payment of the {noun}."),
    "confirm": ("confirming", "Confirming the {noun}."),
    "capture": ("capturing", "Charging for the {noun}."),
    "cancel": ("cancelling", "Cancelling the {noun}."),
    "void": ("voiding", "Letting the reserved payment of the {noun} go."),
    "refund": ("refunding", "Refunding the {noun}."),
}
_DONE: dict[str, tuple[str, str]] = {
    "held": ("held", "The {noun} is held as {data.confirmation} for {data.amount}."),
    "authorized": ("authorized", "{data.amount} is reserved for the {noun}: payment {data.payment}."),
    "confirmed": ("confirmed", "The {noun} is confirmed."),
    "captured": ("captured", "{data.amount} is charged for the {noun}."),
    "voided": ("voided", "The reserved payment of the {noun} is let go; nothing was charged."),
    "refunded": ("refunded", "{data.amount} of the {noun} is refunded."),
    "cancelled": ("cancelled", "Cancelled the {noun} {data.confirmation}{fee}"),
}
_NOTHING_ARRIVES = ("cancelled", "Made sure that no {noun} arrives{fee}")
_REFUSED: dict[Effect, tuple[str, str]] = {
    "hold": ("rejected", "The {noun} was rejected: {reason}."),
    "authorize": ("declined", "The payment of the {noun} was declined: {reason}."),
    "confirm": ("not_confirmed", "The {noun} could not be confirmed: {reason}."),
    "capture": ("not_captured", "The payment of the {noun} was refused: {reason}."),
}
_REFUSED_UNDOING = ("refused", "{effect} of the {noun} was refused: {reason}.")
_OF_EFFECT: dict[Event, tuple[str, str]] = {
    "given_up": ("given_up", "{effect} of the {noun} got no answer in all attempts."),
    "resolved": ("resolved", "{effect} of the {noun} {decision}."),
    "lost": ("lost", "The booking of the {noun} stopped before its end."),
}
_DECIDED = {
    "retry": "is tried again, as staff decided",
    "settled": "was settled elsewhere by staff",
    "written_off": "was written off by staff",
}
_OF_TRIP: dict[Event, str] = {
    "opened": "The trip was asked for.",
    "pivot": "What stands is confirmed and paid from here on.",
    "expired": "It came too late to be confirmed.",
    "taken_over": "The work on the trip had stopped; it is taken up again.",
    "stranded": "The work on the trip stopped again and again; staff must look at it.",
    "resolved": "Staff let the trip be taken up again.",
    "changed": "The change is through.",
    "not_changed": "The change was not made; the booking stays as it was.",
}
_COMMANDS: dict[CommandKind, str] = {
    "cancel": "Cancelling was asked for.",
    "change": "A change was asked for.",
    "answer": "The traveller made a choice.",
    "decision": "Staff decided on an open item.",
    "late_outcome": "An answer came that was not counted on any more.",
}
_CHOSEN = {
    "keep": "The traveller chose to keep what could be booked.",
    "undo": "The traveller chose to undo what could be booked.",
}
_WAITING = ("waiting", "A part could not be booked; the rest is held and waits for the traveller's choice.")
_ENDED_AS = {
    "confirmed": "Everything is booked and paid.",
    "partly_confirmed": "What could be booked is confirmed and paid.",
    "cancelled": "The trip is cancelled.",
    "failed": "The trip could not be booked; nothing of it is left booked or charged.",
}
_ENDED_BUT_CLOSED = {"failed": "The trip could not be booked."}
"""The text instead, where staff closed something: a part may be left booked or charged."""
_SUBJECTS: dict[Effect, str] = {"cancel": "booking", "void": "payment"}
"""The thing that an operator closes with a decision on one of these effects."""
_ENDS: tuple[Event, ...] = ("outcome", "resolved")


class Moment(Value):
    """One line of a timeline. `event` is stable, `text` is for people.

    It names nobody, because travellers read it. The ledger's rows name who decided, for operators.
    """

    at: datetime
    event: str
    text: str


def timeline(
    entries: Sequence[Entry], commands: Sequence[Command] = (), asked: datetime | None = None
) -> tuple[Moment, ...]:
    """Return a moment for each row, in order of time; a command comes before the entries that it caused.

    `asked` is when the traveller was asked to choose. It gets another moment, after the row of that time.
    """
    closed = _Closed()
    rows = [_moment(entry, closed) for entry in entries]
    requests = map(_moment_of_command, commands)
    moments = [*requests, *rows]
    if asked:
        event, text = _WAITING
        moments.append(Moment(at=asked, event=event, text=text))
    # Sorting is stable, so of two moments of one time the command stays first, and the question comes last.
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _moment_of_command(command: Command) -> Moment:
    text = _COMMANDS[command.kind]
    if isinstance(command.body, AnswerBody):
        text = _CHOSEN[command.body.choice]
    return Moment(at=command.at, event=f"{command.kind}_asked", text=text)


class _Closed:
    """Effects that operators have closed so far and their suppliers have not done, read entry by entry.

    All dictionaries are by idempotency key.
    """

    def __init__(self) -> None:
        self._currency = "USD"
        self._amounts: dict[str | None, Money] = {}
        self._refunds: dict[str | None, Money] = {}
        self._closed: dict[str | None, str] = {}
        self._agreed: dict[str | None, int] = {}

    def read(self, entry: Entry) -> None:
        """Take in one more entry."""
        if entry.event in _ENDS:
            # The last end of an effect counts: the supplier may have done it after the decision.
            self._closed.pop(entry.key, None)
            self._refunds.pop(entry.key, None)
        match entry:
            case Entry(data=Held(amount=amount)):
                self._currency = amount.currency
            case Entry(data=CancelArguments(fee_agreed=fee) | GivenUp(fee_agreed=fee)):
                self._agreed[entry.key] = fee
            case Entry(data=RefundArguments(amount=minor)):
                self._amounts[entry.key] = Money(currency=self._currency, minor=minor)
            case Entry(effect="refund", data=Resolved(decision="written_off")):
                self._refunds[entry.key] = self._amounts[entry.key]
            case Entry(kind=str() as kind, effect="cancel" | "void" as effect, data=Resolved() as resolved):
                if resolved.decision in CLOSED:
                    self._closed[entry.key] = f"the {_SUBJECTS[effect]} of the {COMPONENTS[kind].noun}"
            case _:
                pass

    def end_of_cancel(self, key: str | None, fee: Money | None) -> str:
        """Return the end of a sentence: what a supplier kept, and the traveller's part if that is less."""
        if fee is None:
            return "."
        agreed = self._agreed.get(key, fee.minor)
        end = f", the supplier keeps {fee}"
        if agreed < fee.minor:
            share = Money(currency=fee.currency, minor=agreed)
            end += f"; the traveller bears {share} of it"
        return f"{end}."

    def sentences(self) -> str:
        """Return the sentences to add to the end of a trip; empty if no operator closed anything."""
        sentences = ""
        if self._closed:
            sentences += f" Staff closed {' and '.join(self._closed.values())}."
        if self._refunds:
            amounts = map(str, self._refunds.values())
            sentences += f" Not paid back: {' and '.join(amounts)}, written off by staff."
        return sentences


def _moment(entry: Entry, closed: _Closed) -> Moment:
    # First, since the last row of a trip reports what earlier rows have closed.
    closed.read(entry)
    event, text = _event_and_text(entry, closed)
    return Moment(at=entry.at, event=event, text=text)


def _event_and_text(entry: Entry, closed: _Closed) -> tuple[str, str]:
    if isinstance(entry.data, TripOutcome):
        return entry.data.status, _end(entry.data.status, closed.sentences())
    if entry.kind is None:
        return entry.event, _OF_TRIP.get(entry.event, entry.event)
    event, text = _template(entry)
    noun = COMPONENTS[entry.kind].noun
    # The row of a lost saga has no effect.
    effect = entry.effect or "booking"
    words = _words_of_data(entry, closed)
    return event, text.format(noun=noun, effect=effect.capitalize(), data=entry.data, **words)


def _template(entry: Entry) -> tuple[str, str]:
    """Return the event and the sentence, with names in place of the words, for a row of an effect."""
    effect = entry.effect or "hold"
    match entry.data:
        case Refused():
            return _REFUSED.get(effect, _REFUSED_UNDOING)
        case Cancelled(confirmation=None):
            return _NOTHING_ARRIVES
        case Held() | Authorized() | Confirmed() | Captured() | Cancelled() | Voided() | Refunded() as outcome:
            return _DONE[outcome.status]
        case _:
            return _OF_EFFECT.get(entry.event, _BEGUN[effect])


def _words_of_data(entry: Entry, closed: _Closed) -> dict[str, str]:
    """Return the words that the sentence about the row does not take from the data as they are."""
    match entry.data:
        case Cancelled(fee=fee):
            return {"fee": closed.end_of_cancel(entry.key, fee)}
        case Refused(refusal=refusal):
            return {"reason": refusal.message.rstrip(".")}
        case Resolved(decision=decision):
            return {"decision": _DECIDED[decision]}
        case _:
            return {}


def _end(status: str, closed: str) -> str:
    text = _ENDED_AS.get(status, "The trip has ended.")
    if closed:
        text = _ENDED_BUT_CLOSED.get(status, text)
    return text + closed
