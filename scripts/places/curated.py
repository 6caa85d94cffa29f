"""The list of places that we keep ourselves: curated.txt, read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agents.places.table import Kind, Mark

_FILE = Path(__file__).with_name("curated.txt")
_SECTIONS: dict[str, tuple[Kind, Mark]] = {
    "first islands": ("island", "first"),
    "regions": ("region", ""),
    "first regions": ("region", "first"),
    "first towns": ("town", "first"),
    "equal towns": ("town", "equal"),
    "airports": ("airport", "first"),
}
_COUNTRIES = "countries"
_KINDS_OF_COUNTRIES: dict[str, Kind] = {"countries that are a town": "town", "countries that are an island": "island"}


@dataclass(frozen=True)
class CuratedPlace:
    """One place of the list with its further names."""

    name: str
    country: str
    area: str
    kind: Kind
    mark: Mark
    others: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, the plain one first."""
        return (self.name, *self.others)


@dataclass(frozen=True)
class Curated:
    """All that the list says. `names` are names of countries by their code, `kinds` those that are no mere country."""

    places: tuple[CuratedPlace, ...]
    names: dict[str, tuple[str, ...]]
    kinds: dict[str, Kind]


def read_curated() -> Curated:
    """Return the list as values."""
    places: list[CuratedPlace] = []
    names: dict[str, tuple[str, ...]] = {}
    kinds: dict[str, Kind] = {}
    for section, line in _lines(_FILE.read_text(encoding="utf-8")):
        if section in _SECTIONS:
            places.append(_place(line, *_SECTIONS[section]))
        elif section == _COUNTRIES:
            code, others = line.split(": ")
            names[code] = _names_in(others)
        else:
            kinds |= dict.fromkeys(line.split(", "), _KINDS_OF_COUNTRIES[section])
    return Curated(tuple(places), names, kinds)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Return each line with the section that it is in."""
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            yield section, line


def _place(line: str, kind: Kind, mark: Mark) -> CuratedPlace:
    head, _, others = line.partition(": ")
    name, country, *area = head.split(", ")
    return CuratedPlace(name, country, "".join(area), kind, mark, _names_in(others))


def _names_in(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("; ")))
