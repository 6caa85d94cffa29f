"""The fold of a trip's rows into its facts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from domain.agreement import Agreement
from domain.amount import Money
from domain.components import COMPONENT_KINDS, ComponentKind, Effect
from domain.trip.command_bodies import AnswerBody, CancelBody, ChangeBody
from domain.trip.effect_outcomes import Authorized, Cancelled, Captured, Confirmed, Held, Refused
from domain.trip.ending import kept_money
from domain.trip.entry_data import (
    CancelArguments,
    ChangeEnd,
    CommandsSoFar,
    EntryData,
    Event,
    Expired,
    GivenUp,
    HoldArguments,
    RefundArguments,
    Resolved,
)
from domain.trip.facts import Change, Item, TripFacts
from domain.trip.marks import ENDED, Decision, Mark
from domain.trip.records import Command, Entry, TripRow
from domain.trip.revisions import NEEDS_A_PERSON, ComponentFacts, Refund, Revision, RevisionEffect

_Fields = dict[str, Any]
_Part = TypeVar("_Part", Revision, Refund)

_COMPENSATING: tuple[Effect, ...] = ("cancel", "void", "refund")
_ENDED_BY: dict[RevisionEffect, RevisionEffect] = {
    "confirm": "cancel",
    "capture": "void",
    "cancel": "cancel",
    "void": "void",
}
"""The effect that ends an open item: an effect on the way forward is none any more once it has been undone."""
_MARK_OF_DECISION: dict[Decision, Mark] = {"retry": "intended", "settled": "settled", "written_off": "written_off"}


@dataclass(frozen=True)
class TripRows:
    """The rows of one trip that its facts are folded from, all of one moment."""

    row: TripRow
    entries: tuple[Entry, ...]
    commands: tuple[Command, ...]

    @cached_property
    def facts(self) -> TripFacts:
        return trip_facts(self.row, self.entries, self.commands)


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
    components = folding.components()
    # A command that came after the trip was stranded is a new reason to go on.
    is_stranded = folding.stranded == row.commands
    facts = TripFacts(
        id=row.id,
        kind=row.kind,
        currency=_currency(components),
        on_failure=row.options.on_failure,
        epoch=row.epoch,
        commands=row.commands,
        components=components,
        outcome=row.outcome,
        stranded=row.outcome is None and is_stranded,
        **folding.trip,
    )
    # Open items are made from the facts themselves, so they come last. Few trips have any.
    items = tuple(_items(facts))
    return facts.model_copy(update={"items": items}) if items else facts


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

    def components(self) -> tuple[ComponentFacts, ...]:
        """Return the facts of every component that was begun, in booking order."""
        # Parallel sagas write their rows in any order; that of the kinds is the booking order.
        kinds = sorted(self._ids, key=COMPONENT_KINDS.index)
        return tuple(map(self._component, kinds))

    def _component(self, kind: ComponentKind) -> ComponentFacts:
        return ComponentFacts(
            kind=kind,
            id=self._ids[kind],
            revisions=_by_number(Revision, self._revisions.get(kind, {})),
            refunds=_by_number(Refund, self._refunds.get(kind, {})),
        )

    def read_effect(self, entry: Entry, kind: ComponentKind, component: str, revision: int) -> None:
        """Take in a row of an effect."""
        self._ids[kind] = component
        parts = self._revisions
        if entry.effect == "refund":
            parts = self._refunds
        fields = parts.setdefault(kind, {}).setdefault(revision, {"number": revision})
        _FOLDS[entry.event](fields, entry)

    def read_trip_row(self, entry: Entry) -> None:
        """Take in a row that concerns the trip as a whole."""
        if entry.event == "pivot":
            self.trip["pivot"] = "recorded"
        match entry.data:
            case Agreement() as agreement:
                self.trip["agreement"] = agreement
            case Expired(reason=reason):
                self.trip["pivot"] = "expired"
                self.trip["expired_because"] = reason
            case CommandsSoFar(commands=commands) if entry.event == "stranded":
                self.stranded = commands
            case ChangeEnd(command=command):
                self._ended_changes.add(command)
            case _:
                pass

    def read_command(self, command: Command) -> None:
        """Take in a command; of cancels and choices the first one counts."""
        match command.body:
            case CancelBody(fees=fees):
                self.trip.setdefault("cancel", command.number)
                self.trip.setdefault("cancel_fees", fees)
            case AnswerBody(choice=choice):
                self.trip.setdefault("choice", choice)
            case ChangeBody() as body:
                if command.number not in self._ended_changes:
                    self.trip["change"] = Change.model_validate({"command": command.number, **dict(body)})
            case _:
                # A decision and a late outcome have rows of effects that say what changed; they only wake the saga.
                pass


def _by_number(part: type[_Part], fields: dict[int, _Fields]) -> tuple[_Part, ...]:
    """Return the revisions or refunds that are made from these fields, in the order of their numbers."""
    return tuple(part(**fields[number]) for number in sorted(fields))


def _fold_intent(fields: _Fields, entry: Entry) -> None:
    # An effect can be given up before its first attempt got as far as this row: it stays given up.
    fields.setdefault(_mark_name(entry), "intended")
    fields |= _fields_of_intent(entry.data)


def _fold_outcome(fields: _Fields, entry: Entry) -> None:
    fields[_mark_name(entry)] = _mark_of_outcome(entry)
    fields |= _fields_of_outcome(entry)


def _fold_given_up(fields: _Fields, entry: Entry) -> None:
    fields[_mark_name(entry)] = "given_up"
    # An outcome that comes later does not change this: the trip has already gone on without the booking.
    if entry.effect in ("hold", "authorize"):
        fields["lost"] = True
    # The fee of the first attempt counts, if there was one.
    if isinstance(entry.data, GivenUp):
        fields.setdefault("fee_agreed", entry.data.fee_agreed)


def _fold_decision(fields: _Fields, entry: Entry) -> None:
    fields[_mark_name(entry)] = _mark_of_decision(entry.data)


def _fold_lost(fields: _Fields, entry: Entry) -> None:
    fields["lost"] = True


_FOLDS: dict[Event, Callable[[_Fields, Entry], None]] = {
    "intent": _fold_intent,
    "outcome": _fold_outcome,
    "given_up": _fold_given_up,
    "resolved": _fold_decision,
    "lost": _fold_lost,
}
"""The function by which each row of an effect changes the fields of its revision or refund."""


def _mark_name(entry: Entry) -> str:
    """Return the field of the effect's mark: a revision has one for each effect, a refund only one."""
    if entry.effect == "refund":
        return "mark"
    return str(entry.effect)


