"""`GET /api/travel-status/{id}` answers from the ledger, and asks the durable host only where no end is recorded."""

from collections.abc import Generator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from support_durable import FakeDurable
from support_http import Answered, call, request

from api import handlers
from api.services import Services, serving
from domain.components import FLIGHT
from domain.conversation import Call
from domain.ids import chat_turn_id, effect_key
from domain.outcomes import TripOutcome
from domain.requests import TripRequest
from settings import Settings
from stores.conversations import Post
from stores.ledger import Intent
from stores.opening import Stores, open_stores

NOW = datetime(2026, 2, 16, tzinfo=UTC)
ROME = TripRequest(kind="travel", destination="Rome", nights=3, date=date(2026, 5, 1))


@pytest.fixture
def stores(tmp_path: Path) -> Generator[Stores]:
    settings = Settings(state_dir=tmp_path)
    stores = open_stores(settings)
    turn = stores.conversations.claim(Post("a trip", "c1", None, "hash", NOW))
    stores.conversations.decide(turn, (Call(trip="trip-1", kind="travel", request=ROME),), None, None, "offline")
    with serving(Services(settings, stores, lambda: NOW)):
        yield stores


@pytest.fixture
def durable(stores: Stores) -> FakeDurable:
    turn = chat_turn_id(stores.conversations.installation_secret(), "c1", 1, 1)
    return FakeDurable(instances={turn: "alive"})


def status(durable: FakeDurable, identifier: str) -> Answered:
    return call(handlers.get_travel_status(request(method="GET", id=identifier), durable))


def test_a_listed_trip_is_found_before_its_saga_begins(durable: FakeDurable) -> None:
    got = status(durable, "trip-1")
    assert (got.status, got.body["status"], got.body["bookings"]) == (200, "running", [])
    assert got.body["total"] == {"currency": "USD", "minor": 0}
    assert set(got.body) == {
        *("id", "kind", "status", "request", "bookings", "total"),
        *("error", "compensations", "timeline", "created", "updated"),
    }


def test_a_saga_that_ended_without_an_end_needs_attention(durable: FakeDurable) -> None:
    durable.instances["trip-1"] = "ended"
    assert status(durable, "trip-1").body["status"] == "needs_attention"


def test_a_saga_that_nobody_will_begin_needs_attention(durable: FakeDurable) -> None:
    durable.end_all()
    assert status(durable, "trip-1").body["status"] == "needs_attention"


def test_a_closed_trip_is_told_without_the_durable_host(stores: Stores, durable: FakeDurable) -> None:
    stores.ledger.close(TripOutcome(status="confirmed", id="trip-1", kind="travel"))
    durable.is_down = True
    assert status(durable, "trip-1").body["status"] == "confirmed"


def test_an_open_trip_is_a_problem_while_the_durable_host_is_down(durable: FakeDurable) -> None:
    durable.is_down = True
    assert status(durable, "trip-1").body["code"] == "storage_unavailable"


def test_a_component_is_found_once_it_was_attempted(stores: Stores, durable: FakeDurable) -> None:
    assert status(durable, "trip-1-flight").status == 404
    key = effect_key("trip-1-flight", "book")
    stores.ledger.intend(Intent("trip-1", "trip-1-flight", FLIGHT.kind, "book", key, {}))
    durable.instances["trip-1"] = "alive"
    got = status(durable, "trip-1-flight")
    assert (got.status, got.body["kind"], got.body["status"]) == (200, "flight", "running")
    assert status(durable, "trip-1-hotel").status == 404


@pytest.mark.parametrize(
    "identifier", ["trip-2", "trip-1-", "trip-1-train", "-flight", "chat-1", "trip-1 ", "é", "a\n", "t" * 101, "'"]
)
def test_an_id_of_no_saga_is_not_found(durable: FakeDurable, identifier: str) -> None:
    got = status(durable, identifier)
    assert (got.status, got.body["code"]) == (404, "trip_not_found")
