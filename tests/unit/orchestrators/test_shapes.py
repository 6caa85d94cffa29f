"""Trips for several travellers, from an origin and there and back: booked, changed, undone and forgotten as one."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from api.problems import ApiProblem
from api.trips.requests import ChangeRequest
from domain.components import ComponentKind, parts_of
from domain.trip.entry_data import entry_data
from domain.trip.requests import TripRequest
from domain.trip.status import component_view
from support.orchestrations.installation import PARIS, MemoryInstallation, quick_folder, real_activities
from support.orchestrations.invariant import require_invariant
from support.orchestrations.services import RealActivities

TRIP = "trip-1"
BACK = date(2026, 3, 7)
BUDGET = {"currency": "USD", "minor": 900_050}
ASKED = TripRequest.model_validate(
    {**PARIS.model_dump(), "travellers": 3, "origin": "Ghent", "return_date": BACK, "budget": BUDGET}
)
PRICES: dict[ComponentKind, int] = {"flight": 6 * 45_000, "hotel": 2 * 87_500, "car_hire": 22_500}
"""Six seats, two rooms and one car, at the prices of Paris."""


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@pytest.fixture
def house(activities: RealActivities) -> Iterator[MemoryInstallation]:
    """Return an installation whose books agree with its ledger at the end."""
    with quick_folder() as folder:
        installation = MemoryInstallation(folder, activities)
        yield installation
        require_invariant(installation)


def modified(house: MemoryInstallation, kind: ComponentKind, units: int | None, day: date | None) -> Any:
    requested = ChangeRequest(component=kind, units=units, day=day)
    return house.ask_api(lambda commands: commands.change(TRIP, requested))


def prices(house: MemoryInstallation) -> dict[str, int]:
    return {booking.kind: booking.amount.minor for booking in house.view().bookings if booking.amount}


def test_a_trip_for_three_there_and_back_costs_what_it_takes(house: MemoryInstallation) -> None:
    house.book(asked=ASKED)
    view = house.view()
    assert (view.status, view.warnings) == ("confirmed", ())
    assert prices(house) == PRICES
    assert view.total.minor == sum(PRICES.values())
    assert view.request == {
        "destination": "Paris",
        "nights": 5,
        "date": "2026-03-02",
        "travellers": 3,
        "origin": "Ghent",
        "return_date": "2026-03-07",
        "budget": "9000.50 USD",
    }
    flight, hotel, car = (booking.details for booking in view.bookings)
    assert (flight["legs"], flight["travellers"], flight["return_date"]) == (2, 3, "2026-03-07")
    assert (hotel["rooms"], car["cars"]) == (2, 1)


def test_both_legs_are_one_booking_with_one_payment(house: MemoryInstallation) -> None:
    house.book("flight", asked=ASKED)
    [flight] = house.view().bookings
    assert house.effects() == ["book_flight_activity"]
    assert flight.amount
    assert (flight.amount.minor, house.view().total.minor) == (PRICES["flight"], PRICES["flight"])


def test_a_change_keeps_the_travellers_the_origin_and_the_flight_back(house: MemoryInstallation) -> None:
    house.book(asked=ASKED)
    modified(house, "hotel", 4, None)
    house.go_on()
    modified(house, "flight", None, date(2026, 3, 1))
    house.go_on()
    assert prices(house) == {**PRICES, "hotel": 2 * 4 * 17_500}
    flight = house.view().bookings[0].details
    assert (flight["travellers"], flight["origin"], flight["return_date"]) == (3, "Ghent", "2026-03-07")
    # The flight comes back a day after the hotel's last night.
    assert "The hotel ends on 2026-03-06, and the flight on 2026-03-07." in house.view().warnings


@pytest.mark.parametrize("day", [BACK, date(2026, 3, 9)])
def test_the_flight_out_is_not_moved_behind_the_flight_back(house: MemoryInstallation, day: date) -> None:
    house.book("flight", asked=ASKED)
    with pytest.raises(ApiProblem) as caught:
        modified(house, "flight", None, day)
    assert caught.value.problem.code == "invalid_change"
    assert "2026-03-07" in caught.value.problem.detail


def test_a_trip_that_fails_is_undone_whole(house: MemoryInstallation) -> None:
    house.schedule.refusing = frozenset({"car/hold"})
    house.book(asked=ASKED)
    assert (house.view().status, house.view().total.minor) == ("failed", 0)


def test_a_component_shows_what_concerns_it(house: MemoryInstallation) -> None:
    house.book(asked=ASKED)
    row, entries = house.row(), house.ledger.entries(TRIP)
    views = [component_view(row, entries, (), component) for component in parts_of("travel")]
    requests = [view.request for view in views if view]
    assert [sorted(set(request) - {"destination", "date"}) for request in requests] == [
        ["origin", "return_date", "travellers"],
        ["nights", "travellers"],
        ["days", "travellers"],
    ]


def test_forgetting_takes_all_of_it_out_of_the_ledger(house: MemoryInstallation) -> None:
    house.book(asked=ASKED)

    def everything() -> str:
        data = [entry_data(entry.data) for entry in house.ledger.entries(TRIP)]
        return json.dumps([repr(house.row()), repr(house.facts()), data])

    personal = ("Ghent", "travellers=3", '"travellers": 3', "2026-03-07", "900050")
    assert [word for word in personal if word not in everything()] == []
    assert house.ledger.forget("c-1") == 1
    assert [word for word in personal if word in everything()] == []


def test_what_is_unset_is_in_no_input_of_an_activity(house: MemoryInstallation) -> None:
    inputs: list[Any] = []
    house.before = lambda name, order: inputs.append(order)
    house.book()
    text = json.dumps(inputs)
    assert [name for name in ("shape", "travellers", "origin", "return_date", "budget") if name in text] == []