def _mark_of_outcome(entry: Entry) -> Mark:
    """Return the mark that an outcome sets; a compensation that is refused is left to an operator."""
    if not isinstance(entry.data, Refused):
        return "done"
    if entry.effect in _COMPENSATING:
        return "given_up"
    return "refused"


def _mark_of_decision(data: EntryData | None) -> Mark:
    if isinstance(data, Resolved):
        return _MARK_OF_DECISION[data.decision]
    return "intended"


def _currency(components: Sequence[ComponentFacts]) -> str:
    """Return the currency of the first agreed price; a trip has only one currency."""
    for component in components:
        for revision in component.revisions:
            if revision.price:
                return revision.price.currency
    return "USD"


def _fields_of_intent(data: EntryData | None) -> _Fields:
    """Return the fields that the intent of an effect adds to its revision."""
    match data:
        case HoldArguments(date=date, units=units, shape=shape):
            return {"date": date, "units": units, "return_date": shape and shape.return_date}
        case CancelArguments(fee_agreed=fee):
            return {"fee_agreed": fee}
        case RefundArguments(target=revision, amount=amount):
            return {"revision": revision, "amount": amount}
        case _:
            return {}


def _fields_of_outcome(entry: Entry) -> _Fields:
    """Return the fields that an outcome adds to its revision."""
    match entry.data:
        case Refused(refusal=refusal) if entry.effect not in _COMPENSATING:
            return {"refusal": refusal}
        case Held() as held:
            return {
                "confirmation": held.confirmation,
                "price": held.amount,
                "details": held.details,
                "hold_expires": held.expires,
            }
        case Authorized() as authorized:
            return {
                "payment": authorized.payment,
                "authorized": authorized.amount.minor,
                "authorization_expires": authorized.expires,
            }
        case Confirmed(cancel_fee=fee):
            return {"cancel_fee": Money.minor_of(fee)}
        case Cancelled(fee=fee):
            return {"fee": Money.minor_of(fee)}
        case Captured(amount=amount):
            # Also of a void: the capture was faster, so the money is taken and has to be refunded.
            return {"captured": amount.minor}
        case _:
            return {}


def _items(facts: TripFacts) -> Iterator[Item]:
    """Yield the trip's open items: the trip as a whole, then component by component."""
    if facts.stranded:
        yield _recovery_item(facts)
    for component in facts.components:
        for effect, number, minor in _given_up(component):
            yield Item(
                component=component.id,
                kind=component.kind,
                effect=effect,
                revision=number,
                amount=Money(currency=facts.currency, minor=minor),
            )


def _recovery_item(facts: TripFacts) -> Item:
    return Item(
        component=facts.id,
        kind=None,
        effect="recovery",
        revision=facts.epoch,
        amount=kept_money(facts),
    )


def _given_up(component: ComponentFacts) -> Iterator[tuple[Effect, int, int]]:
    """Yield each effect that waits for an operator, with its number and the minor units at stake."""
    for revision in component.revisions:
        for effect in NEEDS_A_PERSON:
            if _waits_for_operator(revision, effect):
                yield effect, revision.number, _at_stake(revision, effect)
    for refund in component.refunds_marked("given_up"):
        yield "refund", refund.number, refund.amount


def _at_stake(revision: Revision, effect: RevisionEffect) -> int:
    if effect == "void":
        return revision.authorized
    return revision.cost


def _waits_for_operator(revision: Revision, effect: RevisionEffect) -> bool:
    """Return whether an effect was given up and has not been undone since."""
    if revision.mark(effect) != "given_up":
        return False
    ended_by = _ENDED_BY[effect]
    return revision.mark(ended_by) not in ENDED
