"""A post claims its turn, starts it once, waits a bounded time; a repeat finds or starts exactly what is missing."""

import asyncio
import time
from collections.abc import Generator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import process
from api import health as handlers
from api.chat import handlers as chat
from api.durable_port import InstanceState
from api.services import ApiServices, serving
from api.trips import handlers as trips
from domain.conversation.chat_turn import TurnRef
from domain.conversation.turn import Problem, TripCall
from domain.ids import chat_turn_id, turn_name
from domain.options import TripOptions
from domain.trip.outcomes import TripEnd, TripOutcome
from domain.trip.records import NewTrip
from domain.trip.requests import TripRequest
from settings import Settings
from stores.opening import open_stores
from support.app.callers import HOLDER
from support.app.durable import FakeDurable
from support.app.http_calls import JSON, Answered, call, call_async, request

ROME = TripRequest(kind="flight", destination="Rome", date=date(2026, 5, 1))


class TurnsApp:
    """The HTTP functions on real stores, a clock that the test moves, and a durable host that it plays."""

    def __init__(self, state: Path, **variables: Any) -> None:
        settings = Settings(state_dir=state, **{"chat_wait_seconds": 0, **variables})
        self.now = datetime(2026, 2, 16, 14, 30, tzinfo=UTC)
        self.stores = open_stores(settings)
        self.durable = FakeDurable()
        self.services = ApiServices(settings, self.stores, lambda: self.now)

    def post(self, message: str = "a flight to Rome", key: str | None = None, **more: Any) -> Answered:
        return call(self.posting(message, key, **more))

    def posting(self, message: str = "a flight to Rome", key: str | None = None, **more: Any) -> Any:
        headers = JSON | ({"idempotency-key": key} if key else {})
        return chat.post_chat(request({"message": message, **more}, headers), self.durable)

    def turn(self, conversation: str, number: int | str = 1) -> Answered:
        route: Any = {"conversation_id": conversation, "turn": str(number)}
        return call(chat.get_turn(request(method="GET", **route), self.durable), "read")

    def instance(self, conversation: str, attempt: int = 1) -> str:
        return chat_turn_id(self.stores.conversations.installation_secret(), conversation, 1, attempt)

    def books(self, ref: TurnRef) -> InstanceState:
        """Decide on one flight, whose saga is still running."""
        self._decide(ref)
        return "alive"

    def books_and_ends(self, ref: TurnRef) -> InstanceState:
        self.close(self._decide(ref))
        self.finish(ref, "Booked.")
        return "ended"

    def says(self, ref: TurnRef) -> InstanceState:
        self.stores.conversations.decide(self._turn(ref), (), "Where to?", None, "offline")
        return "ended"

    def fails(self, ref: TurnRef) -> InstanceState:
        problem = Problem(code="model_unavailable", detail="The model is busy.", retry_after=9)
        self.stores.conversations.fail(self._turn(ref), problem)
        return "ended"

    def finish(self, ref: TurnRef, reply: str) -> None:
        self.stores.conversations.finish(self._turn(ref), reply)

    def close(self, trip: str, status: TripEnd = "confirmed") -> None:
        assert isinstance(
            self.stores.ledger.close(TripOutcome(status=status, id=trip, kind="flight"), 1, 0), TripOutcome
        )

    def _decide(self, ref: TurnRef) -> str:
        trip = f"trip-{ref.conversation}-{ref.turn}"
        calls = (TripCall(trip=trip, kind="flight", request=ROME),)
        self.stores.conversations.decide(self._turn(ref), calls, None, None, "gpt-test")
        self.stores.ledger.open(NewTrip(trip, "flight", ROME, TripOptions(), ref.conversation, ref.turn))
        return trip

    def _turn(self, ref: TurnRef) -> Any:
        return self.stores.conversations.turn(ref.conversation, ref.turn)


@pytest.fixture
def app(tmp_path: Path) -> Generator[TurnsApp]:
    app = TurnsApp(tmp_path)
    with serving(app.services):
        yield app


def test_a_finished_turn_is_answered_with_its_reply_and_trips(app: TurnsApp) -> None:
    app.durable.on_start = app.books_and_ends
    response = app.post(conversation_id="c1")
    assert response.status == 200
    trip = "trip-c1-1"
    link = {"id": trip, "kind": "flight", "status": "confirmed", "status_url": f"/api/travel-status/{trip}"}
    assert response.body == {
        "conversation_id": "c1",
        "turn": 1,
        "reply": "Booked.",
        "model": "gpt-test",
        "trips": [link],
        "did": [{"action": "booked", "trip": trip}],
        "stale": False,
    }
    assert app.durable.started == [TurnRef(conversation="c1", turn=1, attempt=1)]


