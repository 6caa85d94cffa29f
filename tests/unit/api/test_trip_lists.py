"""Travellers list their own trips and operators find any, page by page."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from api.operations.search import read_search
from api.paging import cursor_of
from api.services import serving
from api.trips import lists
from domain.trip.command_bodies import CancelBody
from support.app.callers import TRAVELLERS_KEY, key, principal
from support.app.deployed import DeployedApp
from support.app.running import usd
from support.stores.ledgers import new_trip
from support.suppliers.companies import DAY

ADA, BOB = principal("ada-1"), principal("bob-1")
EVE = principal("eve-1", roles=["operator"])


@pytest.fixture
def app(tmp_path: Path) -> Generator[DeployedApp]:
    app = DeployedApp(tmp_path)
    with serving(app.services):
        yield app


def ids(page: Any) -> list[str]:
    return [trip["id"] for trip in page.body["trips"]]


def all_pages(read: Any, **query: str) -> list[list[str]]:
    """Return the ids of each page, from the first to the one without a next."""
    pages: list[list[str]] = []
    cursor: str | None = None
    while True:
        page = read(**query, **({"cursor": cursor} if cursor else {}))
        pages.append(ids(page))
        cursor = page.body["next"]
        if cursor is None:
            return pages


class TestMine:
    def test_a_trip_is_listed_with_all_that_tells_it_from_others(self, app: DeployedApp) -> None:
        app.books(ADA, "trip-1")
        [trip] = app.trips(ADA).body["trips"]
        created = trip.pop("created")
        assert trip == {
            "id": "trip-1",
            "kind": "travel",
            "status": "confirmed",
            "destination": "Paris",
            "begins": DAY.isoformat(),
            "ends": DAY.replace(day=DAY.day + 5).isoformat(),
            "total": usd(45_000),
            "confirmations": ["FL-1"],
            "links": {"status": "/api/travel-status/trip-1", "itinerary": "/api/trips/trip-1/itinerary.ics"},
        }
        view = app.status(ADA, "trip-1").body
        assert (view["created"], view["total"], view["status"]) == (created, usd(45_000), "confirmed")

    def test_what_is_not_confirmed_has_no_itinerary(self, app: DeployedApp) -> None:
        app.books(ADA, "trip-1", ends_as=None)
        [trip] = app.trips(ADA).body["trips"]
        assert (trip["status"], trip["links"]) == ("running", {"status": "/api/travel-status/trip-1"})

    def test_nobody_sees_those_of_others(self, app: DeployedApp) -> None:
        session = app.session()
        people = {"ada": ADA, "bob": BOB, "key": key(TRAVELLERS_KEY), "session": session}
        for name, who in people.items():
            app.books(who, f"trip-{name}")
        assert {name: ids(app.trips(who)) for name, who in people.items()} == {
            name: [f"trip-{name}"] for name in people
        }
        assert ids(app.trips(EVE)) == []

    def test_trips_from_before_owners_are_the_key_holders(self, app: DeployedApp) -> None:
        app.stores.ledger.open(new_trip("trip-old", conversation="c-old"))
        assert ids(app.trips(key(TRAVELLERS_KEY))) == ["trip-old"]

    def test_pages_come_newest_first_and_none_is_missed(self, app: DeployedApp) -> None:
        for number in range(5):
            app.books(ADA, f"trip-{number}", f"c-{number}")
            app.books(BOB, f"trip-bob-{number}", f"c-{number}")
        assert all_pages(lambda **query: app.trips(ADA, **query), limit="2") == [
            ["trip-4", "trip-3"],
            ["trip-2", "trip-1"],
            ["trip-0"],
        ]
        assert all_pages(lambda **query: app.trips(ADA, **query), limit="5") == [[f"trip-{n}" for n in (4, 3, 2, 1, 0)]]

    def test_a_trip_that_comes_meanwhile_shifts_no_page(self, app: DeployedApp) -> None:
        for number in range(3):
            app.books(ADA, f"trip-{number}", f"c-{number}")
        cursor = app.trips(ADA, limit="2").body["next"]
        app.books(ADA, "trip-new", "c-new")
        assert ids(app.trips(ADA, cursor=cursor)) == ["trip-0"]

    def test_a_page_has_at_most_fifty(self, app: DeployedApp) -> None:
        for number in range(51):
            app.stores.ledger.open(new_trip(f"trip-{number}", conversation=f"{app.owner(ADA)}.c"))
        page = app.trips(ADA)
        assert (len(ids(page)), page.body["next"] is None) == (50, False)
        assert app.trips(ADA, limit="51").status == 400

    @pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "-1"}, {"limit": "x"}, {"limit": ""}, {"owner": "b"}])
    def test_a_query_that_makes_no_sense_is_refused(self, app: DeployedApp, query: dict[str, str]) -> None:
        assert app.trips(ADA, **query).body["code"] == "invalid_request"

    @pytest.mark.parametrize("cursor", ["", "%", "dHJpcC0", "w6Q", "a" * 500, cursor_of("trip-bob")])
    def test_a_cursor_of_nobody_or_of_somebody_else_is_refused(self, app: DeployedApp, cursor: str) -> None:
        app.books(ADA, "trip-ada")
        app.books(BOB, "trip-bob")
        assert app.trips(ADA, cursor=cursor).body["code"] == "invalid_request"


class TestOfOperators:
    @pytest.fixture
    def app(self, app: DeployedApp) -> DeployedApp:
        app.books(ADA, "trip-1", destination="Paris")
        app.books(BOB, "trip-2", destination="Parma", ends_as="failed")
        app.books(key(TRAVELLERS_KEY), "trip-3", destination="Rome", ends_as=None)
        return app

    def test_every_trip_is_listed_newest_first(self, app: DeployedApp) -> None:
        page = app.search(EVE)
        assert (ids(page), page.body["next"]) == (["trip-3", "trip-2", "trip-1"], None)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"status": "confirmed"}, ["trip-1"]),
            ({"status": "running"}, ["trip-3"]),
            ({"kind": "travel"}, ["trip-3", "trip-2", "trip-1"]),
            ({"kind": "flight"}, []),
            ({"day": DAY.isoformat()}, ["trip-3", "trip-2", "trip-1"]),
            ({"day": "2020-01-01"}, []),
            ({"id": "trip-2"}, ["trip-2"]),
            ({"confirmation": "FL-1"}, ["trip-3", "trip-2", "trip-1"]),
            ({"confirmation": "FL-2"}, []),
            ({"destination": "pAr"}, ["trip-2", "trip-1"]),
            ({"destination": "ar"}, []),
            ({"destination": "par", "status": "failed"}, ["trip-2"]),
        ],
        ids=str,
    )
    def test_it_is_found_by_what_is_known_of_it(
        self, app: DeployedApp, query: dict[str, str], expected: list[str]
    ) -> None:
        assert ids(app.search(EVE, **query)) == expected

    def test_a_cancelled_booking_is_found_by_its_confirmation(self, app: DeployedApp) -> None:
        row = app.stores.ledger.trip("trip-1")
        assert row
        app.stores.ledger.accept("trip-1", "cancel", "x", "Ada", CancelBody(fees=()), row.version)
        assert "trip-1" in ids(app.search(EVE, confirmation="FL-1"))
        assert ids(app.search(EVE, status="cancelling")) == ["trip-1"]

    def test_a_trip_that_may_have_moved_to_another_day_is_looked_at(self, app: DeployedApp) -> None:
        ledger, elsewhere = app.stores.ledger, read_search({"day": "2020-01-01"})
        row = ledger.trip("trip-1")
        assert row
        assert not elsewhere.may_match(row)
        ledger.accept("trip-1", "cancel", "x", "Ada", CancelBody(fees=()), row.version)
        later = ledger.trip("trip-1")
        assert later
        assert elsewhere.may_match(later)

    @pytest.mark.parametrize(
        "query",
        [{"status": "lost"}, {"kind": "boat"}, {"day": "tomorrow"}, {"name": "Ada"}, {"limit": "99"}, {"cursor": "%"}],
        ids=str,
    )
    def test_a_query_that_makes_no_sense_is_refused(self, app: DeployedApp, query: dict[str, str]) -> None:
        answer = app.search(EVE, **query)
        assert answer.body["code"] == "invalid_request"
        assert next(iter(query)) in answer.body["detail"]

    def test_pages_have_each_match_once(self, app: DeployedApp, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lists, "_MOST_READ", 2)
        assert all_pages(lambda **query: app.search(EVE, **query), destination="par") == [["trip-2"], ["trip-1"]]
        monkeypatch.setattr(lists, "_MOST_READ", 200)
        pages = all_pages(lambda **query: app.search(EVE, **query), limit="1")
        assert [entry for page in pages for entry in page] == ["trip-3", "trip-2", "trip-1"]

    def test_others_are_refused(self, app: DeployedApp) -> None:
        for who in (ADA, key(TRAVELLERS_KEY), app.session()):
            assert app.search(who).body["code"] == "operator_needed"
