"""The ways through the orchestrators whose golden histories are kept in `tests/replay/golden`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from agents.model import ModelAnswer
from domain.components import CAR_HIRE, FLIGHT, HOTEL, IN_BOOKING_ORDER, SAGA_OF, TripKind
from domain.ids import effect_key
from domain.options import SagaPolicy
from domain.quotes.decisions import HumanDecision
from domain.quotes.quote import SETTLED_EVENT, WakeOrder
from domain.trip.effects import EffectAnswer, TripAnswer
from domain.trip.entry_data import HoldArguments
from stores.ledger import EffectKey
from support.orchestrations.chat import CALLS, Chat
from support.orchestrations.faults import Schedule
from support.orchestrations.installation import MemoryInstallation, quick_folder
from support.orchestrations.memory_host import MemoryHost
from support.orchestrations.quoting import APPROVAL, QUOTE, QuotedHouse, trip_of_quote
from support.orchestrations.services import RealActivities, call_of

GOLDEN = Path(__file__).resolve().parent.parent.parent / "replay" / "golden"
TRIP = "trip-1"
SHORT = SagaPolicy(ask_me_seconds=600, compensation_attempts=2)
ScenarioSteps = Callable[[MemoryInstallation], Any]


@dataclass(frozen=True)
class Scenario:
    """Steps in a house, and the instance whose history of them is kept."""

    way: ScenarioSteps
    instance: str = TRIP
    schedule: dict[str, Any] = field(default_factory=dict[str, Any])
    version: str = "1.0"

    def golden(self, activities: RealActivities) -> Any:
        with quick_folder() as folder:
            host = partial(MemoryHost, version=self.version)
            house = MemoryInstallation(folder, activities, Schedule(**self.schedule), host, terse)
            self.way(house)
            kept = house.host.instances[self.instance]
            assert kept.error is None, kept.error
            return kept.golden()


def terse(result: Any) -> Any:
    """Return an activity's answer without its defaults, so that histories stay short."""
    # The decision on a turn has the facts of several trips, in which next to nothing has happened yet.
    if not isinstance(result, dict) or not isinstance(result.get("facts"), dict):
        return result
    model = EffectAnswer if "until" in result else TripAnswer
    short = model.model_validate(result).model_dump(mode="json", exclude_defaults=True)
    for component in short["facts"]["components"]:
        for revision in component["revisions"]:
            revision.pop("details", None)
    return short


def _book(kind: TripKind = "travel", **more: Any) -> ScenarioSteps:
    return lambda house: house.book(kind, **more)


def _then(*steps: ScenarioSteps) -> ScenarioSteps:
    """Take the steps one after the other, each with all that follows from it."""

    def way(house: MemoryInstallation) -> None:
        for step in steps:
            step(house)
            house.go_on()

    return way


def _at(step: str, act: ScenarioSteps, *, when: Callable[[Any], bool] = lambda order: True) -> ScenarioSteps:
    """Let something happen when an activity is delivered for the first time from now on."""

    def way(house: MemoryInstallation) -> None:
        left = [act]

        def before(name: str, order: Any) -> None:
            if name == step and left and when(order):
                left.pop()(house)

        house.before = before

    return way


def _cancel(house: MemoryInstallation) -> None:
    house.cancel()


def _change(nights: int) -> ScenarioSteps:
    return lambda house: house.change("hotel", nights)


def _mend(house: MemoryInstallation) -> None:
    house.schedule.mend()


def _decide(decision: str) -> ScenarioSteps:
    return lambda house: house.decide(house.facts().items[0], decision)


def _refuse(point: str) -> ScenarioSteps:
    def way(house: MemoryInstallation) -> None:
        house.schedule.refusing = frozenset({point})

    return way


def _before_the_deadline(act: ScenarioSteps) -> ScenarioSteps:
    def way(house: MemoryInstallation) -> None:
        left = [act]

        def before_timer() -> None:
            if left and house.ledger.trip(TRIP) and house.view().status == "waiting":
                left.pop()(house)

        house.host.before_timer = before_timer

    return way


def _move(seconds: float) -> ScenarioSteps:
    return lambda house: house.clock.move(timedelta(seconds=seconds))


