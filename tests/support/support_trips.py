"""Books trips straight through ledger and suppliers, in the order of effects that the sagas keep.

For tests of what lies below the sagas: `steps` gives each effect as a step of its own, so a test can stop anywhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from domain.components import COMPONENTS, ComponentKind, Effect, TripKind
from domain.conversation import Call
from domain.ids import component_id, effect_key
from domain.outcomes import BookResult, CancelResult, PayResult, TripEnd, TripOutcome
from domain.requests import TripRequest
from settings import Settings
from stores.conversations import Post
from stores.ledger import Intent
from stores.opening import Stores, open_stores
from suppliers.opening import Suppliers, open_suppliers
from suppliers.ports import Booking, Order, Payment

NOW = datetime(2026, 2, 16, 14, 30, 22, tzinfo=UTC)
DAY = date(2026, 3, 2)
CALM: Mapping[str, float] = {
    "sim_reject_flight": 0,
    "sim_reject_hotel": 0,
    "sim_reject_car": 0,
    "sim_decline_payment": 0,
}


def calm_settings(state_dir: Path, **changes: float | str) -> Settings:
    """Settings in which no dial is turned up, apart from the changes."""
    return Settings.model_validate({"state_dir": state_dir, **CALM, **changes})


def order(kind: ComponentKind, destination: str = "Paris", units: int | None = 5) -> Order:
    return Order(kind, destination, DAY, None if kind == "flight" else units, NOW)


def request(kind: TripKind = "travel", destination: str = "Paris") -> TripRequest:
    lengths = {"travel": {"nights": 5}, "hotel": {"nights": 5}, "car_hire": {"days": 5}, "flight": {}}[kind]
    return TripRequest.model_validate({"kind": kind, "destination": destination, "date": DAY, **lengths})


@dataclass(frozen=True)
class Desk:
    """An installation without its sagas."""

    stores: Stores
    suppliers: Suppliers

    @classmethod
    def open(cls, settings: Settings) -> "Desk":
        return cls(open_stores(settings), open_suppliers(settings))

    def open_trip(self, trip: str, kind: TripKind = "travel") -> None:
        """Make the trip's row, by a turn of its own."""
        conversations = self.stores.conversations
        turn = conversations.claim(Post("book it", None, None, "hash", NOW))
        conversations.decide(turn, [Call(trip=trip, kind=kind, request=request(kind))], None, None, "offline")

    def steps(self, trip: str, kind: ComponentKind, *, alone: bool = False) -> Iterator[str]:
        """Book and charge one component, pausing before and after each write and call."""
        component = trip if alone else component_id(trip, COMPONENTS[kind])
        booking_intent = self._intent(trip, component, kind, "book", {"destination": "Paris"})
        if self.stores.ledger.intend(booking_intent) is not None:
            return
        yield "book intended"
        booking = self.suppliers.booking[kind].book(booking_intent.key, order(kind))
        yield "booked"
        self.stores.ledger.conclude(booking_intent, _book_answer(booking))
        yield "book concluded"
        if not isinstance(booking, Booking):
            return
        arguments = {"amount": booking.amount.model_dump(), "confirmation": booking.confirmation}
        charge_intent = self._intent(trip, component, kind, "charge", arguments)
        self.stores.ledger.intend(charge_intent)
        yield "charge intended"
        payment = self.suppliers.payments.charge(charge_intent.key, booking.amount, booking.confirmation)
        yield "charged"
        self.stores.ledger.conclude(charge_intent, _pay_answer(payment))
        yield "charge concluded"

    def cancel_steps(self, trip: str, kind: ComponentKind, *, alone: bool = False) -> Iterator[str]:
        """Cancel and refund one component, pausing likewise."""
        component = trip if alone else component_id(trip, COMPONENTS[kind])
        intent = self._intent(trip, component, kind, "cancel", {})
        self.stores.ledger.intend(intent)
        yield "cancel intended"
        booking = self.suppliers.booking[kind].cancel(effect_key(component, "book"))
        yield "cancelled"
        payment = self.suppliers.payments.refund(effect_key(component, "charge"))
        yield "refunded"
        answer = CancelResult(
            status="cancelled",
            confirmation=booking.confirmation if isinstance(booking, Booking) else None,
            refunded=payment.amount if isinstance(payment, Payment) else None,
        )
        self.stores.ledger.conclude(intent, answer.model_dump(mode="json"))
        yield "cancel concluded"

    def close(self, trip: str, status: TripEnd, kind: TripKind = "travel") -> None:
        self.stores.ledger.close(TripOutcome(status=status, id=trip, kind=kind))

    def _intent(
        self, trip: str, component: str, kind: ComponentKind, effect: Effect, arguments: dict[str, object]
    ) -> Intent:
        return Intent(trip, component, kind, effect, effect_key(component, effect), arguments)


def run(steps: Iterator[str], until: str | None = None, seen: Callable[[str], object] = str) -> None:
    """Take the steps, all of them or up to and including one."""
    for step in steps:
        seen(step)
        if step == until:
            return


def _book_answer(booking: object) -> dict[str, object]:
    if isinstance(booking, Booking):
        result = BookResult(
            status="booked",
            text="Booked.",
            confirmation=booking.confirmation,
            amount=booking.amount,
            details=booking.details,
        )
    else:
        result = BookResult(status="rejected", text="Rejected.")
    return result.model_dump(mode="json")


def _pay_answer(payment: object) -> dict[str, object]:
    if isinstance(payment, Payment):
        return PayResult(status="captured", payment=payment.id).model_dump(mode="json")
    return PayResult(status="declined").model_dump(mode="json")
