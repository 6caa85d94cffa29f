"""The file of places is what the sources and our own list make of it, in its format and within its size."""

import gzip

import pytest

from agents.places.names import name_key
from agents.places.table import DATA_FILE, PlaceRow, places_table
from scripts.build_places import built_table, packed
from scripts.places.curated import read_curated

LARGEST_FILE = 3 * 1024 * 1024


@pytest.fixture(scope="module", name="lines")
def _lines() -> list[str]:
    return gzip.decompress(DATA_FILE.read_bytes()).decode().splitlines()


def test_the_file_is_small_and_its_rows_are_sorted_and_single(lines: list[str]) -> None:
    assert DATA_FILE.stat().st_size <= LARGEST_FILE
    assert lines == sorted(set(lines))


def test_each_row_has_its_columns_and_the_key_of_its_name(lines: list[str]) -> None:
    wrong = [
        line
        for line in lines
        for key, spelled, _kind, country, _area, population, _mark, _place in [line.split("\t")]
        if not (len(country) == 2 and population.isdigit() and (key == name_key(spelled) or key.startswith("#")))
    ]
    assert wrong == []


def test_every_row_is_found_by_its_key(lines: list[str]) -> None:
    for line in lines[::97]:
        assert line in map(PlaceRow.line, places_table().rows(line.split("\t")[0]))


def test_every_place_of_our_own_list_is_in_the_file() -> None:
    missing = [
        place.name
        for place in read_curated().places
        if all(row.country != place.country for row in places_table().rows(name_key(place.name)))
    ]
    assert missing == []


def test_the_notice_of_the_sources_is_beside_the_file() -> None:
    notice = DATA_FILE.with_name("NOTICE.txt").read_text(encoding="utf-8")
    assert "GeoNames" in notice
    assert "https://creativecommons.org/licenses/by/4.0/" in notice


@pytest.mark.slow
def test_the_sources_make_the_file_again_byte_by_byte() -> None:
    table = built_table()
    assert gzip.decompress(DATA_FILE.read_bytes()) == table
    # The packed bytes are those of one version of gzip. The table in them is equal everywhere.
    assert packed(table) == packed(table)
