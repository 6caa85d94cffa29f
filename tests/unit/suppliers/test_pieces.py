"""Suppliers count what an order takes: a seat for each traveller and leg, a room for two, a car for up to five."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.components import COMPONENT_KINDS, ComponentKind
from domain.shape import MOST_TRAVELLERS, Shape
from suppliers.catalogue import booking_details
from suppliers.opening import open_suppliers
from suppliers.ports import Booking, Order, hold_request
from suppliers.prices import price
from support.suppliers.companies import DAY, calm_settings, order

PIECES: dict[ComponentKind, tuple[int, ...]] = {
    # For one to nine travellers.
    "flight": (1, 2, 3, 4, 5, 6, 7, 8, 9),
    "hotel": (1, 1, 2, 2, 3, 3, 4, 4, 5),
    "car_hire": (1, 1, 1, 1, 1, 2, 2, 2, 2),
}
BACK = DAY + timedelta(days=6)


def shaped(kind: ComponentKind, shape: Shape | None) -> Order:
    return replace(order(kind), shape=shape)


@pytest.mark.parametrize("travellers", range(1, MOST_TRAVELLERS + 1))
@pytest.mark.parametrize("kind", COMPONENT_KINDS)
def test_each_number_of_travellers_has_its_price(kind: ComponentKind, travellers: int, tmp_path: Path) -> None:
    supplier = open_suppliers(calm_settings(tmp_path)).booking[kind]
    alone = order(kind)
    party = shaped(kind, Shape(travellers=travellers))
    expected = price(kind, alone.destination, alone.units).minor * PIECES[kind][travellers - 1]
    assert supplier.quote("trip-1/quote/1", party).amount.minor == expected
    booking = supplier.hold("trip-1/hold/1", party)
    assert isinstance(booking, Booking)
    assert booking.amount.minor == expected


@pytest.mark.parametrize("travellers", [None, 1, 3, 9])
def test_a_flight_back_costs_as_much_as_the_flight_out(travellers: int | None, tmp_path: Path) -> None:
    airline = open_suppliers(calm_settings(tmp_path)).booking["flight"]
    one_way = airline.quote("trip-1/quote/1", shaped("flight", Shape(travellers=travellers)))
    return_flight = airline.quote("trip-1/quote/1", shaped("flight", Shape(travellers=travellers, return_date=BACK)))
    assert return_flight.amount.minor == 2 * one_way.amount.minor


def test_an_origin_changes_no_price(tmp_path: Path) -> None:
    airline = open_suppliers(calm_settings(tmp_path)).booking["flight"]
    from_ghent = airline.quote("trip-1/quote/1", shaped("flight", Shape(origin="Ghent")))
    assert from_ghent == airline.quote("trip-1/quote/1", order("flight"))


def test_details_name_travellers_rooms_cars_and_both_legs() -> None:
    flight = booking_details("k", shaped("flight", Shape(travellers=3, origin="Ghent", return_date=BACK)))
    assert (flight["travellers"], flight["origin"], flight["legs"]) == (3, "Ghent", 2)
    assert (flight["date"], flight["return_date"]) == (DAY.isoformat(), BACK.isoformat())
    assert {"return_flight_number", "return_departs", "return_arrives"} < set(flight)
    assert booking_details("k", shaped("hotel", Shape(travellers=3)))["rooms"] == 2
    assert booking_details("k", shaped("car_hire", Shape(travellers=6)))["cars"] == 2


@pytest.mark.parametrize("kind", COMPONENT_KINDS)
def test_an_order_without_a_shape_has_the_details_that_it_always_had(kind: ComponentKind) -> None:
    new = {"travellers", "origin", "legs", "rooms", "cars"}
    details = booking_details("k", order(kind))
    assert new.isdisjoint(details)
    assert not [name for name in details if name.startswith("return_")]


def test_the_same_key_for_another_party_is_another_call() -> None:
    without = hold_request("k", "Paris", DAY, 5)
    assert hold_request("k", "Paris", DAY, 5, None) == without
    requests = {
        hold_request("k", "Paris", DAY, 5, shape)
        for shape in (None, Shape(travellers=2), Shape(travellers=3), Shape(origin="Ghent"), Shape(return_date=BACK))
    }
    assert len(requests) == 5
