"""The place that a traveller's words mean: one, one of several, or none that exists."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial, reduce

from agents.places.names import name_key
from agents.places.table import Kind, PlaceRow, places_table

MOST_OPTIONS = 5
LONGEST_NAME = 80
# A place so many times larger than the others of its name is meant where nothing more is said.
_TIMES_LARGER = 10
_WIDE: frozenset[Kind] = frozenset({"country", "region"})
_NAMED_AFTER_COMMA: frozenset[Kind] = frozenset({"country", "region", "island", "short"})
_LONGEST_AREA = 3
_AIRPORT = re.compile(r"(?: international)? airport$", re.IGNORECASE)
_CODE_LETTERS = 3
_OPTION: dict[Kind, str] = {"country": "{name} (the country)", "region": "{name} (the state or region)"}
_OPTION_OF_TOWN = "{name}, {area}"


@dataclass(frozen=True)
class KnownPlace:
    """A place that exists. `name` is the traveller's spelling, with capital letters if all was written small."""

    name: str
    kind: Kind
    place: str
    """Its plain name, equal for all names of it: Munich for `München`."""
    country: str
    weight: int
    """About its people; marked places, countries and regions weigh more."""

    @property
    def is_wide(self) -> bool:
        """Whether it is a country or a region, in which a flight or a trip needs a town."""
        return self.kind in _WIDE

    @property
    def identity(self) -> str:
        """A text that is equal for two names of one place."""
        return f"{name_key(self.place)}, {self.country}"


@dataclass(frozen=True)
class AmbiguousPlace:
    """A name of several places. `options` are at most five, each with its state or country."""

    name: str
    options: tuple[str, ...]

    @property
    def identity(self) -> str:
        """A text that is equal for two spellings of the name."""
        return name_key(self.name)


@dataclass(frozen=True)
class UnknownPlace:
    """A name that no place of ours has."""

    name: str

    @property
    def identity(self) -> str:
        """A text that is equal for two spellings of the name."""
        return name_key(self.name)


PlaceAnswer = KnownPlace | AmbiguousPlace | UnknownPlace


@lru_cache(maxsize=4096)
def look_up(text: str) -> PlaceAnswer:
    """Return the place that a name means, with or without its country or state: `Paris`, `Paris, Texas`, `LAX`."""
    name = " ".join(text.split())
    readings = _readings(name) if len(name) <= LONGEST_NAME else iter(())
    rows = next(filter(None, readings), ())
    return _answer(name, rows) if rows else UnknownPlace(name)


def same_place(first: str, second: str) -> bool:
    """Return whether two names mean one place: `Munich` and `München`."""
    return look_up(first).identity == look_up(second).identity


def completed_name(name: str, area: str) -> str:
    """Return a name of several places together with the state or country that says which one; else the latter."""
    both = f"{name}, {area}"
    is_answer = isinstance(look_up(name), AmbiguousPlace) and isinstance(look_up(both), KnownPlace)
    return both if is_answer else area


def _readings(name: str) -> Iterator[Sequence[PlaceRow]]:
    """Return the rows for each way to read a name, the likeliest first."""
    yield _rows_of(name)
    yield _rows_in_areas(name.split(","))
    words = name.replace(",", " ").split(" ")
    for count in range(1, min(_LONGEST_AREA, len(words) - 1) + 1):
        yield _rows_in_areas([" ".join(words[:-count]), " ".join(words[-count:])])
    yield _rows_of(_AIRPORT.sub("", name))


def _rows_of(name: str) -> Sequence[PlaceRow]:
    rows = places_table().rows(name_key(name))
    return tuple(filter(partial(_is_written_so, name.strip()), rows))


def _is_written_so(name: str, row: PlaceRow) -> bool:
    """Return whether the letters fit: an airport's code is one only in capitals, as `can` and `yes` are words."""
    is_small_code = all([row.kind == "airport", len(row.key) == _CODE_LETTERS, not name.isupper()])
    return not any([row.kind == "short", is_small_code])


def _rows_in_areas(parts: Sequence[str]) -> Sequence[PlaceRow]:
    """Return the rows of the first part that lie in all the others: `Paris`, `Texas`, `USA`."""
    return reduce(_rows_in_area, parts[1:], _rows_of(parts[0]))


def _rows_in_area(rows: Sequence[PlaceRow], part: str) -> Sequence[PlaceRow]:
    # Written small, an abbreviation may be a word: `in`, `or`, `me` and `on` are states.
    kinds = _NAMED_AFTER_COMMA - {"short"} if part.strip().islower() else _NAMED_AFTER_COMMA
    areas = [area for area in places_table().rows(name_key(part)) if area.kind in kinds]
    return tuple(filter(partial(_lies_in_any, areas), rows))


def _lies_in_any(areas: Iterable[PlaceRow], row: PlaceRow) -> bool:
    return any(map(partial(_lies_in, row), areas))


def _lies_in(row: PlaceRow, area: PlaceRow) -> bool:
    # A region without a name of an area, such as Tuscany, is only known by its country.
    is_same_area = area.area in ("", row.area) or row.area == ""
    # One island is not in another: `Bali, Java` names two.
    are_islands = row.kind == area.kind == "island"
    return all([row.country == area.country, is_same_area, not are_islands])


def _answer(name: str, rows: Sequence[PlaceRow]) -> PlaceAnswer:
    first = rows[0]
    rivals = [row for row in rows if row.weight * _TIMES_LARGER > first.weight]
    spelled = first.spelled if name.islower() and name_key(name) == first.key else name
    if len(rivals) == 1:
        return KnownPlace(spelled, first.kind, first.place, first.country, first.weight)
    options = tuple(dict.fromkeys(map(_option, rivals)))
    return AmbiguousPlace(spelled, options[:MOST_OPTIONS])


def _option(row: PlaceRow) -> str:
    country = places_table().country_name(row.country)
    template = _OPTION.get(row.kind, _OPTION_OF_TOWN)
    return template.format(name=row.spelled, area=row.area or country)
