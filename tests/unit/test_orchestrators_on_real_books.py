"""The sagas with the real activities, ledger and simulators: how trips end, and what is left in the books."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support_faults import POINTS, Schedule, failing
from support_replay import MemoryHost
from support_scripted import PARIS
from support_services import CALM, RealActivities, ScriptedModel, call_of, claim_turn, open_scripted, open_trip

from activities.services import Services, serving
from domain.components import COMPONENT_KINDS, IN_BOOKING_ORDER, SAGA_OF
from domain.ids import effect_key
from domain.outcomes import SagaInput, TripOutcome
from scripts.audit import examine
from settings import Settings
from suppliers.ports import Booking, Payment

ALL_REFUSE = dict.fromkeys(CALM, 1)


@pytest.fixture(scope="module")
def activities() -> Iterator[dict[str, Callable[[Any], Any]]]:
    real = RealActivities()
    yield real.table()
    real.close()


class House:
    """An installation in a folder, and a durable host in memory that runs its sagas."""

    def __init__(self, state_dir: Path, activities: dict[str, Callable[[Any], Any]], **dials: Any) -> None:
        self.state_dir = state_dir
        self.services = open_scripted(state_dir, **dials)
        self.refusing = open_scripted(state_dir, **ALL_REFUSE)
        self.activities = activities
        self._numbers = itertools.count()

    def new_trip(self) -> str:
        trip = f"trip-{next(self._numbers)}"
        open_trip(self.services, trip, PARIS)
        return trip

    def book(
        self, trip: str, services: Services | None = None, *, deliveries: int = 1, lost: tuple[str, bool] | None = None
    ) -> TripOutcome:
        """Run the trip's saga. `lost` names a component whose saga dies, and whether it had run before that."""
        activities = {name: _delivered(function, deliveries) for name, function in self.activities.items()}
        children = {f"{trip}-{lost[0]}": self._dying(activities, lost[1])} if lost else None
        order = SagaInput(trip=trip, component=None, request=PARIS).model_dump(mode="json")
        with serving(services or self.services):
            instance = MemoryHost(activities, children=children).run(SAGA_OF["travel"], trip, order)
        return TripOutcome.model_validate(instance.output)

    def left(self, trip: str) -> dict[str, set[str]]:
        """What stands in the suppliers' books for each component: of `booked`, `captured`."""
        found: dict[str, set[str]] = {}
        for component in IN_BOOKING_ORDER:
            identifier = f"{trip}-{component.suffix}"
            booking = self.services.suppliers.booking[component.kind].find(effect_key(identifier, "book"))
            payment = self.services.suppliers.payments.find(effect_key(identifier, "charge"))
            standing = {booking.status} if isinstance(booking, Booking) else set[str]()
            standing |= {payment.status} if isinstance(payment, Payment) else set[str]()
            found[component.cancel] = standing & {"booked", "captured"}
        return found

    def _dying(self, activities: dict[str, Callable[[Any], Any]], after_running: bool) -> Callable[[Any], Any]:
        def die(order: Any) -> Any:
            component = next(c for c in IN_BOOKING_ORDER if order["component"].endswith(f"-{c.suffix}"))
            if after_running:
                MemoryHost(activities).run(component.saga, order["component"], order)
            raise RuntimeError("terminated")

        return die


def _delivered(function: Callable[[Any], Any], times: int) -> Callable[[Any], Any]:
    """An activity whose work item is delivered several times; the host takes the first completion."""

    def deliver(order: Any) -> Any:
        first, *others = [function(order) for _ in range(times)]
        assert all(other == first for other in others)
        return first

    return deliver


@pytest.fixture
def house(tmp_path: Path, activities: dict[str, Callable[[Any], Any]]) -> Iterator[House]:
    house = House(tmp_path, activities)
    yield house
    assert examine(Settings(state_dir=tmp_path)).unexplained == []


NOTHING = {component.cancel: set[str]() for component in IN_BOOKING_ORDER}


def test_a_calm_trip_to_paris_is_confirmed_and_costs_what_the_documents_say(house: House) -> None:
    trip = house.new_trip()
    outcome = house.book(trip)
    assert outcome.status == "confirmed"
    assert [part.amount.minor for part in outcome.components if part.amount] == [45000, 87500, 22500]
    assert [(part.confirmation or "")[:3] for part in outcome.components] == ["FL-", "HT-", "CR-"]
    assert house.left(trip) == {component.cancel: {"booked", "captured"} for component in IN_BOOKING_ORDER}


def test_a_rejected_car_cancels_the_hotel_then_the_flight_and_nothing_stays_captured(
    tmp_path: Path, activities: dict[str, Callable[[Any], Any]]
) -> None:
    house = House(tmp_path, activities, sim_reject_car=1)
    trip = house.new_trip()
    outcome = house.book(trip)
    assert outcome.status == "failed"
    assert [each.activity for each in outcome.compensations] == ["cancel_hotel_activity", "cancel_flight_activity"]
    assert all(each.status == "cancelled" for each in outcome.compensations)
    assert house.left(trip) == NOTHING
    assert outcome.error
    assert "SIM_REJECT_CAR" in outcome.error.message
    assert examine(Settings(state_dir=house.state_dir)).balanced


def test_a_declined_payment_cancels_the_flight_and_nothing_else_was_booked(
    tmp_path: Path, activities: dict[str, Callable[[Any], Any]]
) -> None:
    house = House(tmp_path, activities, sim_decline_payment=1)
    trip = house.new_trip()
    outcome = house.book(trip)
    assert outcome.status == "failed"
    assert [each.activity for each in outcome.compensations] == ["cancel_flight_activity"]
    assert house.left(trip) == NOTHING
    assert {entry.kind for entry in house.services.ledger.entries(trip) if entry.kind} == {"flight"}