def _doom(instance: str, episode: int) -> ScenarioSteps:
    def way(house: MemoryInstallation) -> None:
        house.host.doomed[instance] = episode

    return way


def _terminate(house: MemoryInstallation) -> None:
    for instance in house.host.living():
        house.host.terminate(instance)


def _again(house: MemoryInstallation) -> None:
    house.run(SAGA_OF["travel"], TRIP, house.order(TRIP, house.row().request))


def _busy(house: MemoryInstallation) -> None:
    """Somebody else works on the hold when the saga comes to it."""
    house.open(kind="flight")
    key = EffectKey(TRIP, TRIP, "flight", "hold", 1, effect_key(TRIP, "hold", 1))
    # A live claim of another worker: the saga has to wait for its lease to run out.
    house.ledger.claim(key, HoldArguments(destination="Paris", date=date(2026, 3, 2), units=None), 1, 15)


def _slow(house: MemoryInstallation) -> None:
    # One minute past the back-stop of an attempt, so that its answer comes after the saga has given it up.
    waits = iter([timedelta(minutes=11)])
    house.host.delay = lambda name: next(waits, timedelta(0)) if name == FLIGHT.book else timedelta(0)


def _turn(*, faults: dict[str, int] | None = None, **more: Any) -> ScenarioSteps:
    def way(house: MemoryInstallation) -> None:
        chat = Chat(house, **more)
        chat.faults = dict(faults or {})
        chat.run()

    return way


def _refused(*points: str) -> dict[str, Any]:
    return {"refusing": frozenset(points)}


def _faulty(point: str, times: int = 1) -> dict[str, Any]:
    return {"fates": {point: ["fault"] * times}}


def _stuck(*points: str, refused: str = "") -> dict[str, Any]:
    return {"stuck": frozenset(points), "refusing": frozenset({refused})}


def _of_components() -> dict[str, Scenario]:
    scenarios: dict[str, Scenario] = {}
    for component in IN_BOOKING_ORDER:
        kind, suffix = component.kind, component.suffix
        child = f"{TRIP}-{suffix}"
        scenarios |= {
            f"{kind}_confirmed": Scenario(_book(kind)),
            f"{kind}_rejected": Scenario(_book(kind), schedule=_refused(f"{suffix}/hold")),
            f"{kind}_declined": Scenario(_book(kind), schedule=_refused(f"{suffix}/authorize")),
            f"{kind}_child_held": Scenario(_book(), child),
            f"{kind}_child_declined": Scenario(_book(), child, _refused(f"{suffix}/authorize")),
            f"{kind}_child_cancelled": Scenario(_then(_at(component.pay, _cancel), _book()), child),
            f"travel_{kind}_rejected": Scenario(_book(), schedule=_refused(f"{suffix}/hold")),
            f"travel_{kind}_declined": Scenario(_book(), schedule=_refused(f"{suffix}/authorize")),
            f"travel_{kind}_lost": Scenario(_then(_doom(child, 2), _book())),
        }
    return scenarios


def _of_one_flight() -> dict[str, Scenario]:
    faults = {"flight/hold": ["fault", "late"], "flight/authorize": ["lost answer"], "flight/capture": ["fault"]}
    return {
        "flight_faults_then_confirmed": Scenario(_book("flight"), schedule={"fates": faults}),
        "flight_hold_given_up": Scenario(_book("flight"), schedule=_stuck("flight/hold")),
        "flight_authorization_given_up": Scenario(_book("flight"), schedule=_stuck("flight/authorize")),
        "flight_confirm_given_up": Scenario(_book("flight"), schedule=_stuck("flight/confirm")),
        "flight_capture_given_up": Scenario(_book("flight"), schedule=_stuck("flight/capture")),
        "flight_cancel_given_up": Scenario(
            _book("flight"), schedule=_stuck("flight/cancel", refused="flight/authorize")
        ),
        "flight_busy_key": Scenario(_then(_busy, _book("flight"))),
        "flight_past_the_backstop": Scenario(_then(_slow, _book("flight"))),
        "flight_cancelled_after_pivot": Scenario(_then(_at(FLIGHT.capture, _cancel), _book("flight"))),
        "flight_cancelled_while_closing": Scenario(_then(_at("close_trip_activity", _cancel), _book("flight"))),
        "flight_superseded": Scenario(_then(_at(FLIGHT.pay, MemoryInstallation.take_over), _book("flight"))),
        "flight_recovery_undoes": Scenario(
            _then(_at(FLIGHT.pay, _terminate), _book("flight"), MemoryInstallation.take_over), f"{TRIP}-recovery-2"
        ),
        "flight_recovery_goes_on": Scenario(
            _then(_at(FLIGHT.confirm, _terminate), _book("flight"), MemoryInstallation.take_over), f"{TRIP}-recovery-2"
        ),
    }


