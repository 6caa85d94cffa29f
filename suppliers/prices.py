"""The prices of the simulated suppliers: fixed by destination and length, in US dollars."""

import hashlib
from collections.abc import Callable

from domain.amount import Money
from domain.components import ComponentKind
from suppliers.catalogue import CATALOGUE

PriceList = Callable[[ComponentKind, str, int | None], Money]
"""Returns the price of a kind of component, a destination and a number of nights or days (None for a flight)."""


def price(kind: ComponentKind, destination: str, units: int | None) -> Money:
    """Return the price of a flight, or of that number of nights or days."""
    # A model may write the destination differently from turn to turn, and the price must not change with it.
    name = "".join(destination.casefold().split())
    count = 1 if units is None else units
    return Money(currency="USD", minor=count * _unit_price(kind, name))


def _unit_price(kind: ComponentKind, destination: str) -> int:
    entry = CATALOGUE[kind]
    if destination == "paris":
        return entry.prices.paris
    digest = hashlib.sha256(f"{destination}\n{entry.draw}".encode()).digest()
    steps = (entry.prices.highest - entry.prices.lowest) // entry.prices.step
    return entry.prices.lowest + int.from_bytes(digest[:8]) % (steps + 1) * entry.prices.step
