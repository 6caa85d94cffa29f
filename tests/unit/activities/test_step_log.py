"""The log of a trip is one line for each step, written where the Functions host knows the invocation."""

import asyncio
import logging
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from activities.services import serving
from activities.step_log import log_step
from activities.threads import in_thread
from domain.trip.effects import HoldOrder
from suppliers.ports import SupplierFault
from support.orchestrations.faults import Schedule
from support.orchestrations.installation import MemoryInstallation, quick_folder, real_activities
from support.orchestrations.services import RealActivities, activity_functions
from support.stores.entries import PARIS


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@contextmanager
def installation(activities: RealActivities, schedule: Schedule | None = None) -> Generator[MemoryInstallation]:
    with quick_folder() as folder:
        yield MemoryInstallation(folder, activities, schedule)


def steps(caplog: pytest.LogCaptureFixture, trip: str = "trip-1") -> list[str]:
    """Return `step outcome reason` of each line about the trip."""
    start = f"trip_step trip={trip} "
    lines = [line.removeprefix(start) for line in caplog.messages if line.startswith(start)]
    return [" ".join(field.partition("=")[2] for field in line.split(" ")) for line in lines]


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_a_booked_trip_has_one_line_for_each_step(activities: RealActivities, caplog: pytest.LogCaptureFixture) -> None:
    with installation(activities) as house:
        house.book()
    assert steps(caplog) == [
        *("hold_flight held -", "authorize_flight authorized -"),
        *("hold_hotel held -", "authorize_hotel authorized -"),
        *("hold_car held -", "authorize_car authorized -"),
        "pivot recorded -",
        *("confirm_flight confirmed -", "capture_flight captured -"),
        *("confirm_hotel confirmed -", "capture_hotel captured -"),
        *("confirm_car confirmed -", "capture_car captured -"),
        "close confirmed -",
    ]
    # The SDK warns once in a process.
    assert len([record for record in caplog.records if not record.name.startswith("azure.")]) == 14
    assert PARIS.destination not in caplog.text


def test_a_refusal_and_what_it_undoes_are_lines_too(
    activities: RealActivities, caplog: pytest.LogCaptureFixture
) -> None:
    with installation(activities, Schedule(refusing=frozenset({"car/hold"}))) as house:
        house.book()
    assert steps(caplog)[4:] == [
        "hold_car refused sold_out",
        *("cancel_hotel cancelled -", "void_hotel voided -"),
        *("cancel_flight cancelled -", "void_flight voided -"),
        "close failed sold_out",
    ]


def test_each_attempt_without_an_outcome_is_a_warning_with_its_reason(
    activities: RealActivities, caplog: pytest.LogCaptureFixture
) -> None:
    with installation(activities, Schedule(stuck=frozenset({"flight/refund"}))) as house:
        house.book("flight")
        caplog.clear()
        house.cancel()
        house.go_on()
        assert house.decide("flight-refund-1", "written_off") == "accepted"
        house.settle("trip-1")
    assert steps(caplog) == [
        "cancel_flight cancelled -",
        *["refund_flight unknown SupplierFault"] * 5,
        "refund_flight given_up attempts_used_up",
        "decide_flight-refund-1 written_off -",
        "close cancelled -",
    ]
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 6


def test_a_change_names_the_booking_that_it_makes(activities: RealActivities, caplog: pytest.LogCaptureFixture) -> None:
    with installation(activities) as house:
        house.book("hotel")
        caplog.clear()
        house.change("hotel", 7)
        house.go_on()
    lines = steps(caplog)
    assert lines[0] == "hold_hotel_2 held -"
    assert lines[-2:] == ["change made -", "close confirmed -"]


class _Places(logging.Handler):
    """Notes the thread and the task in which each line is written."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[threading.Thread, asyncio.Task[Any] | None]] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            task = asyncio.current_task()
        except RuntimeError:
            task = None
        self.seen.append((threading.current_thread(), task))


@pytest.fixture
def places() -> Iterator[_Places]:
    handler, lines = _Places(), logging.getLogger("activities.step_log")
    lines.addHandler(handler)
    yield handler
    lines.removeHandler(handler)


# The host drops a record without an invocation, which the worker finds by the task or by its own thread.
@pytest.mark.parametrize("failing", [False, True])
def test_a_line_is_written_in_the_thread_of_its_activity(
    activities: RealActivities, places: _Places, *, failing: bool
) -> None:
    schedule = Schedule(stuck=frozenset({"flight/hold"}) if failing else frozenset())
    with installation(activities, schedule) as house, serving(house.services):
        order = HoldOrder(
            trip="trip-1",
            component="trip-1",
            kind="flight",
            revision=1,
            key="trip-1/hold/1",
            epoch=1,
            destination="Paris",
            date=PARIS.date,
            units=None,
            booked_at=house.clock(),
        )
        house.open("trip-1", "flight")
        with suppress(SupplierFault):
            activity_functions()["book_flight_activity"](order=order.model_dump(mode="json"))
    assert places.seen == [(threading.current_thread(), None)]


@pytest.mark.parametrize("failing", [False, True])
async def test_a_line_of_another_thread_is_written_in_the_task_of_its_activity(
    places: _Places, *, failing: bool
) -> None:
    def step() -> None:
        log_step("trip-1", "pivot", "recorded")
        if failing:
            raise SupplierFault

    with suppress(SupplierFault):
        await in_thread(step)
    assert places.seen == [(threading.current_thread(), asyncio.current_task())]
