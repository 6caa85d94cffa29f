"""Writes the entries that the ledger would hold of a trip."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.components import Component, Effect
from domain.ids import component_id, confirmation_id, effect_key
from domain.money import Money
from domain.outcomes import BookResult, CancelResult, PayResult, ProblemNote, Refusal, TripEnd, TripOutcome
from domain.records import Entry, TripRow
from domain.requests import TripRequest

BEGAN = datetime(2026, 2, 16, 14, 30, 22, tzinfo=UTC)
PARIS = TripRequest(kind="travel", destination="Paris", nights=5, date=date(2026, 5, 1))


@dataclass
class Book:
    """A trip's row and entries, one second apart; `alone` is a trip of one component."""

    request: TripRequest = PARIS
    trip: str = "trip-1"
    entries: list[Entry] = field(default_factory=list)
    outcome: TripOutcome | None = None

    def __post_init__(self) -> None:
        self._add("opened")

    def row(self) -> TripRow:
        return TripRow(
            id=self.trip,
            kind=self.request.kind,
            request=self.request,
            conversation="c1",
            turn=1,
            created=BEGAN,
            updated=self.entries[-1].at,
            outcome=self.outcome,
        )

    def intent(self, component: Component, effect: Effect) -> None:
        self._effect("intent", component, effect, {})

    def booked(self, component: Component, minor: int) -> None:
        self.intent(component, "book")
        result = BookResult(
            status="booked",
            text="Booked.",
            confirmation=self.confirmation(component),
            amount=Money(currency="USD", minor=minor),
            details={"name": component.noun},
        )
        self._answer(component, "book", result)

    def rejected(self, component: Component) -> None:
        self.intent(component, "book")
        refusal = Refusal(code="sold_out", message="Sold out, simulated.", dial="SIM_REJECT_CAR")
        self._answer(component, "book", BookResult(status="rejected", text="No.", refusal=refusal))

    def captured(self, component: Component) -> None:
        self.intent(component, "charge")
        self._answer(component, "charge", PayResult(status="captured", payment=f"PY-{component.suffix}"))

    def declined(self, component: Component) -> None:
        self.intent(component, "charge")
        refusal = Refusal(code="declined", message="Declined, simulated.", dial="SIM_DECLINE_PAYMENT")
        self._answer(component, "charge", PayResult(status="declined", refusal=refusal))

    def cancelled(self, component: Component, refunded: int | None, arrived: bool = True) -> None:
        self.intent(component, "cancel")
        money = None if refunded is None else Money(currency="USD", minor=refunded)
        confirmation = self.confirmation(component) if arrived else None
        self._answer(component, "cancel", CancelResult(status="cancelled", confirmation=confirmation, refunded=money))

    def closed(self, status: TripEnd, error: ProblemNote | None = None) -> None:
        self.outcome = TripOutcome(status=status, id=self.trip, kind=self.request.kind, error=error)
        self._add("closed", data=self.outcome.model_dump(mode="json"))

    def id_of(self, component: Component) -> str:
        return component_id(self.trip, component) if self.request.kind == "travel" else self.trip

    def confirmation(self, component: Component) -> str:
        return confirmation_id(component, BEGAN, effect_key(self.id_of(component), "book"))

    def _answer(self, component: Component, effect: Effect, result: Any) -> None:
        self._effect("outcome", component, effect, result.model_dump(mode="json"))

    def _effect(self, event: Any, component: Component, effect: Effect, data: dict[str, Any]) -> None:
        identifier = self.id_of(component)
        key = effect_key(identifier, effect)
        self._add(event, component=identifier, kind=component.kind, effect=effect, key=key, data=data)

    def _add(self, event: Any, **more: Any) -> None:
        number = len(self.entries) + 1
        at = BEGAN + timedelta(seconds=number)
        self.entries.append(Entry(sequence=number, trip=self.trip, at=at, event=event, **more))
