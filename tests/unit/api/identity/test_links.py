"""A code joins one more device to a session: once, for ten minutes, and for nobody who guesses."""

import re
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest

from api import sessions
from api.services import serving
from domain.ids import link_digest
from support.app.callers import TRAVELLERS_KEY, bearer, key, principal
from support.app.deployed import SITE, DeployedApp
from support.races import in_threads


@pytest.fixture
def app(tmp_path: Path) -> Generator[DeployedApp]:
    app = DeployedApp(tmp_path, sessions_per_minute=1000)
    with serving(app.services):
        yield app


def test_the_other_device_is_the_same_traveller(app: DeployedApp) -> None:
    first = app.session()
    app.say(first, conversation_id="c-1")
    got = app.ask("POST", sessions.link, first)
    assert (got.status, got.headers["Cache-Control"]) == (201, "no-store")
    assert re.fullmatch("[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}", got.body["code"])
    joined = app.begin(code=got.body["code"])
    assert joined.status == 201
    second = bearer(joined.body["token"])
    assert app.owner(second) == app.owner(first)
    assert app.turn(second, "c-1").status == app.turn(first, "c-1").status != 404


def test_a_code_may_be_typed_in_any_way(app: DeployedApp) -> None:
    first = app.session()
    assert app.begin(code=f" {app.code(first).lower().replace('-', ' ')} ").status == 201


def test_a_code_is_for_one_device(app: DeployedApp) -> None:
    code = app.code(app.session())
    answers = in_threads(lambda _: app.begin(code=code).status, range(100))
    assert (answers.count(201), answers.count(422)) == (1, 99)


def test_a_code_is_over_after_ten_minutes_and_with_its_session(app: DeployedApp) -> None:
    first, second = app.session(), app.session()
    codes = [app.code(who) for who in (first, second, second)]
    app.ask("DELETE", sessions.end, first)
    assert app.begin(code=codes[0]).body["code"] == "invalid_code"
    app.now += timedelta(minutes=10) - timedelta(seconds=1)
    assert app.begin(code=codes[1]).status == 201
    app.now += timedelta(seconds=1)
    assert app.begin(code=codes[2]).status == 422


def test_a_code_that_outlives_its_session_joins_nothing(app: DeployedApp) -> None:
    who = app.session()
    app.now += timedelta(days=30) - timedelta(minutes=1)
    code = app.ask("POST", sessions.link, who).body["code"]
    app.stores.sessions.end(who["authorization"].split(".")[1], app.now)
    assert app.begin(code=code).status == 422


def test_no_code_of_an_ended_session_is_kept(app: DeployedApp) -> None:
    who = app.session()
    code = app.code(who)
    app.ask("DELETE", sessions.end, who)
    digest = link_digest(app.stores.conversations.installation_secret(), code.replace("-", ""))
    assert app.stores.link_codes.take(digest, app.now) is None


def test_guesses_are_limited(tmp_path: Path) -> None:
    app = DeployedApp(tmp_path, sessions_per_minute=3)
    with serving(app.services):
        code = app.code(app.session())
        assert [app.begin(code=f"22222-2222{number}").status for number in (2, 3, 4)] == [422, 422, 429]
        assert app.begin(code=code).status == 429
        app.now += timedelta(minutes=1)
        assert app.begin(code=code).status == 201


def test_a_session_asks_for_five_codes_in_a_minute(app: DeployedApp) -> None:
    who = app.session()
    assert [app.ask("POST", sessions.link, who).status for _ in range(6)] == [201] * 5 + [429]
    assert app.ask("POST", sessions.link, app.session()).status == 201


def test_no_code_is_kept(app: DeployedApp, tmp_path: Path) -> None:
    code = app.code(app.session())
    written = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))
    assert code.encode() not in written
    assert code.replace("-", "").encode() not in written


def test_a_browser_joins_with_its_cookie(app: DeployedApp) -> None:
    first = app.session()
    page = {"origin": SITE}
    own = app.response("POST", sessions.begin, page).headers["Set-Cookie"].partition(";")[0]
    browser = page | {"cookie": own}
    joined = app.response("POST", sessions.begin, browser, {"token": True, "code": app.code(first)})
    assert joined.status_code == 201
    assert b"token" not in joined.get_body()
    cookie = joined.headers["Set-Cookie"].partition(";")[0]
    assert app.owner({"cookie": cookie}) == app.owner(first) != app.owner({"cookie": own})
    # A page of another site may not make a browser somebody else's.
    other = browser | {"origin": "https://evil.example"}
    assert app.ask("POST", sessions.begin, other, {"code": app.code(first)}).status == 403


def test_who_signs_in_or_has_a_key_needs_no_code(app: DeployedApp) -> None:
    code = app.code(app.session())
    for who in (principal("ada-1"), key(TRAVELLERS_KEY)):
        assert app.begin(who, code=code).status == 400
        assert app.ask("POST", sessions.link, who).body["code"] == "session_needed"
    assert app.begin(code=code).status == 201


@pytest.mark.parametrize("code", [7, True, ["22222-22222"]])
def test_a_code_is_a_text(app: DeployedApp, code: object) -> None:
    assert app.begin(code=code).body["code"] == "invalid_request"


def test_an_empty_code_is_a_wrong_one(app: DeployedApp) -> None:
    assert app.begin(code="").body["code"] == "invalid_code"