def test_a_turn_that_only_said_something_did_nothing(app: TurnsApp) -> None:
    app.durable.on_start = app.says
    assert app.post(conversation_id="c1").body["did"] == []


@pytest.mark.parametrize(
    ("end", "did"),
    [("failed", []), ("cancelled", []), ("partly_confirmed", [{"action": "booked", "trip": "trip-c1-1"}])],
)
def test_a_turn_did_what_its_trips_first_came_to(app: TurnsApp, end: TripEnd, did: list[Any]) -> None:
    app.durable.on_start = app.books
    assert app.post(conversation_id="c1").body["did"] == []
    app.close("trip-c1-1", end)
    app.finish(app.durable.started[0], "Words.")
    assert app.turn("c1").body["did"] == did


def test_without_a_conversation_a_new_one_is_made_each_time(app: TurnsApp) -> None:
    app.durable.on_start = app.says
    assert app.post().body["conversation_id"] != app.post().body["conversation_id"]


def test_turns_of_a_conversation_are_numbered(app: TurnsApp) -> None:
    app.durable.on_start = app.says
    assert [app.post(conversation_id="c").body["turn"] for _ in range(3)] == [1, 2, 3]


def test_before_the_trips_are_known_202_leads_to_the_turn(app: TurnsApp) -> None:
    response = app.post(conversation_id="c1")
    assert (response.status, response.body["trips"], response.body["model"]) == (202, [], "offline")
    assert response.headers["Location"] == "/api/chat/c1/turns/1"
    assert "still" in response.body["reply"]
    assert app.turn("c1").body == response.body


def test_once_a_trip_is_known_202_leads_to_it(app: TurnsApp) -> None:
    app.durable.on_start = app.books
    response = app.post(conversation_id="c1")
    assert response.status == 202
    assert response.headers["Location"] == response.body["trips"][0]["status_url"] == "/api/travel-status/trip-c1-1"
    assert response.body["trips"][0]["status"] == "running"


def test_when_all_trips_have_ended_but_the_reply_is_missing_202_leads_to_the_turn(app: TurnsApp) -> None:
    app.durable.on_start = app.books
    app.post(conversation_id="c1")
    app.close("trip-c1-1", "failed")
    response = app.turn("c1")
    assert (response.status, response.headers["Location"]) == (202, "/api/chat/c1/turns/1")
    assert response.body["trips"][0]["status"] == "failed"


def test_with_no_wait_the_state_is_still_read_once(app: TurnsApp) -> None:
    app.durable.on_start = app.says
    assert app.post().status == 200


def test_the_wait_ends_as_soon_as_the_turn_does(tmp_path: Path) -> None:
    # So much longer than the test takes that only the end of the turn can end the wait.
    app = TurnsApp(tmp_path, chat_wait_seconds=30)

    async def post_and_finish() -> Answered:
        begun = asyncio.Event()

        def begin(ref: TurnRef) -> InstanceState:
            begun.set()
            return "alive"

        app.durable.on_start = begin
        posted = asyncio.create_task(call_async(app.posting(conversation_id="c1")))
        await begun.wait()
        await asyncio.to_thread(app.says, app.durable.started[0])
        return await posted

    with serving(app.services):
        began = time.monotonic()
        assert asyncio.run(post_and_finish()).status == 200
    assert time.monotonic() - began < 20


def test_the_wait_is_ended_by_the_bell_long_before_it_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.chat.turns._FIRST_PAUSE", 60)
    app = TurnsApp(tmp_path, chat_wait_seconds=60)

    def finish_soon(ref: TurnRef) -> InstanceState:
        def finish() -> None:
            app.says(ref)
            process.turns_bell.ring(turn_name(ref.conversation, ref.turn))

        asyncio.get_running_loop().call_later(0.2, finish)
        return "alive"

    app.durable.on_start = finish_soon
    with serving(app.services):
        began = time.monotonic()
        assert call(app.posting()).status == 200
    assert time.monotonic() - began < 30


