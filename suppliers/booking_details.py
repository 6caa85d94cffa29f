"""The details of a booking that the simulators invent, fixed by its key. Dates are ISO texts."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

from domain.shape import Shape
from domain.trip.outcomes import Details
from suppliers.pieces import pieces_of
from suppliers.ports import Order

_AIRLINES = (("Meridian Air", "MJ"), ("Northwind Airways", "NW"), ("Coral Atlantic", "CQ"), ("Blue Heron", "BH"))
_HOTELS = ("Harbour House", "The Old Mint", "Linden Court", "Hotel Aurora", "Garden Terrace", "Station Square Hotel")
_ROOMS = ("double room", "twin room", "double room with balcony", "corner room", "junior suite")
_CARS = ("compact", "economy", "estate", "compact electric", "small SUV")
_DESKS = ("airport terminal", "central station", "city centre office")
_T = TypeVar("_T")


class Draw:
    """Choices that are fixed by the key; each named use gets a different one."""

    def __init__(self, key: str) -> None:
        self._key = key

    def number(self, use: str, below: int) -> int:
        # Not `random`: the details must be the same for every delivery of the key, in every process.
        digest = hashlib.sha256(f"{use}\n{self._key}".encode()).digest()
        return int.from_bytes(digest[:8]) % below

    def one_of(self, use: str, choices: Sequence[_T]) -> _T:
        return choices[self.number(use, len(choices))]


def hotel_details(draw: Draw, order: Order) -> Details:
    """Return hotel, room and dates of a stay, with the number of rooms for several travellers."""
    return _counted("rooms", order) | {
        "hotel": draw.one_of("hotel", _HOTELS),
        "room": draw.one_of("room", _ROOMS),
        "check_in": order.date.isoformat(),
        "check_out": _last_day(order),
    }


def car_details(draw: Draw, order: Order) -> Details:
    """Return car class, pick-up and dates of a car hire, with the number of cars for several travellers."""
    return _counted("cars", order) | {
        "car_class": draw.one_of("car", _CARS),
        "pick_up": draw.one_of("desk", _DESKS),
        "from": order.date.isoformat(),
        "until": _last_day(order),
    }


def _last_day(order: Order) -> str:
    return (order.date + timedelta(days=order.units or 0)).isoformat()


def flight_details(draw: Draw, order: Order) -> Details:
    """Return airline, flight number, date and local times of a flight; those of its second leg begin with `return_`."""
    airline, code = draw.one_of("airline", _AIRLINES)
    return (
        _wishes_of_flight(order)
        | {"airline": airline}
        | _leg(draw, code, "", order.date)
        | _leg_back(draw, code, order)
    )


def _wishes_of_flight(order: Order) -> Details:
    """Return for how many travellers the flight is, from where, and with how many legs, as far as that was ordered."""
    shape = order.shape or Shape()
    wishes: dict[str, str | int | None] = {
        "travellers": shape.travellers,
        "origin": shape.origin,
        "legs": None if shape.legs == 1 else shape.legs,
    }
    return {name: value for name, value in wishes.items() if value is not None}


def _leg_back(draw: Draw, code: str, order: Order) -> Details:
    if order.shape is None or order.shape.return_date is None:
        return {}
    return _leg(draw, code, "return_", order.shape.return_date)


def _leg(draw: Draw, code: str, prefix: str, day: date) -> Details:
    # Departures are from 06:00 and flights take at most 5 h 40 min, so each lands on the day it leaves.
    departs = 6 * 60 + 5 * draw.number(f"{prefix}departs", 12 * 12)
    arrives = departs + 75 + 5 * draw.number(f"{prefix}duration", 54)
    return {
        f"{prefix}flight_number": f"{code} {100 + draw.number(f'{prefix}number', 900)}",
        f"{prefix}date": day.isoformat(),
        f"{prefix}departs": _time_of_day(departs),
        f"{prefix}arrives": _time_of_day(arrives),
    }


def _counted(pieces: str, order: Order) -> Details:
    """Return the number of rooms or cars, and of travellers, for an order that says it."""
    if order.shape is None:
        return {}
    return {"travellers": order.shape.count, pieces: pieces_of(order)}


def _time_of_day(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
