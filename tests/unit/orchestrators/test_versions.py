"""An app that is upgraded while trips are open: each goes on with the flow that it was begun with."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import pytest

from domain.components import HOTEL, SAGA_OF, parts_of
from domain.trip.outcomes import SagaInput
from orchestrators import travel_saga as today
from orchestrators.frame import child
from support.orchestrations.execution import Handle
from support.orchestrations.faults import Schedule
from support.orchestrations.installation import MemoryInstallation, quick_folder, real_activities
from support.orchestrations.invariant import require_invariant
from support.orchestrations.memory_host import VERSION, MemoryHost
from support.orchestrations.replay import ORCHESTRATORS, orchestrators_of
from support.orchestrations.services import RealActivities

PARTS = parts_of("travel")

TRIP = "trip-1"
HELD = [c.book for c in PARTS]


def upgraded() -> dict[str, Handle]:
    """Return tomorrow's app, in which the travel saga of version 1.3 begins with the hotel."""
    blueprint = df.Blueprint()

    @blueprint.orchestration_trigger(context_name="context")
    def travel_booking_saga(context: df.DurableOrchestrationContext) -> Any:  # pyright: ignore[reportUnusedFunction]
        if context.version == "1.3":
            saga_input = SagaInput.model_validate(context.get_input())
            hotel = saga_input.model_copy(update={"component": f"{saga_input.trip}-hotel"})
            yield child(context, HOTEL.saga, hotel, f"{saga_input.trip}-hotel")
        return (yield from today.travel_saga(context))

    return {**ORCHESTRATORS, **orchestrators_of(blueprint)}


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@pytest.fixture
def house(activities: RealActivities) -> Iterator[MemoryInstallation]:
    with quick_folder() as folder:
        yield MemoryInstallation(folder, activities, Schedule())


def upgrade(house: MemoryInstallation) -> None:
    house.host._orchestrators = upgraded()  # pyright: ignore[reportPrivateUsage]
    house.host._version = "1.3"  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("step", [*HELD, "record_pivot_activity"])
def test_an_upgrade_in_the_middle_of_a_trip_changes_nothing_of_it(house: MemoryInstallation, step: str) -> None:
    def before(name: str, argument: Any) -> None:
        if name == step:
            upgrade(house)

    house.before = before
    house.book()
    require_invariant(house)
    assert house.outcome().status == "confirmed"
    assert house.effects() == HELD
    assert {instance.version for instance in house.host.instances.values()} == {VERSION}


def test_a_trip_that_begins_after_the_upgrade_takes_the_new_flow_with_its_children(house: MemoryInstallation) -> None:
    upgrade(house)
    house.book()
    require_invariant(house)
    assert house.effects()[0] == HOTEL.book
    assert {instance.version for instance in house.host.instances.values()} == {"1.3"}


def test_a_parked_trip_goes_on_after_the_upgrade(house: MemoryInstallation) -> None:
    house.schedule.stuck = frozenset({"hotel/confirm"})
    house.book()
    upgrade(house)
    house.schedule.mend()
    house.decide(house.facts().items[0], "retry")
    house.go_on()
    assert house.outcome().status == "confirmed"


def test_a_follow_up_of_an_old_trip_has_the_new_version(house: MemoryInstallation) -> None:
    house.book()
    upgrade(house)
    house.cancel()
    house.go_on()
    assert house.host.instances[f"{TRIP}-command-1"].version == "1.3"
    require_invariant(house)


def test_without_the_old_flow_an_open_trip_would_break_and_that_is_noticed(house: MemoryInstallation) -> None:
    renamed: dict[str, Callable[..., Any]] = {**upgraded()}

    def before(name: str, argument: Any) -> None:
        if name == HOTEL.book:
            renamed["travel_booking_saga"] = ORCHESTRATORS["follow_up_saga"]
            house.host._orchestrators = renamed  # pyright: ignore[reportPrivateUsage]

    house.before = before
    with pytest.raises(AssertionError, match="Non-Deterministic"):
        house.book()


def test_the_app_names_its_version() -> None:
    host = json.loads((Path(__file__).resolve().parents[3] / "host.json").read_text(encoding="utf-8"))
    assert host["extensions"]["durableTask"]["defaultVersion"] == VERSION


def test_a_saga_of_no_version_has_children_of_none(activities: RealActivities) -> None:
    with quick_folder() as folder:
        house = MemoryInstallation(folder, activities, host=lambda table, clock: MemoryHost(table, clock, version=None))
        house.book()
        assert {instance.version for instance in house.host.instances.values()} == {None}
        assert SAGA_OF["travel"] in {instance.name for instance in house.host.instances.values()}
