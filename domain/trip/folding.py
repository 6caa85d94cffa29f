"""The fold of a trip's rows into its facts."""

from collections.abc import Iterator, Sequence
from typing import Any

from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind, Effect
from domain.trip.facts import ENDED, NEEDS_A_PERSON, ComponentFacts, Item, Refund, Revision, RevisionEffect, TripFacts
from domain.trip.records import Command, Entry, TripRow

_Fields = dict[str, Any]

_COMPENSATING = ("cancel", "void", "refund")
_AGREED = ("date", "units", "fee_agreed")
"""Fields that the intent of an effect hands to its revision."""
_ENDED_BY: dict[RevisionEffect, RevisionEffect] = {"confirm": "cancel", "capture": "void"}
"""An effect on the way forward is no open item any more once the second effect has undone it."""


def trip_facts(row: TripRow, entries: Sequence[Entry], commands: Sequence[Command]) -> TripFacts:
    """Return the facts of a trip from all of its entries and all of its commands, each in order."""
    folding = _Folding()
    for entry in entries:
        match entry:
            case Entry(kind=str() as kind, component=str() as component, revision=int() as revision):
                folding.read_effect(entry, kind, component, revision)
            case _:
                folding.read_trip_row(entry)
    for command in commands:
        folding.read_command(command)
    components = tuple(folding.components())
    facts = TripFacts(
        id=row.id,
        kind=row.kind,
        currency=_currency(components),
        on_failure=row.options.on_failure,
        epoch=row.epoch,
        commands=row.commands,
        components=components,
        outcome=row.outcome,
        stranded=row.outcome is None and folding.stranded == row.commands,
        **folding.trip,
    )
    # Open items are made from the facts themselves, so they come last.
    return facts.model_copy(update={"items": tuple(_items(facts))})


class _Folding:
    """The rows read so far, as fields of the trip and of the revisions and refunds of each component."""

    def __init__(self) -> None:
        self.trip: _Fields = {}
        self.stranded: int | None = None
        """Number of the last command when the trip was stranded last."""
        self._ids: dict[ComponentKind, str] = {}
        self._revisions: dict[ComponentKind, dict[int, _Fields]] = {}
        self._refunds: dict[ComponentKind, dict[int, _Fields]] = {}
        self._ended_changes: set[int] = set()

    def components(self) -> Iterator[ComponentFacts]:
        """Yield the facts of every component that was begun, in booking order."""
        # The order of `COMPONENTS` is the booking order, whatever order parallel sagas wrote their rows in.
        for kind in COMPONENTS:
            if kind in self._ids:
                revisions = self._revisions.get(kind, {})
                refunds = self._refunds.get(kind, {})
                yield ComponentFacts(
                    kind=kind,
                    id=self._ids[kind],
                    revisions=tuple(Revision(**revisions[number]) for number in sorted(revisions)),
                    refunds=tuple(Refund(**refunds[number]) for number in sorted(refunds)),
                )

    def read_effect(self, entry: Entry, kind: ComponentKind, component: str, revision: int) -> None:
        """Take in a row of an effect."""
        self._ids[kind] = component
        if entry.effect == "refund":
            _fold_refund(self._refunds.setdefault(kind, {}), revision, entry)
        else:
            _fold_revision(self._revisions.setdefault(kind, {}), revision, entry)

    def read_trip_row(self, entry: Entry) -> None:
        """Take in a row that concerns the trip as a whole."""
        data = entry.data or {}
        match entry.event:
            case "pivot":
                self.trip["pivot"] = "recorded"
            case "expired":
                self.trip |= {"pivot": "expired", "expired_because": data["reason"]}
            case "stranded":
                self.stranded = data["commands"]
            case "changed" | "not_changed":
                self._ended_changes.add(data["command"])
            case _:
                pass

    def read_command(self, command: Command) -> None:
        """Take in a command; of cancels and choices the first one counts."""
        body = command.body
        match command.kind:
            case "cancel":
                self.trip.setdefault("cancel", command.number)
                self.trip.setdefault("cancel_fees", body["fees"])
            case "answer":
                self.trip.setdefault("choice", body["choice"])
            case "change":
                if command.number not in self._ended_changes:
                    self.trip["change"] = {"command": command.number, **body}
            case "decision" | "late_outcome":
                # Both have rows of effects that say what changed; the command only wakes the saga.
                pass


