"""A traveller who asks for it is forgotten: conversations, trips, session and codes, and nobody else's."""

import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from api.chat import forgetting
from api.chat import handlers as chat
from api.services import serving
from domain.trip.outcomes import TripOutcome
from support.app.callers import TRAVELLERS_KEY, key, principal
from support.app.deployed import DeployedApp
from support.suppliers.companies import NOW

ADA, BOB = principal("ada-1"), principal("bob-1")


@pytest.fixture
def app(tmp_path: Path) -> Generator[DeployedApp]:
    app = DeployedApp(tmp_path)
    with serving(app.services):
        yield app


def everything(state: Path) -> str:
    """Return all rows of the ledger's file."""
    with closing(sqlite3.connect(state / "ledger.db")) as connection:
        return "\n".join(connection.iterdump())


def test_nothing_is_left_of_a_principal_and_everything_of_others(app: DeployedApp, tmp_path: Path) -> None:
    app.books(ADA, "trip-ada", destination="Ouagadougou")
    app.books(BOB, "trip-bob", destination="Reykjavik")
    assert "Ouagadougou" in everything(tmp_path)
    assert app.forget_me(ADA).status == 204
    assert "Ouagadougou" not in everything(tmp_path)
    assert app.trips(ADA).body == {"trips": [], "next": None}
    assert app.turn(ADA, "c-1").status == 410
    assert app.status(BOB, "trip-bob").body["request"]["destination"] == "Reykjavik"
    assert app.turn(BOB, "c-1").status == 200
    # Amounts stay, for the accounts.
    assert app.status(ADA, "trip-ada").body["total"]["minor"] == 45_000
    assert app.forget_me(ADA).status == 204


def test_a_conversation_without_a_trip_goes_too(app: DeployedApp, tmp_path: Path) -> None:
    app.say(ADA, "my secret wish")
    [ref] = app.durable.started
    turn = app.stores.conversations.turn(ref.conversation, ref.turn)
    assert turn
    assert app.forget_me(ADA).body == {"remaining": 1}
    app.stores.conversations.decide(turn, (), "No.", None, "offline")
    assert app.forget_me(ADA).status == 204
    assert "my secret wish" not in everything(tmp_path)


def test_a_session_ends_with_its_codes_and_the_repeat_gets_the_first_answer(app: DeployedApp) -> None:
    session, other = app.session(), app.session()
    app.books(session, "trip-1")
    code = app.code(session)
    answer = app.forget_me(session)
    assert answer.status == 204
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert app.begin(code=code).status == 422
    assert app.trips(session).status == 401
    assert [app.forget_me(session).status for _ in range(2)] == [204, 204]
    assert app.trips(other).status == 200


def test_a_session_that_ended_without_it_is_refused(app: DeployedApp) -> None:
    session = app.session()
    app.stores.sessions.end(session["authorization"].split(".")[1], NOW)
    assert app.forget_me(session).status == 401


def test_what_was_adopted_goes_too(app: DeployedApp, tmp_path: Path) -> None:
    session = app.session()
    app.books(session, "trip-1", destination="Ouagadougou")
    assert app.begin({**session, **ADA}).status == 200
    assert app.forget_me(ADA).status == 204
    assert "Ouagadougou" not in everything(tmp_path)
    owner = app.owner(ADA)
    assert owner
    assert app.stores.adoptions.adopted_by(owner) == []


def test_what_is_under_way_is_left_and_counted(app: DeployedApp) -> None:
    session = app.session()
    app.books(session, "trip-open", "c-open", ends_as=None)
    for number in range(3):
        app.books(session, f"trip-{number}", f"c-{number}")
    assert app.forget_me(session).body == {"remaining": 1}
    # The session stays, since only with it the traveller can go on.
    assert [trip["id"] for trip in app.trips(session).body["trips"]] == ["trip-open"]
    app.stores.ledger.close(TripOutcome(status="confirmed", id="trip-open", kind="travel"), 1, 0)
    assert app.forget_me(session).status == 204


def test_very_many_are_forgotten_in_steps(app: DeployedApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "_MOST_FORGOTTEN", 2)
    for number in range(5):
        app.books(ADA, f"trip-{number}", f"c-{number}")
    answers = [app.forget_me(ADA) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 204]
    assert [answer.body for answer in answers[:2]] == [{"remaining": 3}, {"remaining": 1}]


def test_a_removal_that_was_interrupted_between_the_stores_is_completed(app: DeployedApp, tmp_path: Path) -> None:
    app.books(ADA, "trip-ada", destination="Ouagadougou")
    assert app.stores.conversations.forget(f"{app.owner(ADA)}.c-1", lambda trip: False)
    assert "Ouagadougou" in everything(tmp_path)
    assert app.forget_me(ADA).status == 204
    assert "Ouagadougou" not in everything(tmp_path)


def test_holders_of_a_key_forget_nothing_that_they_share(app: DeployedApp) -> None:
    app.books(key(TRAVELLERS_KEY), "trip-1")
    assert app.forget_me(key(TRAVELLERS_KEY)).body["code"] == "key_is_shared"
    assert app.status(key(TRAVELLERS_KEY), "trip-1").body["request"]["destination"] == "Paris"


def test_its_key_belongs_to_it(app: DeployedApp) -> None:
    assert app.forget_me(ADA, "key-1").status == 204
    headers = {**ADA, "idempotency-key": "key-1"}
    other = app.ask("DELETE", chat.forget_conversation, headers, conversation_id="c-1")
    assert other.body["code"] == "idempotency_mismatch"
