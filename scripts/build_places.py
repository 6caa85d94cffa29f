"""Write the file of places from GeoNames, a list of airports and our own list: `python -m scripts.build_places`.

The same versions of the two packages, which requirements-dev.txt pins, make the same rows.
"""

import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from agents.places.names import name_key
from agents.places.table import DATA_FILE, PlaceRow
from scripts.places.airports import rows_of_airports
from scripts.places.curated import CuratedPlace, read_curated
from scripts.places.towns import all_towns, rows_of_areas, rows_of_countries, rows_of_curated, rows_of_towns

_RANK = {"first": 0, "equal": 1, "": 2}
_FAMILIES = {"short": "short", "region": "wide", "country": "wide"}


def built_table() -> bytes:
    """Return the whole file before it is packed."""
    curated = read_curated()
    towns = all_towns()
    rows = [*rows_of_curated(curated.places, towns), *rows_of_countries(curated), *rows_of_areas()]
    rows += rows_of_towns(towns)
    rows += rows_of_airports(rows)
    plain = _with_plain_names(rows, curated.places)
    lines = sorted(map(PlaceRow.line, _distinct(plain)))
    return "\n".join([*lines, ""]).encode()


def packed(table: bytes) -> bytes:
    """Return the file's bytes; no time and no name of a machine is in them."""
    return gzip.compress(table, compresslevel=9, mtime=0)


def _with_plain_names(rows: Iterable[PlaceRow], curated: Iterable[CuratedPlace]) -> Iterator[PlaceRow]:
    """Give each place the plain name of our list, where GeoNames has another one: Bruges for `Brugge`."""
    plain_names: dict[tuple[str, str, str], str] = {}
    for place in curated:
        for name in place.names:
            plain_names.setdefault((place.country, place.area, name_key(name)), place.name)
    for row in rows:
        yield replace(row, place=plain_names.get((row.country, row.area, name_key(row.place)), row.place))


def _distinct(rows: Iterable[PlaceRow]) -> Iterator[PlaceRow]:
    """Drop rows that a traveller could not tell from another one, and other names where a place bears that name."""
    rows_of_key: defaultdict[str, list[PlaceRow]] = defaultdict(list)
    for row in rows:
        rows_of_key[row.key].append(row)
    del rows_of_key[""]
    for group in rows_of_key.values():
        yield from _kept(group)


def _kept(group: list[PlaceRow]) -> Iterable[PlaceRow]:
    """Return the rows of one key that are kept: the largest of each area."""
    own_or_marked = [row for row in group if row.spelled == row.place or row.mark]
    kept: dict[tuple[str, str, str], PlaceRow] = {}
    abbreviations = [row for row in group if row.kind == "short"]
    for row in sorted([*(own_or_marked or group), *abbreviations], key=_preference):
        kept.setdefault((_FAMILIES.get(row.kind, "narrow"), row.country, row.area), row)
    return kept.values()


def _preference(row: PlaceRow) -> tuple[int, int, bool, str]:
    return _RANK[row.mark], -row.weight, row.spelled != row.place, row.line()


if __name__ == "__main__":
    DATA_FILE.write_bytes(packed(built_table()))
