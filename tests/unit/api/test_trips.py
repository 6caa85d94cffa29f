"""`GET /api/travel-status/{id}` reads the ledger alone, whatever the durable host is doing."""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.services import ApiServices, serving
from api.trips import handlers as trips
from domain.trip.outcomes import TripOutcome
from settings import Settings
from stores.ledger import KeyClaim
from stores.opening import Stores, open_stores
from support.app.http_calls import Answered, call, request
from support.stores.ledgers import ARGUMENTS, TRIP, effect, new_trip

NOW = datetime(2026, 2, 16, tzinfo=UTC)


@pytest.fixture
def stores(tmp_path: Path) -> Generator[Stores]:
    settings = Settings(state_dir=tmp_path)
    stores = open_stores(settings)
    stores.ledger.open(new_trip())
    with serving(ApiServices(settings, stores, lambda: NOW)):
        yield stores


def status(identifier: str) -> Answered:
    return call(trips.get_travel_status(request(method="GET", id=identifier)))


def begin_flight(stores: Stores) -> None:
    assert isinstance(stores.ledger.claim(effect(), ARGUMENTS["hold"], 1, 15), KeyClaim)


@pytest.mark.usefixtures("stores")
def test_a_trip_is_found_before_its_saga_begins() -> None:
    response = status(TRIP)
    assert (response.status, response.body["status"], response.body["bookings"]) == (200, "running", [])
    assert response.body["total"] == {"currency": "USD", "minor": 0, "text": "$0.00"}
    assert set(response.body) == {
        *("id", "kind", "status", "request", "bookings", "total"),
        *("fees", "error", "warnings", "answer_by", "compensations", "timeline", "created", "updated"),
    }


def test_a_closed_trip_is_told_as_it_was_closed(stores: Stores) -> None:
    stores.ledger.close(TripOutcome(status="confirmed", id=TRIP, kind="travel"), 1, 0)
    response = status(TRIP)
    assert response.body["status"] == "confirmed"
    assert response.body["timeline"][-1]["event"] == "confirmed"


def test_a_component_is_found_once_it_was_attempted(stores: Stores) -> None:
    assert status(f"{TRIP}-flight").status == 404
    begin_flight(stores)
    response = status(f"{TRIP}-flight")
    assert (response.status, response.body["kind"]) == (200, "flight")
    assert response.body["bookings"][0]["status"] == "unknown"
    assert status(f"{TRIP}-hotel").status == 404


@pytest.mark.usefixtures("stores")
@pytest.mark.parametrize(
    "identifier", ["trip-2", "trip-1-", "trip-1-train", "-flight", "chat-1", "trip-1 ", "é", "a\n", "t" * 101, "'"]
)
def test_an_id_of_no_saga_is_not_found(identifier: str) -> None:
    response = status(identifier)
    assert (response.status, response.body["code"]) == (404, "trip_not_found")
