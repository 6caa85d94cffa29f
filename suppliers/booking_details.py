"""The details of a booking that the simulators invent, fixed by its key. Dates are ISO texts."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from domain.trip.outcomes import Details
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
    """Return hotel, room and dates of a stay."""
    return {
        "hotel": draw.one_of("hotel", _HOTELS),
        "room": draw.one_of("room", _ROOMS),
        "check_in": order.date.isoformat(),
        "check_out": _last_day(order),
    }


def car_details(draw: Draw, order: Order) -> Details:
    """Return car class, pick-up and dates of a car hire."""
    return {
        "car_class": draw.one_of("car", _CARS),
        "pick_up": draw.one_of("desk", _DESKS),
        "from": order.date.isoformat(),
        "until": _last_day(order),
    }


def _last_day(order: Order) -> str:
    return (order.date + timedelta(days=order.units or 0)).isoformat()


def flight_details(draw: Draw, order: Order) -> Details:
    """Return airline, flight number, date and local times of a flight."""
    airline, code = draw.one_of("airline", _AIRLINES)
    # Departures are from 06:00 and flights take at most 5 h 40 min, so each lands on the day it leaves.
    departs = 6 * 60 + 5 * draw.number("departs", 12 * 12)
    arrives = departs + 75 + 5 * draw.number("duration", 54)
    return {
        "airline": airline,
        "flight_number": f"{code} {100 + draw.number('number', 900)}",
        "date": order.date.isoformat(),
        "departs": _time_of_day(departs),
        "arrives": _time_of_day(arrives),
    }


def _time_of_day(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
