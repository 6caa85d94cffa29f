"""The simulated suppliers' side of each component, in one table: book, refusal, prices and details.

The `match` names every kind, so a type checker shows what a further component lacks.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain.components import COMPONENT_KINDS, ComponentKind
from domain.trip.outcomes import Details
from suppliers.booking_details import Draw, car_details, flight_details, hotel_details
from suppliers.ports import Order
from suppliers.simulator_settings import RefusalSetting


@dataclass(frozen=True)
class PriceRange:
    """The prices of one unit (a night, a day, a flight) in cents."""

    lowest: int
    highest: int
    step: int
    paris: int
    """The price in the examples of the documents, which does not depend on the range."""


@dataclass(frozen=True)
class CatalogueEntry:
    """The facts by which the simulated suppliers differ. Their rules are the same."""

    book: str
    """The name of the supplier's book; books in use were made with it, so it never changes."""
    refused_by: RefusalSetting
    sold_out: str
    """The sentence of its refusal."""
    prices: PriceRange
    """The prices of one piece: a seat for one leg, a room for two, a car for up to five."""
    draw: str
    """The word that draws its prices; with another word all prices change."""
    details: Callable[[Draw, Order], Details]


def _entry(kind: ComponentKind) -> CatalogueEntry:
    match kind:
        case "flight":
            return CatalogueEntry(
                book="airline",
                refused_by="SIM_REJECT_FLIGHT",
                sold_out="The airline has no seat left on that day.",
                prices=PriceRange(lowest=20_000, highest=120_000, step=500, paris=45_000),
                draw="flight",
                details=flight_details,
            )
        case "hotel":
            return CatalogueEntry(
                book="hotel",
                refused_by="SIM_REJECT_HOTEL",
                sold_out="The hotel has no room left for those nights.",
                prices=PriceRange(lowest=8_000, highest=30_000, step=250, paris=17_500),
                draw="hotel",
                details=hotel_details,
            )
        case "car_hire":
            return CatalogueEntry(
                book="car_hire",
                refused_by="SIM_REJECT_CAR",
                sold_out="The car hire company has no car left for those days.",
                prices=PriceRange(lowest=3_000, highest=9_000, step=100, paris=4_500),
                draw="car",
                details=car_details,
            )


CATALOGUE: dict[ComponentKind, CatalogueEntry] = {kind: _entry(kind) for kind in COMPONENT_KINDS}


def booking_details(key: str, order: Order) -> Details:
    """Return the details of a booking: the same for every delivery of its key."""
    return CATALOGUE[order.kind].details(Draw(key), order)
