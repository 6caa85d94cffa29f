"""The state of each component, read from a trip's rows by code that the app does not use. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from audit.grouping import grouped
from domain.components import IN_BOOKING_ORDER, ComponentKind, Effect
from domain.trip.effect_outcomes import (
    Authorized,
    Cancelled,
    Captured,
    Confirmed,
    Held,
    Outcome,
    Refunded,
    Refused,
    Voided,
)
from domain.trip.entry_data import CancelArguments, EntryData, GivenUp, RefundArguments, Resolved
from domain.trip.marks import Decision
from domain.trip.records import Entry

State = Literal["intended", "done", "refused", "given_up", "settled", "written_off"]
DECIDED: tuple[State, ...] = ("settled", "written_off")
FORWARD: tuple[Effect, ...] = ("hold", "authorize", "confirm", "capture")
UNDOING: tuple[Effect, ...] = ("cancel", "void", "refund")
_CANCELLED_BY_KEY: tuple[Effect, ...] = ("hold", "authorize")
_AFTER_DECISION: dict[Decision, State] = {"retry": "intended", "settled": "settled", "written_off": "written_off"}
_ENDED_BY: dict[Effect, Effect] = {"confirm": "cancel", "capture": "void"}


class RefundRow(NamedTuple):
    """A refund that was begun: the revision whose payment it gives back, and its amount in minor units."""

    revision: int
    amount: int


@dataclass
class ComponentRows:
    """The rows of one component: the state of each effect, by name and number, and the supplier's responses."""

    id: str
    kind: ComponentKind
    states: dict[tuple[Effect, int], State] = field(default_factory=dict[tuple[Effect, int], State])
    responses: dict[tuple[Effect, int], Outcome] = field(default_factory=dict[tuple[Effect, int], Outcome])
    refunds: dict[int, RefundRow] = field(default_factory=dict[int, RefundRow])
    """The refunds by their numbers."""
    fees: dict[int, int] = field(default_factory=dict[int, int])
    """The fee that the traveller bears, by the revision that is cancelled."""
    revisions: set[int] = field(default_factory=set[int])
    lost: set[int] = field(default_factory=set[int])
    """Revisions that count as failed whatever response comes later."""

    def state(self, effect: Effect, number: int) -> State | None:
        """Return how far an effect has come, or None if it has no rows."""
        return self.states.get((effect, number))

    def answered(self, effect: Effect, number: int) -> bool:
        """Return whether a supplier responded that it did the effect."""
        response = self.responses.get((effect, number))
        return response is not None and not isinstance(response, Refused)

    @property
    def open_items(self) -> list[tuple[Effect, int]]:
        """The effects that wait for an operator."""
        items: list[tuple[Effect, int]] = []
        for (effect, number), state in self.states.items():
            if state == "given_up" and not self._needs_nobody(effect, number):
                items.append((effect, number))
        return items

    def refunded_by_decision(self, decision: State) -> int:
        """Return the sum of the refunds that an operator closed with this decision, in minor units."""
        by_state = grouped(self.refunds, lambda number: self.state("refund", number))
        return sum(self.refunds[number].amount for number in by_state[decision])

    def refund_states(self, revision: int) -> set[State | None]:
        """Return how far the refunds of one revision's payment have come."""
        by_revision = grouped(self.refunds, lambda number: self.refunds[number].revision)
        return {self.state("refund", number) for number in by_revision[revision]}

    def responded(self, kind: type[Captured | Refunded], *effects: Effect) -> int:
        """Return the sum of the amounts in responses of this kind to these effects, in minor units."""
        total = 0
        for (effect, _), response in self.responses.items():
            if effect in effects and isinstance(response, kind):
                total += response.amount.minor
        return total

    def failure(self, revision: int) -> str | None:
        """Return the code of what kept a revision from being booked and paid, or None if nothing did."""
        for effect in FORWARD:
            if self.state(effect, revision) == "refused":
                return self._refusal_code(effect, revision)
        states = {self.state(effect, revision) for effect in FORWARD}
        is_closed = not states.isdisjoint(DECIDED)
        if is_closed or revision in self.lost:
            return "outcome_unknown"
        return None

    def _refusal_code(self, effect: Effect, number: int) -> str:
        response = self.responses[effect, number]
        return response.refusal.code if isinstance(response, Refused) else "refused"

    def read(self, entry: Entry, effect: Effect | None, number: int) -> None:
        """Add one row. Rows must come in the order of the ledger."""
        if effect is None:
            # Only `lost` concerns a component without one of its effects.
            self.revisions.add(number)
            self.lost.add(number)
            return
        if effect != "refund":
            # Refunds are numbered by themselves, so their numbers are not those of revisions.
            self.revisions.add(number)
        match entry.data:
            case Resolved(decision=decision):
                self.states[effect, number] = _AFTER_DECISION[decision]
            case None | GivenUp():
                self._read_giving_up(effect, number, entry.data)
            case (
                Held() | Authorized() | Confirmed() | Captured() | Cancelled() | Voided() | Refunded() | Refused()
            ) as response:
                self._read_outcome(effect, number, response)
            case _:
                self._read_intent(effect, number, entry.data)

    def _read_intent(self, effect: Effect, number: int, data: EntryData) -> None:
        # A repeated intent does not take back what is known of the effect already.
        self.states.setdefault((effect, number), "intended")
        match data:
            case RefundArguments(target=revision, amount=amount):
                self.refunds[number] = RefundRow(revision, amount)
            case CancelArguments(fee_agreed=fee):
                self._read_fee(number, fee)
            case _:
                pass

    def _read_outcome(self, effect: Effect, number: int, response: Outcome) -> None:
        # The last one counts: a retry after a refusal brings another.
        self.responses[effect, number] = response
        if not isinstance(response, Refused):
            self.states[effect, number] = "done"
        elif effect in UNDOING:
            # An effect that undoes must succeed in the end, so its refusal is left to an operator.
            self.states[effect, number] = "given_up"
        else:
            self.states[effect, number] = "refused"

    def _read_giving_up(self, effect: Effect, number: int, data: GivenUp | None) -> None:
        self.states[effect, number] = "given_up"
        if effect in _CANCELLED_BY_KEY:
            self.lost.add(number)
        if data:
            # A saga that never got as far as the intent names the fee only here.
            self._read_fee(number, data.fee_agreed)

    def _read_fee(self, number: int, fee: int) -> None:
        # The traveller agreed once, so a later row for the same cancel changes nothing.
        self.fees.setdefault(number, fee)

    def _needs_nobody(self, effect: Effect, number: int) -> bool:
        """Return whether an effect that was given up is undone all the same, or will be by its key."""
        undo = _ENDED_BY.get(effect)
        is_undone = undo is not None and self.state(undo, number) in ("done", *DECIDED)
        return effect in _CANCELLED_BY_KEY or is_undone


def component_rows(entries: Sequence[Entry]) -> list[ComponentRows]:
    """Return the components that were attempted, in booking order."""
    rows: dict[ComponentKind, ComponentRows] = {}
    for entry in entries:
        # Rows that concern the trip as a whole name no component.
        if entry.kind and entry.component and entry.revision is not None:
            part = rows.setdefault(entry.kind, ComponentRows(entry.component, entry.kind))
            part.read(entry, entry.effect, entry.revision)
    in_order = (rows.get(component.kind) for component in IN_BOOKING_ORDER)
    return list(filter(None, in_order))