def test_a_wait_asks_about_its_turn_late_and_is_told_long_before_its_end_that_the_turn_has_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.chat.turns._FIRST_QUESTION", 0.4)
    app = TurnsApp(tmp_path, chat_wait_seconds=60)
    app.durable.on_start = lambda ref: "ended"
    with serving(app.services):
        began = time.monotonic()
        assert app.post().body["code"] == "turn_stopped"
    assert 0.4 <= time.monotonic() - began < 30


def test_the_wait_is_bounded(tmp_path: Path) -> None:
    app = TurnsApp(tmp_path, chat_wait_seconds=0.3)
    with serving(app.services):
        began = time.monotonic()
        assert app.post().status == 202
    assert 0.3 <= time.monotonic() - began < 20


def test_a_finished_answer_is_repeated_for_its_key(app: TurnsApp) -> None:
    app.durable.on_start = app.books_and_ends
    first = app.post(key="k")
    assert app.post(key="k") == first
    assert len(app.durable.started) == 1


def test_after_a_202_the_repeat_finds_the_same_turn(app: TurnsApp) -> None:
    app.durable.on_start = app.books
    first = app.post(key="k")
    app.finish(app.durable.started[0], "Booked.")
    second = app.post(key="k")
    assert (first.status, second.status) == (202, 200)
    assert first.body["trips"][0]["id"] == second.body["trips"][0]["id"]
    assert len(app.durable.started) == 1


def test_simultaneous_posts_with_one_key_start_one_turn(app: TurnsApp) -> None:
    app.durable.on_start = app.books

    async def together() -> list[Answered]:
        return list(await asyncio.gather(*(call_async(app.posting(key="k")) for _ in range(8))))

    responses = asyncio.run(together())
    assert len({response.body["conversation_id"] for response in responses}) == 1
    assert len(app.durable.started) == 1


def test_a_key_with_another_body_is_a_mismatch_and_starts_nothing(app: TurnsApp) -> None:
    app.post("one", key="k")
    response = app.post("another", key="k")
    assert (response.status, response.body["code"]) == (422, "idempotency_mismatch")
    assert len(app.durable.started) == 1


def test_problems_are_not_stored_a_repeat_tries_again(app: TurnsApp) -> None:
    app.durable.on_start = app.fails
    response = app.post(key="k", conversation_id="c1")
    assert (response.status, response.body["code"], response.headers["Retry-After"]) == (503, "model_unavailable", "9")
    assert app.turn("c1").body["code"] == "model_unavailable"
    app.durable.on_start = app.books_and_ends
    assert app.post(key="k", conversation_id="c1").status == 200
    assert [ref.attempt for ref in app.durable.started] == [1, 2]


def test_a_host_that_is_down_is_a_problem_and_the_repeat_starts_the_turn(app: TurnsApp) -> None:
    app.durable.is_down = True
    assert app.post(key="k").body["code"] == "storage_unavailable"
    app.durable.is_down = False
    app.durable.on_start = app.books_and_ends
    # A second more than the post that failed may keep others from starting the turn.
    app.now += timedelta(seconds=6)
    assert app.post(key="k").status == 200


def test_a_start_that_was_accepted_but_not_written_down_is_not_repeated(app: TurnsApp) -> None:
    app.durable.on_start = app.books
    app.post(key="k", conversation_id="c1")
    # As if the process had died after the host accepted the start, before it noted that down.
    with app.stores.conversations._database.writing() as connection:  # type: ignore[attr-defined]
        connection.execute("UPDATE turns SET started = 0, state = 'claimed'")
    app.now += timedelta(seconds=6)
    assert app.post(key="k", conversation_id="c1").status == 202
    assert len(app.durable.started) == 1


def test_a_claim_whose_owner_died_is_started_by_the_repeat(app: TurnsApp) -> None:
    turn = app.stores.conversations.claim(
        chat.read_post(request({"message": "hi"}, JSON | {"idempotency-key": "k"}), app.now, HOLDER)
    )
    assert app.stores.conversations.take_start(turn, app.now)
    assert app.post("hi", key="k").status == 202
    assert app.durable.started == []
    app.now += timedelta(seconds=6)
    app.durable.on_start = app.says
    assert app.post("hi", key="k").status == 200
    assert len(app.durable.started) == 1


def test_a_turn_whose_orchestration_died_is_a_problem_that_the_repeat_mends(app: TurnsApp) -> None:
    app.post(key="k", conversation_id="c1")
    app.durable.end_all()
    response = app.turn("c1")
    assert (response.status, response.body["code"]) == (500, "turn_stopped")
    assert "booked" not in response.body["detail"]
    app.durable.on_start = app.books_and_ends
    assert app.post(key="k", conversation_id="c1").status == 200
    assert [ref.attempt for ref in app.durable.started] == [1, 1]


