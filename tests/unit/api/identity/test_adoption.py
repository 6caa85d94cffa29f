"""Signing in takes over what the anonymous session has begun: once, with every id as it was."""

from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from api import sessions
from api.identity.adoption import MOST_ADOPTED
from api.services import serving
from domain.conversation.chat_turn import TurnRef
from support.app.callers import TRAVELLERS_KEY, bearer, key, principal
from support.app.deployed import SITE, DeployedApp
from support.races import in_threads

ADA, BOB = principal("ada-1"), principal("bob-1")


@pytest.fixture
def app(tmp_path: Path) -> Generator[DeployedApp]:
    app = DeployedApp(tmp_path)

    def end(ref: TurnRef) -> str:
        turn = app.stores.conversations.turn(ref.conversation, ref.turn)
        assert turn
        app.stores.conversations.decide(turn, (), f"Reply to {turn.message}", None, "offline")
        return "ended"

    app.durable.on_start = end  # pyright: ignore[reportAttributeAccessIssue]
    with serving(app.services):
        yield app


def signs_in(app: DeployedApp, who: Mapping[str, str], session: Mapping[str, str]) -> int:
    """Sign in with the session of before, and return the number of the owners that the principal then acts for."""
    assert app.begin({**session, **who}).status == 200
    owner = app.owner(who)
    assert owner
    return len(app.stores.adoptions.adopted_by(owner))


def test_trips_and_conversations_are_the_principals_from_then_on(app: DeployedApp) -> None:
    session = app.session()
    app.say(session, "first", conversation_id="talk")
    app.books(session, "trip-1")
    assert signs_in(app, ADA, session) == 1
    assert [app.status(who, "trip-1").status for who in (ADA, BOB, key(TRAVELLERS_KEY))] == [200, 404, 404]
    assert [trip["id"] for trip in app.trips(ADA).body["trips"]] == ["trip-1"]
    assert app.turn(ADA, "talk").body["reply"] == "Reply to first"
    # It goes on where it was.
    assert app.say(ADA, "second", conversation_id="talk").body["turn"] == 2


def test_the_session_ends_with_it(app: DeployedApp) -> None:
    session = app.session()
    signs_in(app, ADA, session)
    assert app.trips(session).status == 401
    page = {"origin": SITE}
    cookie = {"cookie": app.response("POST", sessions.begin, page).headers["Set-Cookie"].partition(";")[0]}
    signed_in = app.response("POST", sessions.begin, page | cookie | BOB)
    assert "Max-Age=0" in signed_in.headers["Set-Cookie"]


def test_nothing_happens_until_the_session_is_brought_along_in_a_post(app: DeployedApp) -> None:
    session = app.session()
    assert app.trips({**session, **ADA}).status == 200
    assert app.trips(session).status == 200
    assert signs_in(app, ADA, {}) == 0


def test_a_session_is_taken_over_by_one_principal(app: DeployedApp) -> None:
    session = app.session()
    app.books(session, "trip-1")
    people = [principal(f"person-{number}") for number in range(8)]
    in_threads(lambda who: app.begin({**session, **who}), people)
    assert [app.status(who, "trip-1").status for who in people].count(200) == 1
    assert signs_in(app, BOB, session) == 0


def test_a_principal_keeps_its_own_things_and_takes_over_several_sessions(app: DeployedApp) -> None:
    app.books(ADA, "trip-ada")
    for number in range(2):
        session = app.session()
        app.books(session, f"trip-{number}", conversation=f"talk-{number}")
        signs_in(app, ADA, session)
    assert [trip["id"] for trip in app.trips(ADA).body["trips"]] == ["trip-1", "trip-0", "trip-ada"]


def test_a_conversation_id_that_both_used_is_the_principals_own(app: DeployedApp) -> None:
    session = app.session()
    app.say(session, "anonymous", conversation_id="talk")
    app.say(ADA, "signed in", conversation_id="talk")
    signs_in(app, ADA, session)
    assert app.turn(ADA, "talk").body["reply"] == "Reply to signed in"


@pytest.mark.parametrize("conversation", [{}, {"conversation_id": "talk"}])
def test_a_message_that_is_repeated_after_signing_in_is_the_same_message(
    app: DeployedApp, conversation: dict[str, str]
) -> None:
    session = app.session()
    first = app.say(session, "hello", "key-1", **conversation)
    signs_in(app, ADA, session)
    assert app.say(ADA, "hello", "key-1", **conversation).body == first.body
    assert len(app.durable.started) == 1
    assert app.say(ADA, "other", "key-1", **conversation).body["code"] == "idempotency_mismatch"


def test_a_token_that_does_not_count_adopts_nothing_and_harms_nobody(app: DeployedApp) -> None:
    ended = app.session()
    app.ask("DELETE", sessions.end, ended)
    for token in (ended, bearer("v1.forged")):
        assert signs_in(app, ADA, token) == 0


def test_a_page_of_another_site_adopts_nothing(app: DeployedApp) -> None:
    page = {"origin": SITE}
    cookie = {"cookie": app.response("POST", sessions.begin, page).headers["Set-Cookie"].partition(";")[0]}
    assert app.ask("POST", sessions.begin, cookie | ADA | {"origin": "https://evil.example"}).status == 403
    assert app.trips(cookie).status == 200


def test_a_principal_takes_over_so_many_and_leaves_the_next_as_it_is(app: DeployedApp) -> None:
    owner = app.owner(ADA)
    assert owner
    for number in range(MOST_ADOPTED):
        app.stores.adoptions.adopt(f"session-{number:02}", owner)
    session = app.session()
    assert signs_in(app, ADA, session) == MOST_ADOPTED
    assert app.trips(session).status == 200
