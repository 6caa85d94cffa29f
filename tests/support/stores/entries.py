"""Writes the rows that the ledger would hold of a trip."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.components import Component, Effect, has_parts
from domain.ids import component_id, confirmation_id, effect_key
from domain.options import OnFailure, TripOptions
from domain.trip.command_bodies import CommandKind, read_body
from domain.trip.entry_data import read_entry_data
from domain.trip.facts import TripFacts
from domain.trip.folding import trip_facts
from domain.trip.outcomes import ProblemNote, TripEnd, TripOutcome
from domain.trip.records import Command, Entry, TripRow
from domain.trip.requests import TripRequest

BEGAN = datetime(2026, 2, 16, 14, 30, 22, tzinfo=UTC)
PARIS = TripRequest(kind="travel", destination="Paris", nights=5, date=date(2026, 5, 1))
_ARGUMENTS: dict[Effect, dict[str, Any]] = {
    "hold": {"destination": "Paris", "date": "2026-05-01", "units": 5},
    "authorize": {"amount": {"currency": "USD", "minor": 45000}, "confirmation": "FL-1"},
    "confirm": {"price": {"currency": "USD", "minor": 45000}},
    "capture": {},
    "cancel": {"fee_agreed": 0},
    "void": {},
    "refund": {"target": 1, "amount": 45000},
}
"""What an effect is begun with unless a test says otherwise."""
_LATER = (BEGAN + timedelta(hours=1)).isoformat()


@dataclass
class Rows:
    """A trip's row, entries and commands, one second apart; a request for one component is a trip of it alone."""

    request: TripRequest = PARIS
    trip: str = "trip-1"
    on_failure: OnFailure = "all_or_nothing"
    entries: list[Entry] = field(default_factory=list[Entry])
    commands: list[Command] = field(default_factory=list[Command])
    outcome: TripOutcome | None = None

    def __post_init__(self) -> None:
        self.note("opened")

    def row(self) -> TripRow:
        return TripRow(
            id=self.trip,
            kind=self.request.kind,
            request=self.request,
            options=TripOptions(on_failure=self.on_failure),
            conversation="c-1",
            turn=1,
            created=BEGAN,
            updated=self.entries[-1].at,
            version=len(self.entries),
            epoch=1,
            saga=self.trip,
            commands=len(self.commands),
            box="closed" if self.outcome else "open",
            outcome=self.outcome,
        )

    def facts(self) -> TripFacts:
        return trip_facts(self.row(), self.entries, self.commands)

    def held(self, component: Component, minor: int, revision: int = 1, day: str = "2026-05-01") -> None:
        names = {"confirmation": self.confirmation(component), "details": {"name": component.noun}}
        self.begun(component, "hold", revision, date=day, units=5 if component.unit else None)
        self.done(component, "hold", revision, status="held", amount=_usd(minor), expires=_LATER, **names)

    def authorized(self, component: Component, minor: int, revision: int = 1) -> None:
        self.begun(component, "authorize", revision, amount=_usd(minor), confirmation=self.confirmation(component))
        payment = f"PAY-{component.suffix}"
        self.done(
            component, "authorize", revision, status="authorized", payment=payment, amount=_usd(minor), expires=_LATER
        )

    def confirmed(self, component: Component, revision: int = 1, fee: int = 0) -> None:
        self.begun(component, "confirm", revision)
        self.done(component, "confirm", revision, status="confirmed", cancel_fee=_usd(fee) if fee else None)

    def captured(self, component: Component, minor: int, revision: int = 1) -> None:
        self.begun(component, "capture", revision)
        self.done(component, "capture", revision, status="captured", amount=_usd(minor))

    def refused(self, component: Component, effect: Effect, code: str = "sold_out", revision: int = 1) -> None:
        self.begun(component, effect, revision)
        refusal = {"code": code, "message": "Simulated.", "dial": "SIM_DIAL"}
        self.done(component, effect, revision, status="refused", refusal=refusal)

    def cancelled(self, component: Component, fee: int = 0, agreed: int = 0, revision: int = 1) -> None:
        self.begun(component, "cancel", revision, fee_agreed=agreed)
        charged = _usd(fee) if fee else None
        self.done(component, "cancel", revision, status="cancelled", confirmation=None, fee=charged)

    def voided(self, component: Component, revision: int = 1) -> None:
        self.begun(component, "void", revision)
        self.done(component, "void", revision, status="voided")

    def refunded(self, component: Component, minor: int, number: int = 1) -> None:
        self.begun(component, "refund", number, target=1, amount=minor)
        self.done(component, "refund", number, status="refunded", amount=_usd(minor))

    def begun(self, component: Component, effect: Effect, revision: int = 1, **data: Any) -> None:
        self._effect("intent", component, effect, revision, _ARGUMENTS[effect] | data)

    def done(self, component: Component, effect: Effect, revision: int = 1, **data: Any) -> None:
        self._effect("outcome", component, effect, revision, data)

    def given_up(self, component: Component, effect: Effect, revision: int = 1) -> None:
        self._effect("given_up", component, effect, revision, None)

    def resolved(self, component: Component, effect: Any, decision: str, revision: int = 1) -> None:
        decided = {"decision": decision, "reason": "checked", "reference": "", "by": "tester", "command": 1}
        self._effect("resolved", component, effect, revision, decided)

    def note(self, event: Any, **data: Any) -> None:
        """Write a row about the trip as a whole."""
        self._add(event, data=data or None)

    def command(self, what: CommandKind, **body: Any) -> None:
        number = len(self.commands) + 1
        at = BEGAN + timedelta(seconds=len(self.entries), milliseconds=500)
        self.commands.append(Command(self.trip, number, f"{what}-{number}", what, at, "tester", read_body(what, body)))

    def closed(self, status: TripEnd, error: ProblemNote | None = None) -> None:
        self.outcome = TripOutcome(status=status, id=self.trip, kind=self.request.kind, error=error)
        self._add("closed", data=self.outcome.model_dump(mode="json"))

    def id_of(self, component: Component) -> str:
        return component_id(self.trip, component) if has_parts(self.request.kind) else self.trip

    def confirmation(self, component: Component) -> str:
        return confirmation_id(component, BEGAN, effect_key(self.id_of(component), "hold", 1))

    def _effect(self, event: Any, component: Component, effect: Effect, revision: int, data: Any) -> None:
        identifier = self.id_of(component)
        key = effect_key(identifier, effect, revision)
        names = {"component": identifier, "kind": component.kind, "effect": effect, "revision": revision, "key": key}
        self._add(event, data=data, **names)

    def _add(self, event: Any, data: Any = None, **more: Any) -> None:
        number = len(self.entries) + 1
        at = BEGAN + timedelta(seconds=number)
        self.entries.append(
            Entry(number, self.trip, at, event, data=read_entry_data(event, more.get("effect"), data), **more)
        )


def _usd(minor: int) -> dict[str, Any]:
    return {"currency": "USD", "minor": minor}
