"""What the sagas do, step by step, with activities that follow a script."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support_replay import EPOCH, MemoryHost
from support_scenarios import CALLS, TRIP, TURN, Scenario, alone, travel, turn
from support_scripted import ALWAYS, PARIS, Script

from domain.components import CAR_HIRE, FLIGHT, HOTEL, IN_BOOKING_ORDER, Component
from domain.ids import effect_key
from domain.outcomes import ComponentOutcome, TripOutcome

EVERYTHING_BOOKED = [name for c in IN_BOOKING_ORDER for name in (c.book, c.pay)]


def component_end(scenario: Scenario) -> tuple[ComponentOutcome, Script]:
    instance, script = scenario.run()
    return ComponentOutcome.model_validate(instance.output), script


def trip_end(scenario: Scenario) -> tuple[TripOutcome, Script]:
    instance, script = scenario.run()
    return TripOutcome.model_validate(instance.output), script


def compensated(outcome: TripOutcome | ComponentOutcome) -> list[str]:
    return [each.activity for each in outcome.compensations]


def message(outcome: TripOutcome | ComponentOutcome) -> str:
    assert outcome.error
    return outcome.error.message


def test_a_trip_books_and_charges_flight_hotel_and_car_in_this_order() -> None:
    outcome, script = trip_end(travel())
    assert outcome.status == "confirmed"
    assert [part.kind for part in outcome.components] == ["flight", "hotel", "car_hire"]
    assert [part.id for part in outcome.components] == [f"{TRIP}-flight", f"{TRIP}-hotel", f"{TRIP}-car"]
    assert script.effects() == EVERYTHING_BOOKED
    assert script.closed == [outcome]
    assert sum(part.amount.minor for part in outcome.components if part.amount) == 155000


def test_every_effect_has_the_key_of_its_component_and_effect() -> None:
    _, script = travel(refuse={HOTEL.pay}).run()
    keys = [key for name, key in script.delivered if name in script.effects()]
    flight, hotel = f"{TRIP}-flight", f"{TRIP}-hotel"
    assert keys == [
        effect_key(flight, "book"),
        effect_key(flight, "charge"),
        effect_key(hotel, "book"),
        effect_key(hotel, "charge"),
        effect_key(hotel, "cancel"),
        effect_key(flight, "cancel"),
    ]


@pytest.mark.parametrize(
    ("refused", "cancels"),
    [
        (FLIGHT.book, []),
        (FLIGHT.pay, [FLIGHT.cancel]),
        (HOTEL.book, [FLIGHT.cancel]),
        (HOTEL.pay, [HOTEL.cancel, FLIGHT.cancel]),
        (CAR_HIRE.book, [HOTEL.cancel, FLIGHT.cancel]),
        (CAR_HIRE.pay, [CAR_HIRE.cancel, HOTEL.cancel, FLIGHT.cancel]),
    ],
)
def test_a_refusal_undoes_what_was_booked_in_exact_reverse(refused: str, cancels: list[str]) -> None:
    outcome, script = trip_end(travel(refuse={refused}))
    assert outcome.status == "failed"
    assert compensated(outcome) == cancels
    assert script.effects()[len(script.effects()) - len(cancels) :] == cancels
    assert all(each.status == "cancelled" for each in outcome.compensations)
    assert script.effects().count(refused) == 1, "a refusal is never tried again"
    assert message(outcome).endswith("Nothing of this trip stays charged. You can ask for another date, place or trip.")


def test_a_declined_flight_is_cancelled_and_nothing_else_is_booked() -> None:
    outcome, script = trip_end(travel(refuse={FLIGHT.pay}))
    assert script.effects() == [FLIGHT.book, FLIGHT.pay, FLIGHT.cancel]
    assert [compensated(part) for part in outcome.components] == [[FLIGHT.cancel]]


def test_a_simulated_refusal_says_so_with_its_dial() -> None:
    outcome, _ = trip_end(travel(refuse={CAR_HIRE.book}))
    assert "simulated" in message(outcome)
    assert "SIM_REJECT_CAR" in message(outcome)
    assert outcome.error
    assert outcome.error.code == "sold_out"


@pytest.mark.parametrize("component", IN_BOOKING_ORDER, ids=lambda c: c.kind)
class TestAComponentAlone:
    def test_is_booked_charged_and_closes_its_trip(self, component: Component) -> None:
        outcome, script = component_end(alone(component.kind))
        assert (outcome.status, outcome.id) == ("confirmed", TRIP)
        assert script.effects() == [component.book, component.pay]
        assert script.closed[0].components == (outcome,)
        assert script.closed[0].kind == component.kind

    def test_has_nothing_to_cancel_when_it_is_rejected(self, component: Component) -> None:
        outcome, script = component_end(alone(component.kind, refuse={component.book}))
        assert outcome.status == "failed"
        assert script.effects() == [component.book]
        assert not outcome.compensations
        assert outcome.text == "Sold out."

    def test_cancels_its_own_booking_when_the_charge_is_declined(self, component: Component) -> None:
        outcome, script = component_end(alone(component.kind, refuse={component.pay}))
        assert outcome.status == "failed"
        assert script.effects() == [component.book, component.pay, component.cancel]
        assert compensated(outcome) == [component.cancel]
        assert outcome.compensations[0].confirmation == outcome.confirmation

    @pytest.mark.parametrize("faults", [1, 4])
    def test_survives_faults_of_every_step(self, component: Component, faults: int) -> None:
        outcome, script = component_end(alone(component.kind, faults={component.book: faults, component.pay: faults}))
        assert outcome.status == "confirmed"
        assert script.effects() == [component.book] * (faults + 1) + [component.pay] * (faults + 1)

    @pytest.mark.parametrize("step", ["book", "pay"])
    def test_cancels_by_key_what_stays_unknown_after_five_attempts(self, component: Component, step: str) -> None:
        unknown = component.book if step == "book" else component.pay
        outcome, script = component_end(alone(component.kind, faults={unknown: ALWAYS}))
        assert outcome.status == "failed"
        assert script.effects().count(unknown) == 5
        assert script.effects()[-1] == component.cancel
        assert compensated(outcome) == [component.cancel]
        assert outcome.error
        assert outcome.error.code == "outcome_unknown"


def test_the_waits_between_attempts_double_on_durable_timers() -> None:
    instance, _ = alone("flight", faults={FLIGHT.book: 4}).run()
    failed = [event["Timestamp"] for event in instance.history if event["EventType"] == 6]
    fires = [event["FireAt"] for event in instance.history if event["EventType"] == 10]
    waits = [_at(fire) - _at(fault) for fire, fault in zip(fires, failed, strict=True)]
    assert waits == [timedelta(seconds=seconds) for seconds in (0.5, 1, 2, 4)]


def _at(text: str) -> timedelta:
    return datetime.fromisoformat(text[:26] + "+00:00") - EPOCH


def test_a_step_that_stays_unknown_is_cancelled_before_the_earlier_ones() -> None:
    outcome, script = trip_end(travel(faults={HOTEL.pay: ALWAYS}))
    assert outcome.status == "failed"
    assert compensated(outcome) == [HOTEL.cancel, FLIGHT.cancel]
    assert script.effects()[-2:] == [HOTEL.cancel, FLIGHT.cancel]


def test_a_cancel_that_keeps_failing_does_not_stop_the_others_and_is_named() -> None:
    outcome, script = trip_end(travel(refuse={CAR_HIRE.book}, faults={HOTEL.cancel: ALWAYS}))
    assert outcome.status == "needs_attention"
    assert [(each.activity, each.status) for each in outcome.compensations] == [
        (HOTEL.cancel, "failed"),
        (FLIGHT.cancel, "cancelled"),
    ]
    assert script.effects().count(HOTEL.cancel) == 5
    hotel = outcome.components[1].confirmation
    assert f"Could not be cancelled in several attempts: hotel {hotel}." in message(outcome)
    assert "Nothing of this trip stays charged" not in message(outcome)
    assert outcome.error
    assert outcome.error.code == "cancel_failed"


def test_a_component_that_could_not_undo_itself_makes_the_trip_need_attention() -> None:
    outcome, script = trip_end(travel(refuse={HOTEL.pay}, faults={HOTEL.cancel: ALWAYS}))
    assert outcome.status == "needs_attention"
    assert [(each.activity, each.status) for each in outcome.compensations] == [
        (HOTEL.cancel, "failed"),
        (FLIGHT.cancel, "cancelled"),
    ]
    assert script.effects().count(HOTEL.cancel) == 5, "the parent does not begin another round"


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_child_that_raised_or_was_terminated_is_cancelled_by_key_first(lost: int) -> None:
    component = IN_BOOKING_ORDER[lost]
    scenario = travel()
    script = Script()
    host = MemoryHost(script.activities(), children={f"{TRIP}-{component.suffix}": _terminated})
    outcome = TripOutcome.model_validate(host.run(scenario.orchestrator, TRIP, scenario.input).output)
    assert outcome.status == "failed"
    assert compensated(outcome) == [c.cancel for c in reversed(IN_BOOKING_ORDER[: lost + 1])]
    assert outcome.components[-1].id == f"{TRIP}-{component.suffix}"
    assert outcome.error
    assert outcome.error.code == "outcome_unknown"


def _terminated(_: Any) -> Any:
    raise RuntimeError("terminated")


@pytest.mark.parametrize("refuse", [set(), {CAR_HIRE.book}], ids=["confirmed", "failed"])
def test_a_saga_run_again_for_an_ended_trip_returns_the_record_and_has_no_effect(refuse: set[str]) -> None:
    first, _ = trip_end(travel(refuse=refuse))
    again, script = trip_end(travel(recorded=first))
    assert again == first
    assert script.effects() == []
    assert script.closed == []


@pytest.mark.parametrize("component", IN_BOOKING_ORDER, ids=lambda c: c.kind)
def test_a_component_run_again_for_an_ended_trip_returns_its_part_of_the_record(component: Component) -> None:
    first, _ = trip_end(travel(refuse={CAR_HIRE.pay}))
    identifier = f"{TRIP}-{component.suffix}"
    script = Script(recorded=first)
    given = {"trip": TRIP, "component": identifier, "request": PARIS.model_dump(mode="json")}
    instance = MemoryHost(script.activities()).run(component.saga, identifier, given)
    assert ComponentOutcome.model_validate(instance.output) in first.components
    assert script.effects() == []


def test_a_component_that_an_ended_trip_never_attempted_is_not_booked_afterwards() -> None:
    first, _ = trip_end(travel(refuse={FLIGHT.book}))
    script = Script(recorded=first)
    given = {"trip": TRIP, "component": f"{TRIP}-car", "request": PARIS.model_dump(mode="json")}
    instance = MemoryHost(script.activities()).run(CAR_HIRE.saga, f"{TRIP}-car", given)
    outcome = ComponentOutcome.model_validate(instance.output)
    assert (outcome.status, message(outcome).split(";")[0]) == ("failed", "The trip has ended without a car hire")
    assert script.effects() == []


def test_nothing_is_booked_while_the_ledger_does_not_answer() -> None:
    instance, script = travel(faults={"recall_trip_activity": ALWAYS}).run()
    assert instance.error
    assert "recall_trip_activity failed 5 times" in instance.error
    assert script.effects() == []


def test_an_end_that_can_not_be_recorded_fails_the_saga_instead_of_being_claimed() -> None:
    instance, _ = travel(faults={"close_trip_activity": ALWAYS}).run()
    assert instance.error
    assert "close_trip_activity failed 5 times" in instance.error


def test_custom_status_holds_the_current_step_only() -> None:
    instance, _ = alone("flight").run()
    steps = [answer.get("customStatus") for _, answer in instance.episodes]
    assert steps[:4] == [
        {"step": name} for name in ("recall_trip_activity", FLIGHT.book, FLIGHT.pay, "close_trip_activity")
    ]


class TestAChatTurn:
    def test_runs_the_trips_and_then_words_and_stores_the_reply(self) -> None:
        instance, script = turn(calls=CALLS).run()
        assert instance.output == {"state": "done"}
        assert [name for name, _ in script.delivered][-2:] == ["word_reply_activity", "finish_turn_activity"]
        assert {outcome.id for outcome in script.closed} == {call.trip for call in CALLS}

    def test_starts_each_trip_under_its_own_id_side_by_side(self) -> None:
        instance, _ = turn(calls=CALLS).run()
        created = [event for event in instance.history if event["EventType"] == 7]
        assert [event["InstanceId"] for event in created] == [call.trip for call in CALLS]
        assert created[0]["Timestamp"] == created[1]["Timestamp"]

    @pytest.mark.parametrize("lost", [0, 1])
    def test_waits_for_the_other_trip_when_one_saga_dies(self, lost: int) -> None:
        script = Script(calls=CALLS)
        host = MemoryHost(script.activities(), children={CALLS[lost].trip: _terminated})
        instance = host.run("chat_turn", TURN, {"conversation": "c-1", "turn": 1, "attempt": 1})
        assert instance.output == {"state": "done"}
        assert [outcome.id for outcome in script.closed] == [CALLS[1 - lost].trip]
        names = [name for name, _ in script.delivered]
        assert names.index("close_trip_activity") < names.index("word_reply_activity")

    def test_gives_a_trip_that_goes_on_elsewhere_the_time_to_end(self) -> None:
        script = Script(calls=CALLS[:1], ends_elsewhere_after=3)
        host = MemoryHost(script.activities(), children={CALLS[0].trip: _terminated})
        assert host.run("chat_turn", TURN, {"conversation": "c-1", "turn": 1, "attempt": 1}).output == {"state": "done"}
        assert [name for name, _ in script.delivered].count("recall_trip_activity") == 3

    @pytest.mark.parametrize("state", ["done", "problem"])
    def test_books_nothing_when_the_decision_ends_the_turn(self, state: str) -> None:
        instance, script = turn(turn_state=state).run()
        assert instance.output == {"state": state}
        assert [name for name, _ in script.delivered] == ["decide_turn_activity"]

    def test_stores_a_problem_when_the_decision_stays_unknown(self) -> None:
        instance, script = turn(faults={"decide_turn_activity": ALWAYS}).run()
        assert instance.output == {"state": "problem"}
        assert [name for name, _ in script.delivered] == ["decide_turn_activity"] * 5 + ["fail_turn_activity"]

    def test_fails_when_not_even_the_problem_can_be_stored(self) -> None:
        instance, _ = turn(faults={"decide_turn_activity": ALWAYS, "fail_turn_activity": ALWAYS}).run()
        assert instance.error

    def test_survives_faults_while_wording_and_storing(self) -> None:
        faults = {"word_reply_activity": 4, "finish_turn_activity": 4}
        instance, _ = turn(calls=CALLS[:1], faults=faults).run()
        assert instance.output == {"state": "done"}
