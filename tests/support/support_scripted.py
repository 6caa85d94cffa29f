"""Activities that follow a script and remember nothing outside: for the flow of the orchestrators alone."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from domain.components import IN_BOOKING_ORDER, Component
from domain.conversation import Call
from domain.ids import confirmation_id
from domain.money import Money
from domain.outcomes import (
    BookOrder,
    BookResult,
    CancelOrder,
    CancelResult,
    PayOrder,
    PayResult,
    Refusal,
    TripOutcome,
    Value,
)
from domain.requests import TripRequest
from domain.turns import Recorded, Reply, TurnDecision

ALWAYS = 1_000_000
PARIS = TripRequest.model_validate({"kind": "travel", "destination": "Paris", "nights": 5, "date": "2026-03-02"})
_PRICES = {"flight": 45000, "hotel": 87500, "car_hire": 22500}
_DIALS = {"flight": "SIM_REJECT_FLIGHT", "hotel": "SIM_REJECT_HOTEL", "car_hire": "SIM_REJECT_CAR"}


class ScriptedError(Exception):
    """A fault that the script asked for."""


class Script:
    """Answers each activity; `refuse` names those that say no, `faults` how often each raises before it answers.

    `calls` lists every delivery as (activity, key or id).
    """

    def __init__(
        self,
        *,
        refuse: set[str] | None = None,
        faults: Mapping[str, int] | None = None,
        calls: tuple[Call, ...] = (),
        turn_state: str = "decided",
        recorded: TripOutcome | None = None,
        ends_elsewhere_after: int = 0,
    ) -> None:
        self.delivered: list[tuple[str, str]] = []
        self.closed: list[TripOutcome] = []
        self._refuse = refuse or set()
        self._faults = Counter(faults or {})
        self._decision = TurnDecision.model_validate({"state": turn_state, "calls": calls})
        self._recorded = recorded
        self._ends_elsewhere_after = ends_elsewhere_after

    def activities(self) -> dict[str, Callable[[Any], Any]]:
        steps: dict[str, Callable[[Any], Value]] = {
            "recall_trip_activity": self._recall,
            "close_trip_activity": self._close,
            "decide_turn_activity": lambda _: self._decision,
            "fail_turn_activity": lambda _: TurnDecision(state="problem"),
            "word_reply_activity": lambda _: Reply(text="Worded."),
            "finish_turn_activity": lambda _: TurnDecision(state="done"),
        }
        for component in IN_BOOKING_ORDER:
            steps[component.book] = self._book(component)
            steps[component.pay] = self._pay(component)
            steps[component.cancel] = self._cancel(component)
        return {name: self._delivery(name, step) for name, step in steps.items()}

    def effects(self) -> list[str]:
        """The booking activities that were delivered, in order."""
        own = {name for c in IN_BOOKING_ORDER for name in (c.book, c.pay, c.cancel)}
        return [name for name, _ in self.delivered if name in own]

    def _delivery(self, name: str, step: Callable[[Any], Value]) -> Callable[[Any], Any]:
        def deliver(given: Any) -> Any:
            self.delivered.append((name, given.get("key") or given.get("id") or ""))
            if self._faults[name] > 0:
                self._faults[name] -= 1
                raise ScriptedError(f"{name} failed as the script says")
            return step(given).model_dump(mode="json")

        return deliver

    def _book(self, component: Component) -> Callable[[Any], BookResult]:
        def book(given: Any) -> BookResult:
            order = BookOrder.model_validate(given)
            if component.book in self._refuse:
                refusal = Refusal(code="sold_out", message="Nothing left.", dial=_DIALS[component.kind])
                return BookResult(status="rejected", text="Sold out.", refusal=refusal)
            confirmation = confirmation_id(component, order.booked_at, order.key)
            amount = Money(currency="USD", minor=_PRICES[component.kind])
            return BookResult(status="booked", text="Booked.", confirmation=confirmation, amount=amount, details={})

        return book

    def _pay(self, component: Component) -> Callable[[Any], PayResult]:
        def pay(given: Any) -> PayResult:
            order = PayOrder.model_validate(given)
            if component.pay in self._refuse:
                refusal = Refusal(code="declined", message="The card said no.", dial="SIM_DECLINE_PAYMENT")
                return PayResult(status="declined", refusal=refusal)
            return PayResult(status="captured", payment=f"PAY-{order.key}")

        return pay

    def _cancel(self, component: Component) -> Callable[[Any], CancelResult]:
        def cancel(given: Any) -> CancelResult:
            CancelOrder.model_validate(given)
            return CancelResult(status="cancelled")

        return cancel

    def _recall(self, given: Any) -> Recorded:
        """The end that was recorded before, or that a saga elsewhere records by the n-th time that somebody asks."""
        asked = [name for name, _ in self.delivered].count("recall_trip_activity")
        if 0 < self._ends_elsewhere_after <= asked:
            return Recorded(outcome=TripOutcome(status="failed", id=given["trip"], kind="travel"))
        return Recorded(outcome=self._recorded)

    def _close(self, given: Any) -> TripOutcome:
        outcome = TripOutcome.model_validate(given)
        self.closed.append(outcome)
        return self.closed[0]
