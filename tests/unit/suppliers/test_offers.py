"""Prices and details of the simulated suppliers."""

from dataclasses import replace

import pytest

from domain.components import COMPONENT_KINDS, ComponentKind
from suppliers.catalogue import booking_details
from suppliers.prices import price
from support.suppliers.companies import order


def test_paris_costs_what_the_documents_say() -> None:
    prices = [price("flight", "Paris", None), price("hotel", "Paris", 5), price("car_hire", "Paris", 5)]
    assert [str(money) for money in prices] == ["$450.00", "$875.00", "$225.00"]


@pytest.mark.parametrize("kind", COMPONENT_KINDS)
def test_case_and_spaces_change_no_price(kind: ComponentKind) -> None:
    spellings = ("New York", "new york", "  NEW   YORK ", "New\tYork")
    assert len({price(kind, name, 3).minor for name in spellings}) == 1


def test_prices_grow_with_the_length() -> None:
    one = price("hotel", "Tokyo", 1).minor
    assert [price("hotel", "Tokyo", nights).minor for nights in (2, 30)] == [2 * one, 30 * one]


def test_prices_differ_between_destinations_and_stay_plausible() -> None:
    flights = {price("flight", f"City {n}", None).minor for n in range(200)}
    assert len(flights) > 50
    assert min(flights) >= 20_000
    assert max(flights) <= 120_000


def test_facts_come_from_the_key_alone() -> None:
    flight = order("flight")
    assert booking_details("a", flight) == booking_details("a", flight)
    # Few of fifty may be the same by chance: there are only so many airlines, numbers and hours.
    assert len({str(booking_details(f"key-{n}", flight)) for n in range(50)}) > 45


def test_facts_name_what_a_traveller_needs() -> None:
    assert set(booking_details("k", order("flight"))) == {"airline", "flight_number", "date", "departs", "arrives"}
    hotel = booking_details("k", order("hotel"))
    assert (hotel["check_in"], hotel["check_out"]) == ("2026-03-02", "2026-03-07")
    assert {"hotel", "room"} < set(hotel)
    car = booking_details("k", order("car_hire"))
    assert (car["from"], car["until"]) == ("2026-03-02", "2026-03-07")
    assert {"car_class", "pick_up"} < set(car)


def test_a_flight_lands_on_the_day_it_leaves() -> None:
    for n in range(300):
        times = booking_details(f"key-{n}", replace(order("flight"), destination="Oslo"))
        assert "06:00" <= str(times["departs"]) < str(times["arrives"]) < "24:00"
