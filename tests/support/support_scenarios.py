"""The ways through the orchestrators whose golden histories are kept in `tests/replay/golden`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from support_replay import Instance, MemoryHost
from support_scripted import ALWAYS, PARIS, Script

from domain.components import IN_BOOKING_ORDER, SAGA_OF
from domain.conversation import Call
from domain.outcomes import SagaInput
from domain.requests import TripRequest

GOLDEN = Path(__file__).resolve().parent.parent / "replay" / "golden"
TRIP = "trip-0123456789abcdef0123456789abcdef"
TURN = "chat-0123456789abcdef0123456789abcdef"
TOKYO = TripRequest.model_validate({"kind": "flight", "destination": "Tokyo", "date": "2026-03-02"})
CALLS = (Call(trip=TRIP, kind="travel", request=PARIS), Call(trip=TRIP + "x", kind="flight", request=TOKYO))


@dataclass(frozen=True)
class Scenario:
    """An orchestration to run from its start, with scripted activities and sub-orchestrations that break."""

    orchestrator: str
    instance: str
    input: dict[str, Any]
    script: Callable[[], Script] = Script
    broken_children: tuple[str, ...] = ()

    def run(self) -> tuple[Instance, Script]:
        script = self.script()
        host = MemoryHost(script.activities(), children=dict.fromkeys(self.broken_children, _break))
        return host.run(self.orchestrator, self.instance, self.input), script


def _break(_: Any) -> Any:
    raise RuntimeError("terminated")


def travel(**script: Any) -> Scenario:
    given = SagaInput(trip=TRIP, component=None, request=PARIS).model_dump(mode="json")
    return Scenario(SAGA_OF["travel"], TRIP, given, lambda: Script(**script))


def alone(kind: str, **script: Any) -> Scenario:
    request = PARIS.model_copy(update={"kind": kind, "days": 5 if kind == "car_hire" else None})
    given = SagaInput(trip=TRIP, component=TRIP, request=request).model_dump(mode="json")
    return Scenario(SAGA_OF[kind], TRIP, given, lambda: Script(**script))


def turn(**script: Any) -> Scenario:
    given = {"conversation": "c-1", "turn": 1, "attempt": 1}
    return Scenario("chat_turn", TURN, given, lambda: Script(**script))


def _all() -> dict[str, Scenario]:
    found = {"travel_confirmed": travel()}
    for component in IN_BOOKING_ORDER:
        kind = component.kind
        found |= {
            f"{kind}_confirmed": alone(kind),
            f"{kind}_rejected": alone(kind, refuse={component.book}),
            f"{kind}_declined": alone(kind, refuse={component.pay}),
            f"travel_{kind}_rejected": travel(refuse={component.book}),
            f"travel_{kind}_declined": travel(refuse={component.pay}),
        }
    return found | {
        "flight_fault_then_success": alone("flight", faults={"book_flight_activity": 2, "process_flight_payment": 1}),
        "flight_booking_unknown": alone("flight", faults={"book_flight_activity": ALWAYS}),
        "flight_payment_unknown": alone("flight", faults={"process_flight_payment": ALWAYS}),
        "flight_cancel_keeps_failing": alone(
            "flight", refuse={"process_flight_payment"}, faults={"cancel_flight_activity": ALWAYS}
        ),
        "travel_cancel_keeps_failing": travel(
            refuse={"book_car_activity"}, faults={"cancel_hotel_activity": ALWAYS, "cancel_flight_activity": 1}
        ),
        "travel_child_lost": replace(travel(), broken_children=(TRIP + "-hotel",)),
        "chat_turn_one_call": turn(calls=CALLS[:1]),
        "chat_turn_two_calls": turn(calls=CALLS),
        "chat_turn_trip_lost": replace(turn(calls=CALLS), broken_children=(TRIP,)),
        "chat_turn_reply_only": turn(turn_state="done"),
        "chat_turn_problem": turn(turn_state="problem"),
        "chat_turn_decision_unknown": turn(faults={"decide_turn_activity": ALWAYS}),
    }


SCENARIOS = _all()