@pytest.mark.parametrize("dials", [{}, {"sim_reject_car": 1}, {"sim_decline_payment": 1}], ids=str)
def test_a_trip_run_again_after_its_end_gives_the_same_outcome_without_any_effect(
    tmp_path: Path, activities: dict[str, Callable[[Any], Any]], dials: dict[str, int]
) -> None:
    house = House(tmp_path, activities, **dials)
    trip = house.new_trip()
    first = house.book(trip)
    before = house.services.ledger.entries(trip)
    watching = Schedule()
    assert house.book(trip, failing(house.services, house.refusing, watching)) == first
    assert watching.deliveries == 0
    assert house.services.ledger.entries(trip) == before


@pytest.mark.parametrize("lost", COMPONENT_KINDS)
@pytest.mark.parametrize("had_run", [False, True])
def test_a_component_saga_that_died_leaves_nothing_behind(house: House, lost: str, had_run: bool) -> None:
    trip = house.new_trip()
    outcome = house.book(trip, lost=("car" if lost == "car_hire" else lost, had_run))
    assert outcome.status == "failed"
    assert house.left(trip) == NOTHING


def test_a_saga_run_again_before_its_end_goes_on_with_what_was_done(house: House) -> None:
    trip = house.new_trip()
    alone = SagaInput(trip=trip, component=f"{trip}-flight", request=PARIS).model_dump(mode="json")
    with serving(house.services):
        first = MemoryHost(house.activities).run(SAGA_OF["flight"], f"{trip}-flight", alone)
    outcome = house.book(trip)
    assert outcome.status == "confirmed"
    assert outcome.components[0].confirmation == first.output["confirmation"]


def test_a_whole_turn_books_both_trips_and_tells_of_them(house: House) -> None:
    both = call_of("book_travel", '{"destination": "Paris", "nights": 5}').calls
    both += call_of("book_flight", '{"destination": "Tokyo"}').calls
    model = ScriptedModel([type(call_of("book_flight", "{}"))(calls=both)])
    services = open_scripted(house.state_dir, model)
    turn = claim_turn(services)
    given = {"conversation": turn.conversation, "turn": turn.number, "attempt": turn.attempt}
    with serving(services):
        instance = MemoryHost(house.activities).run("chat_turn", "chat-1", given)
    assert instance.output == {"state": "done"}
    done = services.conversations.turn(turn.conversation, turn.number)
    assert done
    assert done.reply
    rows = [services.ledger.trip(call.trip) for call in done.calls]
    outcomes = [row.outcome for row in rows if row and row.outcome]
    assert [outcome.status for outcome in outcomes] == ["confirmed", "confirmed"]
    for part in (part for outcome in outcomes for part in outcome.components):
        assert part.confirmation
        assert part.confirmation in done.reply


FATES = st.sampled_from(["works", "fault", "lost answer"])
SCHEDULES = st.builds(
    Schedule,
    fates=st.dictionaries(st.sampled_from(POINTS), st.lists(FATES, min_size=1, max_size=6), max_size=6),
    stuck=st.frozensets(st.sampled_from(POINTS), max_size=3),
    refusing=st.frozensets(st.sampled_from(COMPONENT_KINDS), max_size=1),
    declining=st.frozensets(st.sampled_from(["flight", "hotel", "car"]), max_size=1),
)
LOST = st.none() | st.tuples(st.sampled_from(["flight", "hotel", "car"]), st.booleans())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True)
@given(schedule=SCHEDULES, lost=LOST)
def test_nothing_stays_booked_or_captured_unless_confirmed_or_listed(
    house: House, schedule: Schedule, lost: tuple[str, bool] | None
) -> None:
    book_and_count(house, schedule, lost)


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True)
@given(schedule=SCHEDULES, lost=LOST)
def test_nothing_stays_booked_or_captured_in_many_schedules(
    house: House, schedule: Schedule, lost: tuple[str, bool] | None
) -> None:
    book_and_count(house, schedule, lost)


def book_and_count(house: House, schedule: Schedule, lost: tuple[str, bool] | None) -> None:
    """Run a trip under the schedule and compare how it ended with what the suppliers' books then hold."""
    trip = house.new_trip()
    outcome = house.book(trip, failing(house.services, house.refusing, schedule), lost=lost)
    left = house.left(trip)
    if outcome.status == "confirmed":
        assert set(map(frozenset, left.values())) == {frozenset({"booked", "captured"})}
        assert not outcome.compensations
        return
    open_items = {each.activity for each in outcome.compensations if each.status == "failed"}
    assert (outcome.status == "needs_attention") == bool(open_items)
    assert {cancel for cancel, standing in left.items() if standing} <= open_items
    order = [component.cancel for component in reversed(IN_BOOKING_ORDER)]
    cancelled = [each.activity for each in outcome.compensations]
    assert cancelled == sorted(cancelled, key=order.index)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True)
@given(refusing=st.sampled_from(COMPONENT_KINDS) | st.none(), declining=st.sampled_from(["flight", "hotel", "car", ""]))
def test_every_activity_delivered_twice_has_one_effect(house: House, refusing: Any, declining: str) -> None:
    schedule = Schedule(refusing=frozenset({refusing} - {None}), declining=frozenset({declining} - {""}))
    services = failing(house.services, house.refusing, schedule)
    trips = [house.new_trip(), house.new_trip()]
    once, twice = house.book(trips[0], services), house.book(trips[1], services, deliveries=2)
    assert once.status == twice.status
    assert [each.activity for each in once.compensations] == [each.activity for each in twice.compensations]
    entries = [[(e.event, e.effect, e.kind) for e in house.services.ledger.entries(trip)] for trip in trips]
    assert entries[0] == entries[1]
