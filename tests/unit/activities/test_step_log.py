"""The log of a trip is one line for each step, written where the Functions host knows the invocation."""

import asyncio
import logging
from collections.abc import Awaitable, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from pydantic import ValidationError

from activities.prices import price
from activities.services import serving
from domain.money.change_terms import PriceOrder
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
    """Notes the task in which each line is written."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks: list[asyncio.Task[Any] | None] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.tasks.append(asyncio.current_task())
        except RuntimeError:
            self.tasks.append(None)


@pytest.mark.parametrize("failing", [False, True])
def test_a_line_is_written_in_the_task_of_its_activity(activities: RealActivities, *, failing: bool) -> None:
    """The host drops a record without an invocation, which the worker finds by the task or by its own thread."""
    places = _Places()
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
        function = activity_functions()["book_flight_activity"]
        logging.getLogger().addHandler(places)
        try:
            tasks = asyncio.run(_running(function(order=order.model_dump(mode="json"))))
        finally:
            logging.getLogger().removeHandler(places)
    assert places.tasks == tasks


async def _running(activity: Awaitable[Any]) -> list[asyncio.Task[Any] | None]:
    """Run the activity to its end or failure, and return the task once."""
    with suppress(SupplierFault):
        await activity
    return [asyncio.current_task()]


def test_a_mistake_is_logged_with_its_place_and_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    """An error's text may quote the order, and with it what a traveller asked for."""
    function = activity_functions()["record_pivot_activity"]
    with pytest.raises(ValidationError, match="Paris"):
        function(order={"trip": "trip-1", "epoch": "Paris"})
    [line] = [text for text in caplog.messages if text.startswith("activity_failed ")]
    assert line.startswith("activity_failed trip=trip-1 step=pivot reason=ValidationError place=")
    assert "Paris" not in caplog.text


def test_a_price_enquiry_is_a_step_of_its_trip(activities: RealActivities, caplog: pytest.LogCaptureFixture) -> None:
    trip = "trip-1"
    with installation(activities) as house:
        order = PriceOrder(
            component=f"{trip}-hotel",
            kind="hotel",
            revision=2,
            destination="Paris",
            date=PARIS.date,
            units=3,
        )
        price(house.services, order)
    assert steps(caplog, trip) == ["quote_hotel quoted -"]
    assert "Paris" not in caplog.text
