"""The prices of the simulated suppliers: fixed by destination and length, in US dollars."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from domain.amount import Money
from domain.components import ComponentKind

PriceList = Callable[[ComponentKind, str, int | None], Money]
"""Returns the price of a kind of component, a destination and a number of nights or days (None for a flight)."""


@dataclass(frozen=True)
class Rates:
    """Prices in cents: one flight, one hotel night, one day of car hire."""

    flight: int
    hotel: int
    car_hire: int


# The prices of the examples in the documents, whatever the other prices become.
_LISTED = {"paris": Rates(flight=45_000, hotel=17_500, car_hire=4_500)}


def price(kind: ComponentKind, destination: str, units: int | None) -> Money:
    """Return the price of a flight, or of that number of nights or days."""
    rates = _rates(destination)
    rate = {"flight": rates.flight, "hotel": rates.hotel, "car_hire": rates.car_hire}[kind]
    return Money(currency="USD", minor=rate * (1 if units is None else units))


def _rates(destination: str) -> Rates:
    """Return the rates of a destination, whatever its case and spaces."""
    # A model may write the destination differently from turn to turn, and the price must not change with it.
    name = "".join(destination.casefold().split())
    return _LISTED.get(name) or Rates(
        flight=_between(20_000, 120_000, 500, name, "flight"),
        hotel=_between(8_000, 30_000, 250, name, "hotel"),
        car_hire=_between(3_000, 9_000, 100, name, "car"),
    )


def _between(lowest: int, highest: int, step: int, *parts: str) -> int:
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return lowest + int.from_bytes(digest[:8]) % ((highest - lowest) // step + 1) * step