def _of_travel() -> dict[str, Scenario]:
    late = _at(CAR_HIRE.book, _move(1700))
    return {
        "travel_confirmed": Scenario(_book()),
        "travel_parallel_confirmed": Scenario(_book(parallel=True)),
        "travel_parallel_rejected": Scenario(_book(parallel=True), schedule=_refused("hotel/hold")),
        "travel_parallel_lost": Scenario(_then(_doom(f"{TRIP}-hotel", 2), _book(parallel=True))),
        "travel_price_changed": Scenario(_book(), schedule=_refused("hotel/confirm")),
        "travel_hold_gone": Scenario(_then(_at(HOTEL.confirm, _move(3600)), _book())),
        "travel_capture_refused": Scenario(_book(), schedule=_refused("car/capture")),
        "travel_hold_expired": Scenario(_then(late, _book())),
        "travel_cancelled_before_pivot": Scenario(_then(_at(CAR_HIRE.pay, _cancel), _book())),
        "travel_cancelled_at_pivot": Scenario(_then(_at("record_pivot_activity", _cancel), _book())),
        "travel_cancelled_after_pivot": Scenario(_then(_at(HOTEL.capture, _cancel), _book())),
        "travel_keeps_what_works": Scenario(
            _book(on_failure="keep_what_works"), schedule=_refused("flight/hold", "car/capture")
        ),
        "travel_nothing_works": Scenario(
            _book(on_failure="keep_what_works"), schedule=_refused("flight/hold", "hotel/hold", "car/authorize")
        ),
        "travel_run_again": Scenario(_then(_book(), _again)),
        "travel_change_meanwhile": Scenario(_then(_at(CAR_HIRE.confirm, _change(6)), _book())),
    }


def _of_choices() -> dict[str, Scenario]:
    asked = _book(on_failure="ask_me", policy=SHORT)
    refused = _refused("car/hold")

    def answered(choice: str) -> ScenarioSteps:
        return _then(_before_the_deadline(lambda house: house.answer(choice)), asked)

    lately = _at("record_pivot_activity", lambda house: house.answer("keep"), when=lambda order: order["give_up"])
    return {
        "travel_asks_and_keeps": Scenario(answered("keep"), schedule=refused),
        "travel_asks_and_undoes": Scenario(answered("undo"), schedule=refused),
        "travel_asks_in_vain": Scenario(asked, schedule=refused),
        "travel_answered_at_the_deadline": Scenario(_then(lately, asked), schedule=refused),
        "travel_parks_after_the_deadline": Scenario(
            _then(asked, _mend, _decide("retry")), schedule=_stuck("hotel/cancel", refused="car/hold")
        ),
    }


def _of_attention() -> dict[str, Scenario]:
    refund = _stuck("hotel/refund", refused="car/capture")
    return {
        "travel_needs_attention": Scenario(
            _book(policy=SHORT), schedule=_stuck("hotel/cancel", "car/void", refused="car/capture")
        ),
        "travel_retried": Scenario(
            _then(_book(policy=SHORT), _decide("retry"), _mend, _decide("retry")), schedule=refund
        ),
        "travel_settled": Scenario(_then(_book(policy=SHORT), _decide("settled")), schedule=refund),
        "travel_written_off": Scenario(_then(_book(policy=SHORT), _decide("written_off")), schedule=refund),
        "travel_retried_forward": Scenario(
            _then(_book(policy=SHORT), _mend, _decide("retry")), schedule=_stuck("hotel/confirm")
        ),
        "travel_cancelled_while_parked": Scenario(
            _then(_book(policy=SHORT), _cancel), schedule=_stuck("hotel/confirm")
        ),
    }


