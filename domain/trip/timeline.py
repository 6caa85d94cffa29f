"""The ledger's rows as sentences for people, in order of time."""

from collections.abc import Sequence
from datetime import datetime

from domain.amount import Money
from domain.components import COMPONENTS, Effect
from domain.trip.facts import CLOSED
from domain.trip.records import Command, CommandKind, Data, Entry, Event
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
    "held": ("held", "The {noun} is held as {confirmation} for {amount}."),
    "authorized": ("authorized", "{amount} is reserved for the {noun}: payment {payment}."),
    "confirmed": ("confirmed", "The {noun} is confirmed."),
    "captured": ("captured", "{amount} is charged for the {noun}."),
    "voided": ("voided", "The reserved payment of the {noun} is let go; nothing was charged."),
    "refunded": ("refunded", "{amount} of the {noun} is refunded."),
}
_REFUSED: dict[Effect, tuple[str, str]] = {
    "hold": ("rejected", "The {noun} was rejected"),
    "authorize": ("declined", "The payment of the {noun} was declined"),
    "confirm": ("not_confirmed", "The {noun} could not be confirmed"),
    "capture": ("not_captured", "The payment of the {noun} was refused"),
}
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
    "answer": "The traveller chose.",
    "decision": "Staff decided on an open item.",
    "late_outcome": "An answer came that was not counted on any more.",
}
_ENDED_AS = {
    "confirmed": "Everything is booked and paid.",
    "partly_confirmed": "What could be booked is confirmed and paid.",
    "cancelled": "The trip is cancelled.",
    "failed": "The trip could not be booked; nothing of it is left booked or charged.",
}
_ENDS: tuple[Event, ...] = ("outcome", "resolved")


class Moment(Value):
    """One line of a timeline. `event` is stable, `text` is for people."""

    at: datetime
    event: str
    text: str


def timeline(entries: Sequence[Entry], commands: Sequence[Command] = ()) -> tuple[Moment, ...]:
    """Return a moment for each row, in order of time; a command comes before the entries that it caused."""
    closed = _Closed()
    rows = [_moment(entry, closed) for entry in entries]
    requests = [
        Moment(at=command.at, event=f"{command.kind}_asked", text=_COMMANDS[command.kind]) for command in commands
    ]
    # Sorting is stable, so of two moments of one time the command stays first.
    return tuple(sorted([*requests, *rows], key=lambda moment: moment.at))


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
        data = entry.data or {}
        match entry.effect:
            case "hold" if data.get("amount"):
                self._currency = data["amount"]["currency"]
            case "cancel" | "void":
                self._read_intent(entry, data)
                self._read_end_of_cancel(entry, data)
            case "refund":
                self._read_intent(entry, data)
                self._read_end_of_refund(entry, data)
            case _:
                pass

    def _read_intent(self, entry: Entry, data: Data) -> None:
        if "fee_agreed" in data:
            self._agreed[entry.key] = data["fee_agreed"]
        if entry.event == "intent" and entry.effect == "refund":
            self._amounts[entry.key] = Money(currency=self._currency, minor=data["amount"])

    def _read_end_of_cancel(self, entry: Entry, data: Data) -> None:
        if entry.event not in _ENDS:
            return
        # The last end of an effect counts: the supplier may have done it after the decision.
        self._closed.pop(entry.key, None)
        if data.get("decision") in CLOSED and entry.kind:
            subject = "booking" if entry.effect == "cancel" else "payment"
            self._closed[entry.key] = f"the {subject} of the {COMPONENTS[entry.kind].noun}"

    def _read_end_of_refund(self, entry: Entry, data: Data) -> None:
        if entry.event not in _ENDS:
            return
        self._refunds.pop(entry.key, None)
        if data.get("decision") == "written_off" and entry.key in self._amounts:
            self._refunds[entry.key] = self._amounts[entry.key]

    def fee(self, entry: Entry) -> str:
        """Return the end of a sentence: what a supplier kept, and the traveller's part if that is less."""
        amount = (entry.data or {}).get("fee")
        if not amount:
            return "."
        fee, agreed = Money.model_validate(amount), self._agreed.get(entry.key)
        if agreed is None or agreed >= fee.minor:
            return f", the supplier keeps {fee}."
        return f", the supplier keeps {fee}; the traveller bears {Money(currency=fee.currency, minor=agreed)} of it."

    def sentences(self) -> str:
        """Return the sentences to add to the end of a trip; empty if no operator closed anything."""
        sentences: list[str] = []
        if self._closed:
            sentences.append(f" Staff closed {' and '.join(self._closed.values())}.")
        if self._refunds:
            amounts = " and ".join(str(amount) for amount in self._refunds.values())
            sentences.append(f" Not paid back: {amounts}, written off by staff.")
        return "".join(sentences)


def _moment(entry: Entry, closed: _Closed) -> Moment:
    # First, since the last row of a trip reports what earlier rows have closed.
    closed.read(entry)
    event, text = _event_and_text(entry, closed)
    return Moment(at=entry.at, event=event, text=text)


def _event_and_text(entry: Entry, closed: _Closed) -> tuple[str, str]:
    data = entry.data or {}
    if entry.event == "closed":
        return data["status"], _end(data["status"], closed.sentences())
    if entry.kind is None:
        return entry.event, _OF_TRIP.get(entry.event, entry.event)
    words = {"noun": COMPONENTS[entry.kind].noun, "effect": (entry.effect or "booking").capitalize()}
    if entry.event in _OF_EFFECT:
        event, text = _OF_EFFECT[entry.event]
    elif entry.event == "intent" and entry.effect:
        event, text = _BEGUN[entry.effect]
    else:
        event, text = _ended(entry.effect or "hold", data, closed.fee(entry))
    return event, text.format(**words, **_words_of_data(data))


def _ended(effect: Effect, data: Data, fee: str) -> tuple[str, str]:
    status = data["status"]
    if status == "refused":
        event, text = _REFUSED.get(effect, ("refused", "{effect} of the {noun} was refused"))
        return event, text + ": {reason}."
    if status == "cancelled":
        is_known = bool(data.get("confirmation"))
        sentence = "Cancelled the {noun} {confirmation}" if is_known else "Made sure that no {noun} arrives"
        return "cancelled", sentence + fee
    return _DONE[status]


def _words_of_data(data: Data) -> dict[str, str]:
    """Return everything that the sentences may name, as text."""
    refusal = data.get("refusal") or {}
    return {
        "confirmation": str(data.get("confirmation") or ""),
        "payment": str(data.get("payment") or ""),
        "amount": _money(data.get("amount")),
        "decision": _DECIDED.get(data.get("decision") or "", ""),
        "reason": str(refusal.get("message", "no reason was given")).rstrip("."),
    }


def _money(value: object) -> str:
    return str(Money.model_validate(value)) if isinstance(value, dict) else ""


def _end(status: str, closed: str) -> str:
    if status == "failed" and closed:
        return f"The trip could not be booked.{closed}"
    return _ENDED_AS.get(status, "The trip has ended.") + closed
