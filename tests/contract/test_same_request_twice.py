"""A request whose answer was lost may be sent again on every route: it acts once, and gets the first answer again."""

from typing import Any

import pytest

from api.services import serving
from domain.trip.command_bodies import ChangeBody
from domain.trip.facts import TripFacts
from settings import Settings
from support.app.http_calls import Answered
from support.app.twice import (
    ANSWER,
    CANCEL,
    CASES,
    CHAT,
    DECIDE,
    ELSEWHERE,
    FORGET,
    MODIFY,
    PRICE,
    RepeatedRequest,
    RequestWorld,
    Route,
    ended,
    http_functions,
)
from support.orchestrations.installation import real_activities
from support.races import in_threads

HERE = "here"
KEYED = pytest.mark.parametrize("key", ["key-1", None], ids=["with a key", "without"])
ROUTES = pytest.mark.parametrize("route", CASES, ids=" ".join)
WITH_BODY = pytest.mark.parametrize("route", [route for route, case in CASES.items() if case.other_body], ids=" ".join)
REPEATS = [
    pytest.param(route, stage, key, id=f"{' '.join(route)} {stage} {'with a key' if key else 'without'}")
    for route, case in CASES.items()
    for stage in case.later
    for key in ("key-1", None)
    if key or case.is_recognised_without_key
]


