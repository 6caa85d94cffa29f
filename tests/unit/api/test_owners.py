"""Two travellers who use the same ids and keys never hear of each other."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.chat import handlers as chat
from api.services import ApiServices, serving
from api.trips import handlers as trips
from domain.conversation.chat_turn import TurnRef
from domain.ids import split_owned_id
from settings import Settings
from stores.opening import open_stores
from support.app.callers import SIGNED_IN, TRAVELLERS_KEY, key, principal
from support.app.durable import FakeDurable
from support.app.http_calls import JSON, Answered, call, request
from support.stores.ledgers import new_trip
from support.suppliers.companies import NOW

ADA, BOB = principal("ada-1"), principal("bob-1")
EVERYBODY = (ADA, BOB, key(TRAVELLERS_KEY))


class Deployed:
    """The routes of a deployed app that signs people in, on real stores."""

    def __init__(self, state: Path) -> None:
        settings = Settings(state_dir=state, chat_wait_seconds=0, **SIGNED_IN)
        opened = open_stores(settings)
        self.ledger = opened.ledger
        self.durable = FakeDurable()
        self.services = ApiServices(settings, replace(opened, name="tables"), lambda: NOW)

    def post(self, who: dict[str, str], message: str = "hello", key: str = "k", conversation: str = "c-1") -> Answered:
        headers = JSON | who | {"idempotency-key": key}
        body = {"message": message, "conversation_id": conversation}
        return call(chat.post_chat(request(body, headers), self.durable))

    def turn(self, who: dict[str, str], conversation: str = "c-1") -> Answered:
        route: Any = {"conversation_id": conversation, "turn": "1"}
        return call(chat.get_turn(request(headers=who, method="GET", **route), self.durable), "read")

    def forget(self, who: dict[str, str], key: str = "f", conversation: str = "c-1") -> Answered:
        headers = who | {"idempotency-key": key}
        return call(chat.forget_conversation(request(headers=headers, conversation_id=conversation), self.durable))

    def cancel(self, who: dict[str, str], trip: str, key: str = "x") -> Answered:
        return call(trips.cancel(request(headers=who | {"idempotency-key": key}, id=trip), self.durable))

    def ends(self, reply: str) -> None:
        """Let each turn that is started from now on end with this reply."""

        def end(ref: TurnRef) -> Any:
            turn = self.services.stores.conversations.turn(ref.conversation, ref.turn)
            assert turn
            self.services.stores.conversations.decide(turn, (), f"{reply} to {turn.message}", None, "offline")
            return "ended"

        self.durable.on_start = end


@pytest.fixture
def app(tmp_path: Path) -> Generator[Deployed]:
    app = Deployed(tmp_path)
    app.ends("Reply")
    with serving(app.services):
        yield app


def test_the_same_conversation_and_key_are_three_of_three_callers(app: Deployed) -> None:
    answers = [app.post(who, f"message {number}") for number, who in enumerate(EVERYBODY)]
    assert [answer.status for answer in answers] == [200] * 3
    assert [answer.body["conversation_id"] for answer in answers] == ["c-1"] * 3
    assert [answer.body["reply"] for answer in answers] == [f"Reply to message {number}" for number in range(3)]
    assert len({ref.conversation for ref in app.durable.started}) == 3
    # A repeat finds its own turn, also after the others have posted.
    assert [app.post(who, f"message {number}").body for number, who in enumerate(EVERYBODY)] == [
        answer.body for answer in answers
    ]
    assert [app.turn(who).body["reply"] for who in EVERYBODY] == [answer.body["reply"] for answer in answers]


def test_a_key_is_still_bound_to_one_request_of_its_owner(app: Deployed) -> None:
    app.post(ADA)
    assert app.post(ADA, "something else").body["code"] == "idempotency_mismatch"
    assert app.forget(ADA, key="k").body["code"] == "idempotency_mismatch"
    assert app.forget(BOB, key="k").status == 204


def test_a_new_conversation_has_an_id_without_its_owner(app: Deployed) -> None:
    body = {"message": "hello"}
    answer = call(chat.post_chat(request(body, JSON | ADA), app.durable))
    assert "." not in answer.body["conversation_id"]
    [ref] = app.durable.started
    assert split_owned_id(ref.conversation)[1] == answer.body["conversation_id"]
    assert app.turn(ADA, answer.body["conversation_id"]).status == 200
    assert app.turn(BOB, answer.body["conversation_id"]).status == 404


def test_nobody_names_the_owner_in_an_id(app: Deployed) -> None:
    app.post(ADA)
    [ref] = app.durable.started
    for who in EVERYBODY:
        assert app.turn(who, ref.conversation).status == 404
        assert app.post(who, conversation=ref.conversation).body["code"] == "invalid_request"
        assert app.forget(who, conversation=ref.conversation, key="other").status == 204
    assert app.turn(ADA).status == 200


def test_forgetting_is_for_the_owners_own_alone(app: Deployed) -> None:
    for who in EVERYBODY:
        app.post(who)
    assert app.forget(BOB).status == 204
    assert [app.turn(who).status for who in EVERYBODY] == [200, 410, 200]
    assert app.post(BOB, key="k2").body["code"] == "conversation_forgotten"
    assert app.post(ADA, key="k2").status == 200


def test_another_owners_trip_answers_as_one_that_does_not_exist(app: Deployed) -> None:
    app.post(ADA)
    [ref] = app.durable.started
    app.ledger.open(new_trip("trip-ada", conversation=ref.conversation))
    app.durable.instances["trip-ada"] = "alive"
    for who in (BOB, key(TRAVELLERS_KEY)):
        for trip in ("trip-ada", "trip-ada-hotel"):
            theirs, nobodys = app.cancel(who, trip), app.cancel(who, trip.replace("ada", "nobody"))
            assert (theirs.status, theirs.body) == (404, nobodys.body)
    assert app.cancel(ADA, "trip-ada-hotel").body["code"] == "part_of_trip"
    accepted = app.cancel(ADA, "trip-ada")
    assert (accepted.status, accepted.body["by"]) == (202, "a signed-in traveller")
