"""Airports: their codes and names, as further names of the town or island that they serve."""

import re
from collections.abc import Iterable, Iterator
from functools import partial

import airportsdata

from agents.places.names import name_key
from agents.places.table import PlaceRow

# The names of smaller towns' airports are those of people and fields that nobody flies to by name.
_SMALLEST_WITH_NAME = 300_000
_SHORTEST_NAME = 5
_COMMON = re.compile(
    r"\b(?:airport|international|intl|domestic|regional|municipal|airfield|air base|field)\b", re.IGNORECASE
)
_NO_NAMES = re.compile(
    r"(?:north|south|east|west|northern|southern|central|capital|county|metropolitan|executive|island|general|business"
    r"|united|national|city|heliport)|.*[^a-z ].*"
)


def rows_of_airports(rows: Iterable[PlaceRow]) -> Iterator[PlaceRow]:
    """Return the airports whose town or island is among some rows, by the airport's code and its own name."""
    served = _by_country_and_key(rows)
    for code, airport in sorted(airportsdata.load("IATA").items()):
        city = airport["city"].removesuffix(" Island")
        place = served.get((airport["country"], name_key(city)))
        if place is None:
            continue
        yield _row(code, place)
        if place.population >= _SMALLEST_WITH_NAME:
            yield from map(partial(_row, place=place), _own_names(airport["name"], city))


def _by_country_and_key(rows: Iterable[PlaceRow]) -> dict[tuple[str, str], PlaceRow]:
    """Return the weightiest town or island for each of the names."""
    places = [row for row in rows if row.kind in ("town", "island")]
    places.sort(key=lambda row: (row.weight, row.line()))
    return {(row.country, row.key): row for row in places}


def _row(name: str, place: PlaceRow) -> PlaceRow:
    return PlaceRow(
        key=name_key(name),
        spelled=name,
        kind="airport",
        country=place.country,
        area=place.area,
        population=place.population,
        mark="",
        place=place.place,
    )


def _own_names(name: str, city: str) -> Iterator[str]:
    """Return an airport's name without the words that all have, and that without its town."""
    full = " ".join(_COMMON.sub(" ", name).split())
    city_in_name = re.compile(rf"\b{re.escape(city)}\b", re.IGNORECASE)
    alone = " ".join(city_in_name.sub(" ", full).split()).strip(" -/")
    return filter(_is_name, (full, alone))


def _is_name(name: str) -> bool:
    return len(name) >= _SHORTEST_NAME and not _NO_NAMES.fullmatch(name_key(name))