def _fold_revision(revisions: dict[int, _Fields], number: int, entry: Entry) -> None:
    fields = revisions.setdefault(number, {"number": number})
    effect, data = str(entry.effect), entry.data or {}
    match entry.event:
        case "intent":
            # An effect can be given up before its first attempt got as far as this row: it stays given up.
            fields.setdefault(effect, "intended")
            fields |= {name: data[name] for name in _AGREED if name in data}
        case "outcome":
            fields[effect] = _mark(effect, data)
            fields |= _fields_of_outcome(effect, data)
        case "given_up":
            fields[effect] = "given_up"
            # An outcome that comes later does not change this: the trip has already gone on without the booking.
            fields["lost"] = fields.get("lost", False) or effect in ("hold", "authorize")
            if "fee_agreed" in data:
                fields.setdefault("fee_agreed", data["fee_agreed"])
        case "resolved":
            fields[effect] = _mark_of_decision(data)
        case "lost":
            fields["lost"] = True
        case _:
            pass


def _fold_refund(refunds: dict[int, _Fields], number: int, entry: Entry) -> None:
    data = entry.data or {}
    match entry.event:
        case "intent":
            refunds[number] = {"number": number, "revision": data["target"], "amount": data["amount"]}
            refunds[number]["mark"] = "intended"
        case "outcome":
            refunds[number]["mark"] = _mark("refund", data)
        case "given_up":
            refunds[number]["mark"] = "given_up"
        case "resolved":
            refunds[number]["mark"] = _mark_of_decision(data)
        case _:
            pass


def _mark(effect: str, data: _Fields) -> str:
    """Return the mark that an outcome sets; a compensation that is refused is left to an operator."""
    if data["status"] != "refused":
        return "done"
    return "given_up" if effect in _COMPENSATING else "refused"


def _mark_of_decision(data: _Fields) -> str:
    return "intended" if data["decision"] == "retry" else data["decision"]


def _currency(components: Sequence[ComponentFacts]) -> str:
    """Return the currency of the first agreed price; a trip has only one currency."""
    prices = (revision.price for component in components for revision in component.revisions)
    return next((price.currency for price in prices if price), "USD")


def _fields_of_outcome(effect: str, data: _Fields) -> _Fields:
    """Return the fields that an outcome adds to its revision."""
    if data["status"] == "refused":
        return {} if effect in _COMPENSATING else {"refusal": data["refusal"]}
    match effect:
        case "hold":
            names = {"confirmation": "confirmation", "price": "amount", "details": "details", "hold_expires": "expires"}
            return {field: data[name] for field, name in names.items()}
        case "authorize":
            return {
                "payment": data["payment"],
                "authorized": data["amount"]["minor"],
                "authorization_expires": data["expires"],
            }
        case "confirm":
            return {"cancel_fee": _minor(data.get("cancel_fee"))}
        case "cancel":
            return {"fee": _minor(data["fee"])}
        case "capture":
            return {"captured": data["amount"]["minor"]}
        case "void" if data["status"] == "captured":
            # The capture was faster than the void, so the money is taken and has to be refunded.
            return {"captured": data["amount"]["minor"]}
        case _:
            return {}


def _minor(money: _Fields | None) -> int:
    return money["minor"] if money else 0


def _items(facts: TripFacts) -> Iterator[Item]:
    """Yield the trip's open items: the trip as a whole, then component by component."""
    if facts.stranded:
        taken = sum(component.captured - component.paid_back for component in facts.components)
        amount = Money(currency=facts.currency, minor=taken)
        yield Item(component=facts.id, kind=None, effect="recovery", revision=facts.epoch, amount=amount)
    for component in facts.components:
        for effect, number, minor in _given_up(component):
            amount = Money(currency=facts.currency, minor=minor)
            yield Item(component=component.id, kind=component.kind, effect=effect, revision=number, amount=amount)


def _given_up(component: ComponentFacts) -> Iterator[tuple[Effect, int, int]]:
    """Yield each effect that waits for an operator, with its number and the minor units at stake."""
    for revision in component.revisions:
        for effect in NEEDS_A_PERSON:
            if revision.mark(effect) == "given_up" and not _is_undone(revision, effect):
                yield effect, revision.number, revision.authorized if effect == "void" else revision.cost
    for refund in component.refunds:
        if refund.mark == "given_up":
            yield "refund", refund.number, refund.amount


def _is_undone(revision: Revision, effect: RevisionEffect) -> bool:
    """Return whether an effect on the way forward has been undone since it was given up."""
    undo = _ENDED_BY.get(effect)
    return undo is not None and revision.mark(undo) in ENDED
