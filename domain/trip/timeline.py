"""The ledger's rows as sentences for people: what happened to a trip, in order."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.amount import Money
from domain.components import COMPONENTS, Effect
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


class Moment(Value):
    """One line of a timeline. `event` is stable, `text` is for people."""

    at: datetime
    event: str
    text: str


def timeline(entries: Sequence[Entry], commands: Sequence[Command] = ()) -> tuple[Moment, ...]:
    """A moment for each row, in order of time; what was asked for stands before what came of it."""
    closed = _Closed()
    rows = [_moment(entry, closed) for entry in entries]
    asked = [Moment(at=c.at, event=f"{c.kind}_asked", text=_COMMANDS[c.kind]) for c in commands]
    return tuple(sorted([*asked, *rows], key=lambda moment: moment.at))


class _Closed:
    """What persons have closed so far without the company's doing, read row by row."""

    def __init__(self) -> None:
        self._currency = "USD"
        self._amounts: dict[str | None, Money] = {}
        self._refunds: dict[str | None, Money] = {}
        self._undoings: dict[str | None, str] = {}
        self._agreed: dict[str | None, int] = {}

    def read(self, entry: Entry) -> None:
        """Take one more row in."""
        data, key = entry.data or {}, entry.key
        if entry.effect == "hold" and data.get("amount"):
            self._currency = data["amount"]["currency"]
        if entry.effect not in ("cancel", "void", "refund"):
            return
        if "fee_agreed" in data:
            self._agreed[key] = data["fee_agreed"]
        if entry.event == "intent" and entry.effect == "refund":
            self._amounts[key] = Money(currency=self._currency, minor=data["amount"])
        if entry.event not in ("outcome", "resolved"):
            return
        self._refunds.pop(key, None)
        self._undoings.pop(key, None)
        decision = data.get("decision")
        if decision == "written_off" and entry.effect == "refund" and key in self._amounts:
            self._refunds[key] = self._amounts[key]
        if decision in ("settled", "written_off") and entry.effect != "refund" and entry.kind:
            what = "booking" if entry.effect == "cancel" else "payment"
            self._undoings[key] = f"the {what} of the {COMPONENTS[entry.kind].noun}"

    def fee(self, entry: Entry) -> str:
        """What a supplier kept, and how much of it the traveller bears where that is not all of it."""
        given = (entry.data or {}).get("fee")
        if not given:
            return "."
        fee, agreed = Money.model_validate(given), self._agreed.get(entry.key)
        if agreed is None or agreed >= fee.minor:
            return f", the supplier keeps {fee}."
        return f", the supplier keeps {fee}; the traveller bears {Money(currency=fee.currency, minor=agreed)} of it."

    def sentences(self) -> str:
        """What is to be added to the end of a trip; empty where no person closed anything."""
        told: list[str] = []
        if self._undoings:
            told.append(f" Staff closed {' and '.join(self._undoings.values())}.")
        if self._refunds:
            amounts = " and ".join(str(amount) for amount in self._refunds.values())
            told.append(f" Not paid back: {amounts}, written off by staff.")
        return "".join(told)


def _moment(entry: Entry, closed: _Closed) -> Moment:
    closed.read(entry)
    event, text = next(_told(entry, closed))
    return Moment(at=entry.at, event=event, text=text)


def _told(entry: Entry, closed: _Closed) -> Iterator[tuple[str, str]]:
    data = entry.data or {}
    if entry.event == "closed":
        yield data["status"], _end(data["status"], closed.sentences())
    if entry.kind is None:
        yield entry.event, _OF_TRIP.get(entry.event, entry.event)
        return
    words = {"noun": COMPONENTS[entry.kind].noun, "effect": (entry.effect or "booking").capitalize()}
    if entry.event in _OF_EFFECT:
        event, text = _OF_EFFECT[entry.event]
    elif entry.event == "intent" and entry.effect:
        event, text = _BEGUN[entry.effect]
    else:
        event, text = _ended(entry.effect or "hold", data, closed.fee(entry))
    yield event, text.format(**words, **_facts(data))


def _ended(effect: Effect, data: Data, fee: str) -> tuple[str, str]:
    status = data["status"]
    if status == "refused":
        event, text = _REFUSED.get(effect, ("refused", "{effect} of the {noun} was refused"))
        return event, text + ": {reason}."
    if status == "cancelled":
        what = "Cancelled the {noun} {confirmation}" if data.get("confirmation") else "Made sure that no {noun} arrives"
        return "cancelled", what + fee
    return _DONE[status]


def _facts(data: Data) -> dict[str, str]:
    """What the sentences may name, as text."""
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
    end = {
        "confirmed": "Everything is booked and paid.",
        "partly_confirmed": "What could be booked is confirmed and paid.",
        "cancelled": "The trip is cancelled.",
        "failed": "The trip could not be booked; nothing of it is left booked or charged.",
    }.get(status, "The trip has ended.")
    return end + closed