@pytest.fixture
def world(store_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    with real_activities() as activities:
        world = RequestWorld(store_settings, activities, monkeypatch)
        with serving(world.services):
            yield world


class Sender:
    """A client of one route, which sends the request of its case again and again on the state that it prepares."""

    def __init__(self, world: RequestWorld, route: Route, name: str = HERE) -> None:
        self.world, self.route, self.name = world, route, name
        self.case: RepeatedRequest = CASES[route]
        self.case.prepare(world, name)
        self.headers = self.case.headers(world, name)

    def send(self, key: str | None, body: Any = None) -> Answered:
        content = self.case.filled(self.world, self.name, self.case.body if body is None else body)
        return self.world.send(self.route, self.case.names(self.name), content, key, **self.headers)

    def commands(self) -> list[str]:
        return self.world.commands(self.name)


def test_every_route_that_changes_something_has_a_case() -> None:
    changes = {route for route in http_functions() if route[0] != "GET"}
    # A session is a token, of which nothing is kept: another request begins another, and an ended one stays so.
    assert set(CASES) == {route for route in changes if route[1] != "session"}


@pytest.mark.parametrize(("route", "stage", "key"), REPEATS)
def test_a_repeat_gets_the_first_answer_again(world: RequestWorld, route: Route, stage: str, key: str | None) -> None:
    case = CASES[route]
    world.is_slow = stage == "at once" and route == CHAT
    sender = Sender(world, route)
    first = sender.send(key)
    assert first.status < 300, first.text
    case.later[stage](world, HERE)
    stored = sender.commands()
    world.restart()
    with serving(world.services):
        again = sender.send(key)
        assert again.status < 300, again.text
        assert case.same(again) == case.same(first)
        assert sender.commands() == stored


@ROUTES
@KEYED
def test_two_deliveries_at_once_act_once(world: RequestWorld, route: Route, key: str | None) -> None:
    case = CASES[route]
    sender = Sender(world, route)
    before = sender.commands()
    replies = in_threads(lambda _: sender.send(key), range(4))
    assert {reply.status for reply in replies} <= {200, 201, 202, 204}, [reply.text for reply in replies]
    expected = 4 if key is None and not case.is_recognised_without_key else 1
    assert len({str(case.same(reply)) for reply in replies}) == expected
    assert len(sender.commands()) - len(before) == (route in (CANCEL, MODIFY, ANSWER, DECIDE))


@WITH_BODY
def test_a_key_that_comes_with_another_body_is_a_mismatch(world: RequestWorld, route: Route) -> None:
    case = CASES[route]
    sender = Sender(world, route)
    first = sender.send("key-1")
    stored = sender.commands()
    other = sender.send("key-1", case.other_body)
    assert (other.status, other.body["code"]) == (422, "idempotency_mismatch"), other.text
    assert sender.commands() == stored
    assert case.same(sender.send("key-1")) == case.same(first)


@WITH_BODY
def test_two_bodies_under_one_key_at_once_are_one_request_and_a_mismatch(world: RequestWorld, route: Route) -> None:
    case = CASES[route]
    sender = Sender(world, route)
    replies = in_threads(lambda body: sender.send("key-1", body), [case.body, case.other_body])
    assert sorted(reply.status for reply in replies)[1] == 422, [reply.text for reply in replies]
    assert {reply.body["code"] for reply in replies if reply.status == 422} == {"idempotency_mismatch"}


@ROUTES
def test_a_key_stands_for_one_route_and_one_trip(world: RequestWorld, route: Route) -> None:
    """Try the same key on every other route, and on the same one for another trip or conversation."""
    others = [Sender(world, other, f"{ELSEWHERE}-{number}") for number, other in enumerate(CASES)]
    sender = Sender(world, route)
    assert sender.send("key-1").status < 300
    for other in others:
        # A repeat of the very same message, because its conversation is none of the names in the path.
        if other.route == route and route in (CHAT, PRICE):
            continue
        before = other.commands()
        reply = other.send("key-1")
        assert (reply.status, reply.body["code"]) == (422, "idempotency_mismatch"), (other.route, reply.text)
        assert other.commands() == before


def test_a_change_that_was_changed_again_is_a_new_request_without_its_key(world: RequestWorld) -> None:
    sender = Sender(world, MODIFY)
    for body in (sender.case.body, sender.case.other_body):
        assert sender.send(None, body).status == 202
        ended(world, HERE)
    stored = sender.commands()
    third = sender.send(None)
    assert third.status == 202
    assert third.body["command_id"] not in stored


def test_a_change_that_was_changed_again_is_the_first_one_with_its_key(world: RequestWorld) -> None:
    sender = Sender(world, MODIFY)
    first = sender.send("key-1")
    ended(world, HERE)
    assert sender.send("key-2", {"component": "hotel", "nights": 7}).status == 202
    ended(world, HERE)
    assert sender.send("key-1").body["command_id"] == first.body["command_id"]
    assert len(sender.commands()) == 2


def test_the_same_change_under_a_new_key_is_refused_without_a_word_that_is_not_so(world: RequestWorld) -> None:
    sender = Sender(world, MODIFY)
    sender.send("key-1")
    while_charging = sender.send("key-2")
    ended(world, HERE)
    after_the_change = sender.send("key-2")
    assert [while_charging.body["code"], after_the_change.body["code"]] == ["change_in_progress", "invalid_change"]
    for refusal in (while_charging, after_the_change):
        assert "Nothing was" not in refusal.body["detail"]
        assert "This request changed nothing and moved no money" in refusal.body["detail"]


def test_a_change_is_compared_by_what_it_comes_to(world: RequestWorld) -> None:
    """Take a body's missing fields from the booking that the change replaced."""
    sender = Sender(world, MODIFY)
    first = sender.send("key-1")
    body = world.stores.ledger.commands(HERE)[0].body
    assert isinstance(body, ChangeBody)
    assert body.date is not None
    day = body.date.isoformat()
    spelled_out = {"component": "hotel", "nights": 6, "date": day}
    for key in ("key-1", None):
        assert sender.send(key, spelled_out).body["command_id"] == first.body["command_id"]
    for other in ({"component": "hotel", "date": day}, {**spelled_out, "date": "2026-03-09"}, {"component": "flight"}):
        reply = sender.send("key-1", {"date": day, **other})
        assert reply.body["code"] == "idempotency_mismatch"


def test_a_forgotten_traveller_leaves_the_key_its_command(world: RequestWorld) -> None:
    sender = Sender(world, MODIFY)
    first = sender.send("key-1")
    ended(world, HERE)
    assert world.stores.ledger.forget("c-1") == 1
    assert sender.send("key-1").body["command_id"] == first.body["command_id"]
    assert sender.send(None).body["code"] == "invalid_change"


def test_the_other_choice_is_told_what_was_chosen(world: RequestWorld) -> None:
    sender = Sender(world, ANSWER)
    sender.send(None)
    for key in (None, "key-2"):
        other = sender.send(key, {"choice": "undo"})
        assert (other.status, other.body["code"]) == (409, "not_waiting")
        assert "keep" in other.body["detail"]
        assert "Nothing was" not in other.body["detail"]


def test_a_cancel_that_ended_is_the_first_one_for_its_key_and_done_for_others(world: RequestWorld) -> None:
    sender = Sender(world, CANCEL)
    first = sender.send("key-1")
    ended(world, HERE)
    for key, status in (("key-1", 202), ("key-2", 200), (None, 200)):
        again = sender.send(key)
        assert (again.status, again.body["status"]) == (status, "cancelled")
        assert again.body["command_id"] == first.body["command_id"]


def test_a_decision_with_its_key_is_answered_on_whichever_version(world: RequestWorld) -> None:
    sender = Sender(world, DECIDE)
    first = sender.send("key-1")
    sender.headers = {"if-match": '"999"'}
    assert sender.send("key-1").body["command_id"] == first.body["command_id"]
    # Nothing is open any more, whichever version the other key names.
    assert sender.send("key-2").body["code"] == "item_not_found"


def test_a_decision_that_another_delivery_stores_between_two_reads_is_answered(
    world: RequestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, ledger = Sender(world, DECIDE), world.stores.ledger
    read, earlier = ledger.facts, list[Answered]()

    def facts_after_another_delivery(trip: str) -> TripFacts:
        if not earlier:
            # Put back at once, because the other delivery reads the facts as well.
            monkeypatch.setattr(ledger, "facts", read)
            earlier.append(sender.send("key-1"))
        return read(trip)

    monkeypatch.setattr(ledger, "facts", facts_after_another_delivery)
    assert sender.send("key-1").body["command_id"] == earlier[0].body["command_id"]


def test_a_decision_that_is_stored_is_answered_although_its_orchestration_failed(world: RequestWorld) -> None:
    sender = Sender(world, DECIDE)
    decide = world.durable.on_other
    assert decide

    def decide_and_die(order: Any) -> Any:
        decide(order)

    world.durable.on_other = decide_and_die
    assert sender.send(None).status == 202
    assert len(sender.commands()) == 2


def test_a_conversation_that_was_forgotten_takes_no_message_and_says_nothing_of_others(world: RequestWorld) -> None:
    keyed = world.send(CHAT, {}, {"message": "hello", "conversation_id": HERE}, "key-1")
    assert keyed.status == 200
    assert world.send(FORGET, {"conversation_id": HERE}, None).status == 204
    reply = world.send(CHAT, {}, {"message": "hello", "conversation_id": HERE}, "key-1")
    assert (reply.status, reply.body["code"]) == (410, "conversation_forgotten")
    assert "Nothing was" not in reply.body["detail"]


def test_a_repeat_wakes_the_saga_that_the_first_delivery_did_not_start(world: RequestWorld) -> None:
    sender = Sender(world, MODIFY)
    world.durable.is_down = True
    first = sender.send(None)
    assert (first.status, world.durable.others) == (202, [])
    world.durable.is_down = False
    command = world.stores.ledger.commands(HERE)[-1]
    # Long after the time for which the first delivery had the right to start the saga.
    later = world.services.clock().replace(year=command.at.year + 1)
    with serving(world.services.__class__(world.settings, world.stores, lambda: later)):
        assert sender.send(None).body["command_id"] == first.body["command_id"]
    assert [instance for _, instance, _ in world.durable.others] == [f"{HERE}-command-1"]
