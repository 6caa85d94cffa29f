"""Folds a trip's rows into its facts."""

from collections.abc import Iterator, Sequence
from typing import Any

from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind
from domain.trip.facts import NEEDS_A_PERSON, ComponentFacts, Item, Refund, Revision, RevisionEffect, TripFacts
from domain.trip.records import Command, Entry, TripRow

_Fields = dict[str, Any]

_UNDOING = ("cancel", "void", "refund")
_ENDED_BY: dict[RevisionEffect, RevisionEffect] = {"confirm": "cancel", "capture": "void"}
"""What goes forward is nobody's concern any more once it has been undone."""


def trip_facts(row: TripRow, entries: Sequence[Entry], commands: Sequence[Command]) -> TripFacts:
    """The facts of a trip from all of its rows and all of its commands, each in order."""
    folding = _Folding()
    for entry in entries:
        match entry:
            case Entry(kind=str() as kind, component=str() as component, revision=int() as revision):
                folding.effect(entry, kind, component, revision)
            case _:
                folding.trip_row(entry)
    for command in commands:
        folding.command(command)
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
    return facts.model_copy(update={"items": tuple(_items(facts))})


class _Folding:
    """What has been read so far: fields of the trip, and of each component's revisions and refunds."""

    def __init__(self) -> None:
        self.trip: _Fields = {}
        self.stranded: int | None = None
        """Number of the last command when the trip was stranded last."""
        self._ids: dict[ComponentKind, str] = {}
        self._revisions: dict[ComponentKind, dict[int, _Fields]] = {}
        self._refunds: dict[ComponentKind, dict[int, _Fields]] = {}
        self._ended_changes: set[int] = set()

    def components(self) -> Iterator[ComponentFacts]:
        for kind in COMPONENTS:
            if kind in self._ids:
                revisions = self._revisions.get(kind, {})
                refunds = self._refunds.get(kind, {})
                yield ComponentFacts(
                    kind=kind,
                    id=self._ids[kind],
                    revisions=tuple(Revision(**revisions[n]) for n in sorted(revisions)),
                    refunds=tuple(Refund(**refunds[n]) for n in sorted(refunds)),
                )

    def effect(self, entry: Entry, kind: ComponentKind, component: str, revision: int) -> None:
        self._ids[kind] = component
        if entry.effect == "refund":
            _fold_refund(self._refunds.setdefault(kind, {}), revision, entry)
        else:
            _fold_revision(self._revisions.setdefault(kind, {}), revision, entry)

    def trip_row(self, entry: Entry) -> None:
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

    def command(self, command: Command) -> None:
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
                pass


def _fold_revision(revisions: dict[int, _Fields], number: int, entry: Entry) -> None:
    fields = revisions.setdefault(number, {"number": number})
    effect, data = str(entry.effect), entry.data or {}
    match entry.event:
        case "intent":
            # An effect can be given up before its first attempt got as far as this row: it stays given up.
            fields.setdefault(effect, "intended")
            fields |= {name: data[name] for name in ("date", "units", "fee_agreed") if name in data}
        case "outcome":
            fields[effect] = _mark(effect, data)
            fields |= _told(effect, data)
        case "given_up":
            fields[effect] = "given_up"
            # Whatever is told of it later, it was counted as failed.
            fields["lost"] = fields.get("lost", False) or effect in ("hold", "authorize")
            if "fee_agreed" in data:
                fields.setdefault("fee_agreed", data["fee_agreed"])
        case "resolved":
            fields[effect] = _decided(data)
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
            refunds[number]["mark"] = _decided(data)
        case _:
            pass


def _mark(effect: str, data: _Fields) -> str:
    """What an outcome makes of its effect; an undoing that is refused is left to a person."""
    if data["status"] != "refused":
        return "done"
    return "given_up" if effect in _UNDOING else "refused"


def _decided(data: _Fields) -> str:
    return "intended" if data["decision"] == "retry" else data["decision"]


def _currency(components: Sequence[ComponentFacts]) -> str:
    """That of the first agreed price; a trip has one currency."""
    prices = (revision.price for component in components for revision in component.revisions)
    return next((price.currency for price in prices if price), "USD")


def _told(effect: str, data: _Fields) -> _Fields:
    """What an outcome adds to its revision."""
    if data["status"] == "refused":
        return {} if effect in ("cancel", "void") else {"refusal": data["refusal"]}
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
            return {"cancel_fee": data["cancel_fee"]["minor"] if data.get("cancel_fee") else 0}
        case "capture":
            return {"captured": data["amount"]["minor"]}
        case "cancel":
            return {"fee": data["fee"]["minor"] if data["fee"] else 0}
        case "void" if data["status"] == "captured":
            return {"captured": data["amount"]["minor"]}
        case _:
            return {}


def _items(facts: TripFacts) -> Iterator[Item]:
    """What is open for a person: the trip as a whole, then component by component."""
    if facts.stranded:
        taken = sum(component.captured - component.paid_back for component in facts.components)
        amount = Money(currency=facts.currency, minor=taken)
        yield Item(component=facts.id, kind=None, effect="recovery", revision=facts.epoch, amount=amount)
    for component in facts.components:
        for revision in component.revisions:
            for effect in NEEDS_A_PERSON:
                if revision.mark(effect) == "given_up" and not _is_ended(revision, effect):
                    amount = revision.authorized if effect == "void" else revision.cost
                    yield _item(facts, component, effect, revision.number, amount)
        for refund in component.refunds:
            if refund.mark == "given_up":
                yield _item(facts, component, "refund", refund.number, refund.amount)


def _is_ended(revision: Revision, effect: RevisionEffect) -> bool:
    undo = _ENDED_BY.get(effect)
    return undo is not None and revision.mark(undo) in ("done", "settled", "written_off")


def _item(facts: TripFacts, component: ComponentFacts, effect: Any, revision: int, minor: int) -> Item:
    return Item(
        component=component.id,
        kind=component.kind,
        effect=effect,
        revision=revision,
        amount=Money(currency=facts.currency, minor=minor),
    )