def _of_follow_ups() -> dict[str, Scenario]:
    def follow_up(*steps: ScenarioSteps, **more: Any) -> Scenario:
        return Scenario(_then(_book(), *steps), f"{TRIP}-command-1", **more)

    return {
        "follow_up_cancel": follow_up(_cancel),
        "follow_up_change_dearer": follow_up(_change(7)),
        "follow_up_change_cheaper": follow_up(_change(3)),
        "follow_up_change_refused": follow_up(_refuse("hotel/hold"), _change(7)),
        "follow_up_change_declined": follow_up(_refuse("hotel/authorize"), _change(7)),
        "follow_up_change_not_confirmed": follow_up(_refuse("hotel/confirm"), _change(7)),
        "follow_up_change_cancelled": follow_up(_at(HOTEL.confirm, _cancel), _change(7)),
        "follow_up_superseded": follow_up(_at(HOTEL.pay, MemoryInstallation.take_over), _change(7)),
    }


def _of_turns() -> dict[str, Scenario]:
    ways: dict[str, tuple[ScenarioSteps, dict[str, Any]]] = {
        "one_call": (_turn(calls=CALLS[1:]), {}),
        "two_calls": (_turn(calls=CALLS), {}),
        "parked": (_then(_turn(calls=CALLS), _mend, _decide("retry")), _stuck("hotel/capture")),
        "trip_lost": (_then(_doom(TRIP, 1), _turn(calls=CALLS)), {}),
        "reply_only": (_turn(state="done"), {}),
        "problem": (_turn(state="problem"), {}),
        "decision_unknown": (_turn(faults={"decide_turn_activity": 5}), {}),
    }
    return {f"chat_turn_{name}": Scenario(way, "chat-1", schedule) for name, (way, schedule) in ways.items()}


def _quoted(*acts: Callable[[QuotedHouse], object], answers: Sequence[ModelAnswer | Exception] = ()) -> ScenarioSteps:
    """Run a quote whose traveller acts each time that it waits."""

    def way(house: MemoryInstallation) -> None:
        quoted = QuotedHouse(house, answers=answers)
        quoted.when_it_waits(*(partial(act, quoted) for act in acts))
        quoted.run()

    return way


def _approve(quoted: QuotedHouse) -> object:
    return quoted.decide("approve")


def _dearer(house: MemoryInstallation) -> None:
    house.open_all(sim_price_drift=1)


def _run_quote_again(house: MemoryInstallation) -> None:
    house.run(APPROVAL, QUOTE, {"quote": QUOTE})


def _agreed_turn(*looks: bool, told: bool = False) -> ScenarioSteps:
    """Run a turn that said yes to a quote; `looks` is what it sees of the trips each time that it looks."""

    def way(house: MemoryInstallation) -> None:
        left = list(looks)
        house.overrides["look_at_trips_activity"] = lambda order: {"told": left.pop(0)}
        house.overrides["wake_quote_activity"] = lambda order: {"told": True}
        chat = Chat(house, (), waits=True, wakes=(WakeOrder(quote=QUOTE, round=1),))
        if told:
            house.host.before_timer = lambda: house.host.raise_event("chat-1", SETTLED_EVENT)
        chat.run()

    return way


def _of_agreed_turns() -> dict[str, Scenario]:
    ways: dict[str, ScenarioSteps] = {
        "told": _agreed_turn(True, told=True),
        "never_told": _agreed_turn(False, False, True),
        "priced": lambda house: _priced_turn(house),
    }
    return {f"chat_turn_{name}_1_2": Scenario(way, "chat-1", version="1.2") for name, way in ways.items()}


def _priced_turn(house: MemoryInstallation) -> None:
    house.overrides["wake_quote_activity"] = lambda order: {"told": True}
    Chat(house, (), "done", wakes=(WakeOrder(quote=QUOTE),)).run()


