"""The data file of places: its rows, and how they are found.

The file is a gzipped table of tabs, sorted by key: one row for each name of each place. It is kept as one block of
bytes in which a key is found by halving, because objects for all its names would take many times the memory.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from agents.places.names import name_key

DATA_FILE = Path(__file__).with_name("places.tsv.gz")
Kind = Literal["town", "island", "region", "country", "airport", "short"]
"""`airport` is an airport's code or name. `short` is a state's abbreviation, which counts only after a comma."""
Mark = Literal["", "first", "equal"]
_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_MARKS: dict[str, Mark] = {mark: mark for mark in get_args(Mark)}
_WEIGHT_OF_MARK: dict[Mark, int] = {"": 0, "first": 10**10, "equal": 10**9}
# A region counts as a town of a million: a smaller town of its name loses to it, and a bigger one makes it unclear.
_WEIGHT_OF_KIND: dict[Kind, int] = {"country": 10**9, "region": 10**6, "island": 10**6}
_KEY_OF_COUNTRY = "#"


@dataclass(frozen=True)
class PlaceRow:
    """One name of one place.

    `country` is a code of two letters. `area` is the state or province in words, if that parts the country's towns of
    one name. `place` is the plain name of the place, also where `spelled` is another of its names.
    """

    key: str
    spelled: str
    kind: Kind
    country: str
    area: str
    population: int
    mark: Mark
    place: str

    @property
    def weight(self) -> int:
        """The size by which places of one name are compared."""
        marked = _WEIGHT_OF_MARK[self.mark]
        return max(self.population, marked, _WEIGHT_OF_KIND.get(self.kind, 0))

    def line(self) -> str:
        """Return the row as it is in the file."""
        place = "" if self.place == self.spelled else self.place
        values = (self.key, self.spelled, self.kind, self.country, self.area, str(self.population), self.mark, place)
        return "\t".join(values)


def country_row(code: str, name: str) -> PlaceRow:
    """Return the row that gives the name of a country's code. Its key is one that no name has."""
    return PlaceRow(_KEY_OF_COUNTRY + code.lower(), name, "country", code, "", 0, "", name)


class PlaceTable:
    """The rows of the file, found by their key."""

    def __init__(self, block: bytes) -> None:
        self._block = block

    def rows(self, key: str) -> tuple[PlaceRow, ...]:
        """Return all rows of a key, the weightiest first."""
        return tuple(sorted(self._rows_in_file(key), key=_by_weight))

    def country_name(self, code: str) -> str:
        """Return the plain name of a country, or its code where there is none."""
        names = (row.spelled for row in self._rows_in_file(_KEY_OF_COUNTRY + code.lower()))
        return next(names, code)

    def _rows_in_file(self, key: str) -> Iterator[PlaceRow]:
        start = f"{key}\t".encode()
        at = self._first_line_from(start)
        while self._block.startswith(start, at):
            end = self._block.index(b"\n", at)
            yield _read_row(self._block[at:end].decode())
            at = end + 1

    def _first_line_from(self, start: bytes) -> int:
        """Return the position of the first line that is not before some bytes."""
        low, high = 0, len(self._block)
        while low < high:
            middle = (low + high) // 2
            line = self._block.rfind(b"\n", 0, middle) + 1
            end = self._block.find(b"\n", middle)
            if self._block[line : line + len(start)] < start:
                low = end + 1
            else:
                high = line
        return low


@cache
def places_table() -> PlaceTable:
    """Return the table of the data file, which is read once. Threads that come first together may each read it."""
    return PlaceTable(gzip.decompress(DATA_FILE.read_bytes()))


def _read_row(line: str) -> PlaceRow:
    key, spelled, kind, country, area, population, mark, place = line.split("\t")
    return PlaceRow(key, spelled, _KINDS[kind], country, area, int(population), _MARKS[mark], place or spelled)


def _by_weight(row: PlaceRow) -> tuple[int, str, str, str]:
    return -row.weight, row.country, row.area, row.spelled


def make_row(spelled: str, place: PlaceRow) -> PlaceRow:
    """Return a row for a further name of a place, without its mark."""
    return PlaceRow(
        name_key(spelled), spelled, place.kind, place.country, place.area, place.population, "", place.place
    )
