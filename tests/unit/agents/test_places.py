"""Names of places mean what a traveller means by them, and a name that may mean several is no place."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from agents.places.lookup import (
    MOST_OPTIONS,
    AmbiguousPlace,
    KnownPlace,
    UnknownPlace,
    completed_name,
    look_up,
    same_place,
)
from agents.places.names import name_key
from scripts.app_settings import ROOT


@pytest.mark.parametrize(
    "name",
    ["Kraków", "krakow", "St. John's, Newfoundland", "st johns newfoundland", "The Hague", "Hague", "St.Moritz", "NYC"],
)
def test_accents_case_signs_and_short_forms_make_no_difference(name: str) -> None:
    assert isinstance(look_up(name), KnownPlace)


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Paris", "FR"),
        ("Paris, Texas", "US"),
        ("paris texas", "US"),
        ("Paris, TX, USA", "US"),
        ("Paris, France", "FR"),
        ("Victoria, BC", "CA"),
        ("Missoula, MT", "US"),
        ("Perth", "AU"),
        ("Perth, Scotland", "GB"),
        ("San Jose, Costa Rica", "CR"),
        ("Ubud, Bali", "ID"),
        ("Bruges", "BE"),
        ("Ghent", "BE"),
        ("Nice", "FR"),
        ("Corfu", "GR"),
        ("Malaga airport", "ES"),
        ("Heathrow", "GB"),
    ],
)
def test_a_name_means_the_best_known_place_unless_its_country_or_state_follows(name: str, country: str) -> None:
    place = look_up(name)
    assert isinstance(place, KnownPlace)
    assert place.country == country


@pytest.mark.parametrize(
    "name", ["Springfield", "Birmingham", "San Jose", "Portland", "Georgia", "Washington", "Cordoba"]
)
def test_a_name_of_several_places_of_like_size_is_ambiguous(name: str) -> None:
    place = look_up(name)
    assert isinstance(place, AmbiguousPlace)
    assert 2 <= len(place.options) <= MOST_OPTIONS
    assert len(set(place.options)) == len(place.options)


def test_each_option_names_one_place_when_it_is_said_back() -> None:
    place = look_up("Springfield")
    assert isinstance(place, AmbiguousPlace)
    assert all(isinstance(look_up(option), KnownPlace) for option in place.options)


@pytest.mark.parametrize(
    "name",
    ["Lufthansa", "Narnia", "Paris, Japan", "", "?", "x" * 5000, "#gb", "TX", "Bali, Java", "Rome in", "lax", "yes"],
)
def test_other_words_are_unknown(name: str) -> None:
    assert isinstance(look_up(name), UnknownPlace)


def test_an_airport_code_counts_in_capitals_only() -> None:
    assert isinstance(look_up("LAX"), KnownPlace)


@pytest.mark.parametrize("name", ["Japan", "Tuscany", "Iceland", "Maldives", "California", "Côte d'Azur", "the Alps"])
def test_countries_and_regions_are_wide(name: str) -> None:
    place = look_up(name)
    assert isinstance(place, KnownPlace)
    assert place.is_wide


@pytest.mark.parametrize(
    "name",
    ["Singapore", "Monaco", "Luxembourg", "Malta", "Hong Kong", "Bali", "Crete", "Tenerife", "New York"],
)
def test_city_states_and_islands_are_not_wide(name: str) -> None:
    place = look_up(name)
    assert isinstance(place, KnownPlace)
    assert not place.is_wide


def test_two_names_of_one_place_are_the_same_place() -> None:
    assert same_place("München", "munich")
    assert same_place("Brugge", "Bruges, Belgium")
    assert not same_place("Paris", "Paris, Texas")


def test_a_state_completes_an_ambiguous_name_and_replaces_another() -> None:
    assert completed_name("Springfield", "Missouri") == "Springfield, Missouri"
    assert completed_name("Springfield", "Rome") == "Rome"
    assert completed_name("Paris", "Texas") == "Texas"


def test_a_traveller_keeps_their_spelling_and_gets_capital_letters() -> None:
    assert look_up("Marrakech").name == "Marrakech"
    assert look_up("Marrakesh").name == "Marrakesh"
    assert look_up("rio de janeiro").name == "Rio de Janeiro"


def test_keys_are_plain() -> None:
    assert name_key("  The   Ærøskøbing-St. Łódź & Co. ") == "aeroskobing saint lodz and co"


def test_nothing_is_read_before_the_first_look_up() -> None:
    code = (
        "import agents.travel_agent, agents.offline.model\n"
        "from agents.places.table import places_table\n"
        "from agents.places.town_words import town_words\n"
        "assert places_table.cache_info().currsize == town_words.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_threads_get_the_same_answers() -> None:
    names = ["Paris", "Springfield", "Lufthansa", "Bali", "Victoria, BC"] * 40
    look_up.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(look_up, names))
    assert answers == [look_up(name) for name in names]