def _of_quotes() -> dict[str, Scenario]:
    change = _quoted(
        lambda quoted: quoted.decide("change", "four nights"),
        _approve,
        answers=[call_of("book_travel", '{"destination": "Paris", "nights": 4, "date": "2026-03-02"}')],
    )
    late = _at("follow_quote_activity", lambda house: _decide_late(house), when=lambda order: order["is_over"])
    decided_while_dead = _then(
        _quoted(lambda quoted: quoted.house.host.terminate(QUOTE)),
        lambda house: _decide_late(house),
        _run_quote_again,
    )
    ways: dict[str, tuple[ScenarioSteps, dict[str, Any]]] = {
        "approved": (_quoted(_approve), {}),
        "rejected": (_quoted(lambda quoted: quoted.decide("reject")), {}),
        "expired": (_quoted(), {}),
        "changed": (change, {}),
        "unpriced": (_quoted(), _stuck("flight/quote")),
        "decided_at_the_deadline": (_then(late, _quoted()), {}),
        "decided_while_dead": (decided_while_dead, {}),
        "price_changed": (_then(_dearer, _quoted(_approve)), {}),
        "trip_lost": (_then(_doom(trip_of_quote(), 1), _quoted(_approve)), {}),
        "trip_refused": (_quoted(_approve), _refused("hotel/hold")),
    }
    scenarios = {name: Scenario(way, QUOTE, schedule, "1.2") for name, (way, schedule) in ways.items()}
    return {f"quote_{name}_1_2": scenario for name, scenario in scenarios.items()}


def _decide_late(house: MemoryInstallation) -> None:
    offer = house.services.quotes.quote(QUOTE)
    assert offer
    assert offer.offer
    house.services.quotes.decide(
        HumanDecision(subject=QUOTE, round=1, choice="approve", hash=offer.offer.hash, by=None, at=house.clock())
    )


_FIRST: dict[str, Scenario] = {
    **_of_components(),
    **_of_one_flight(),
    **_of_travel(),
    **_of_choices(),
    **_of_attention(),
    **_of_follow_ups(),
    **_of_turns(),
}

# Here an activity takes the steps that follow its own, unless a fault stops it: so that something can come in between.
_SINCE_1_2: dict[str, Scenario] = {
    **_FIRST,
    **{
        f"{component.kind}_child_cancelled": Scenario(
            _then(_at(component.pay, _cancel), _book()),
            f"{TRIP}-{component.suffix}",
            _faulty(f"{component.suffix}/authorize"),
        )
        for component in IN_BOOKING_ORDER
    },
    "flight_superseded": Scenario(
        _then(_at(FLIGHT.pay, MemoryInstallation.take_over), _book("flight")), schedule=_faulty("flight/authorize")
    ),
    "flight_recovery_undoes": Scenario(
        _then(_at(FLIGHT.pay, _terminate), _book("flight"), MemoryInstallation.take_over),
        f"{TRIP}-recovery-2",
        _faulty("flight/authorize", times=2),
    ),
    "travel_cancelled_before_pivot": Scenario(
        _then(_at(CAR_HIRE.pay, _cancel), _book()), schedule=_faulty("car/authorize")
    ),
    "flight_cancelled_after_pivot": Scenario(
        _then(_at(FLIGHT.confirm, _cancel), _book("flight")), schedule=_faulty("flight/confirm")
    ),
    "flight_cancelled_while_closing": Scenario(
        _then(_at("close_trip_activity", _cancel), _book("flight")), schedule=_faulty("flight/capture")
    ),
    "flight_recovery_goes_on": Scenario(
        _then(_at(FLIGHT.confirm, _terminate), _book("flight"), MemoryInstallation.take_over),
        f"{TRIP}-recovery-2",
        _faulty("flight/confirm", times=2),
    ),
    "travel_hold_gone": Scenario(_then(_at(HOTEL.confirm, _move(3600)), _book()), schedule=_faulty("hotel/confirm")),
    "travel_cancelled_after_pivot": Scenario(
        _then(_at(HOTEL.confirm, _cancel), _book()), schedule=_faulty("hotel/confirm")
    ),
    "travel_change_meanwhile": Scenario(
        _then(_at(CAR_HIRE.confirm, _change(6)), _book()), schedule=_faulty("car/confirm")
    ),
}

SCENARIOS: dict[str, Scenario] = {
    **_FIRST,
    **{f"{name}_1_1": replace(scenario, version="1.1") for name, scenario in _FIRST.items()},
    **{f"{name}_1_2": replace(scenario, version="1.2") for name, scenario in _SINCE_1_2.items()},
    **_of_quotes(),
    **_of_agreed_turns(),
}
"""Every way, in each flow that may still have instances in flight."""