def test_a_decided_turn_that_died_keeps_its_trips_when_the_repeat_starts_it_again(app: TurnsApp) -> None:
    app.durable.on_start = app.books
    first = app.post(key="k", conversation_id="c1")
    app.durable.end_all()
    response = app.turn("c1")
    assert (response.status, response.body["code"]) == (500, "turn_stopped")
    second = app.post(key="k", conversation_id="c1")
    assert second.body["trips"][0]["id"] == first.body["trips"][0]["id"]
    assert len(app.durable.started) == 2


def test_a_saga_that_its_dead_turn_left_running_is_waited_for_not_replaced(app: TurnsApp) -> None:
    app.durable.on_start = app.books
    app.post(key="k", conversation_id="c1")
    app.durable.end_all()
    app.durable.instances["trip-c1-1"] = "alive"
    response = app.post(key="k", conversation_id="c1")
    assert (response.status, response.body["trips"][0]["status"]) == (202, "running")
    assert len(app.durable.started) == 1
    app.close("trip-c1-1")
    app.durable.instances["trip-c1-1"] = "ended"
    app.post(key="k", conversation_id="c1")
    assert len(app.durable.started) == 2


def test_a_turn_that_somebody_else_is_starting_again_has_not_stopped(app: TurnsApp) -> None:
    app.durable.on_start = app.books
    app.post(key="k", conversation_id="c1")
    app.durable.end_all()
    turn = app.stores.conversations.turn("c1", 1)
    assert turn is not None
    assert app.stores.conversations.take_start(turn, app.now, again=True)

    async def both() -> Answered:
        posted = asyncio.create_task(call_async(app.posting(key="k", conversation_id="c1")))
        # Time enough for the post to look once, and to be told that somebody else is starting the turn.
        await asyncio.sleep(0.1)
        app.durable.instances[app.instance("c1")] = "alive"
        return await posted

    assert asyncio.run(both()).status == 202
    assert len(app.durable.started) == 1


def test_a_trip_that_another_saga_has_taken_over_is_waited_for(app: TurnsApp) -> None:
    app.durable.on_start = app.books
    app.post(key="k", conversation_id="c1")
    app.durable.end_all()
    row = app.stores.ledger.trip("trip-c1-1")
    assert row is not None
    app.stores.ledger.take_over(row.id, row.version)
    assert app.turn("c1").status == 202
    assert app.post(key="k", conversation_id="c1").status == 202
    assert len(app.durable.started) == 1


def test_a_hub_that_lost_a_decided_turn_is_noticed(app: TurnsApp) -> None:
    app.durable.on_start = app.books
    app.post(key="k", conversation_id="c1")
    app.durable.instances.clear()
    assert app.turn("c1").body["code"] == "turn_stopped"


@pytest.mark.parametrize(
    ("conversation", "number"), [("c1", "2"), ("c2", "1"), ("c1", "0"), ("c1", "x"), ("c1", "9" * 20), ("é", "1")]
)
def test_a_turn_that_is_not_there_is_not_found(app: TurnsApp, conversation: str, number: str) -> None:
    app.post(conversation_id="c1")
    response = app.turn(conversation, number)
    assert (response.status, response.body["code"]) == (404, "turn_not_found")


def test_on_azure_a_ledger_in_a_file_takes_no_chats(tmp_path: Path) -> None:
    app = TurnsApp(tmp_path, website_instance_id="abc")
    with serving(app.services):
        response = app.post()
    assert (response.status, response.body["code"]) == (503, "ledger_not_shared")
    assert app.durable.started == []


def test_a_wrong_setting_is_a_clear_problem_of_chat_and_status(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import settings

    settings.settings.cache_clear()
    monkeypatch.setenv("SIM_FAULT", "often")
    durable = FakeDurable()
    for handler in (
        chat.post_chat(request({"message": "hi"}), durable),
        trips.get_travel_status(request(method="GET", id="trip-1")),
    ):
        response = call(handler)
        assert (response.status, response.body["code"]) == (503, "misconfigured")
        assert "SIM_FAULT" in response.body["detail"]
    assert "SIM_FAULT" in caplog.text
    health = call(handlers.get_health())
    assert (health.status, health.body["status"]) == (503, "misconfigured")
    assert "SIM_FAULT" in health.body["error"]
