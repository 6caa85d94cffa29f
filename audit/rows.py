"""The state of each component, read from a trip's rows by code that the app does not use. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from domain.components import COMPONENTS, IN_BOOKING_ORDER, ComponentKind, Effect
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
from domain.trip.entry_data import CancelArguments, GivenUp, RefundArguments, Resolved
from domain.trip.records import Entry

State = Literal["intended", "done", "refused", "given_up", "settled", "written_off"]
DECIDED: tuple[State, ...] = ("settled", "written_off")
FORWARD: tuple[Effect, ...] = ("hold", "authorize", "confirm", "capture")
UNDOING: tuple[Effect, ...] = ("cancel", "void", "refund")
_ENDED_BY: dict[Effect, Effect] = {"confirm": "cancel", "capture": "void"}


@dataclass
class ComponentRows:
    """The rows of one component: the state of each effect, by name and number, and the supplier's responses."""

    id: str
    kind: ComponentKind
    states: dict[tuple[Effect, int], State] = field(default_factory=dict[tuple[Effect, int], State])
    responses: dict[tuple[Effect, int], Outcome] = field(default_factory=dict[tuple[Effect, int], Outcome])
    refunds: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    """Revision and amount of each refund, by its number."""
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
        return [
            (effect, number)
            for (effect, number), state in self.states.items()
            if state == "given_up" and effect not in ("hold", "authorize") and not self._undone(effect, number)
        ]

    def refunded_by_decision(self, decision: State) -> int:
        """Return the sum of the refunds that an operator closed with this decision, in minor units."""
        return sum(amount for number, (_, amount) in self.refunds.items() if self.state("refund", number) == decision)

    def responded(self, status: str, *effects: Effect) -> int:
        """Return the sum of the amounts in responses with this status to these effects, in minor units."""
        responses = [response for (effect, _), response in self.responses.items() if effect in effects]
        moved = [response for response in responses if isinstance(response, Captured | Refunded)]
        return sum(response.amount.minor for response in moved if response.status == status)

    def failure(self, revision: int) -> str | None:
        """Return the code of what kept a revision from being booked and paid, or None if nothing did."""
        states = {effect: self.state(effect, revision) for effect in FORWARD}
        for effect in FORWARD:
            response = self.responses.get((effect, revision))
            if states[effect] == "refused" and isinstance(response, Refused):
                return response.refusal.code
        is_closed = revision in self.lost or any(state in DECIDED for state in states.values())
        return "outcome_unknown" if is_closed else None

    def read(self, entry: Entry, effect: Effect | None, number: int) -> None:
        """Add one row. Rows must come in the order of the ledger."""
        if entry.event == "lost":
            self.revisions.add(number)
            self.lost.add(number)
        if effect is None:
            return
        if effect != "refund":
            self.revisions.add(number)
        if entry.event == "given_up":
            self.states[effect, number] = "given_up"
            if effect in ("hold", "authorize"):
                self.lost.add(number)
        match entry.data:
            case Refused() as response:
                self.responses[effect, number] = response
                # An effect that undoes must succeed in the end, so its refusal is left to an operator.
                self.states[effect, number] = "given_up" if effect in UNDOING else "refused"
            case RefundArguments(target=target, amount=amount):
                self.refunds[number] = (target, amount)
            case CancelArguments(fee_agreed=fee) | GivenUp(fee_agreed=fee):
                self.fees.setdefault(number, fee)
            case Resolved(decision=decision):
                self.states[effect, number] = "intended" if decision == "retry" else decision
            case Held() | Authorized() | Confirmed() | Captured() | Cancelled() | Voided() | Refunded() as response:
                self.responses[effect, number] = response
                self.states[effect, number] = "done"
            case _:
                pass
        if entry.event == "intent":
            self.states.setdefault((effect, number), "intended")

    def _undone(self, effect: Effect, number: int) -> bool:
        undo = _ENDED_BY.get(effect)
        return undo is not None and self.state(undo, number) in ("done", *DECIDED)


def component_rows(entries: Sequence[Entry]) -> list[ComponentRows]:
    """Return the components that were attempted, in booking order."""
    rows: dict[ComponentKind, ComponentRows] = {}
    for entry in entries:
        if entry.kind and entry.component and entry.revision is not None:
            part = rows.setdefault(entry.kind, ComponentRows(entry.component, entry.kind))
            part.read(entry, entry.effect, entry.revision)
    return [rows[component.kind] for component in IN_BOOKING_ORDER if component.kind in rows]


def activity_of(kind: ComponentKind) -> str:
    """Return the name of the activity that cancels a component."""
    return COMPONENTS[kind].cancel
