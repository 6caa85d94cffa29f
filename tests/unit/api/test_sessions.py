"""A session makes a traveller of somebody who has not signed in, for as long as its token is valid and no longer."""

import asyncio
import json
import re
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from azure.functions.http import HttpRequest

from api import sessions
from api.identity.caller import Caller, traveller
from api.identity.tokens import IDLE, LONGEST, new_session, read_token, token_of
from api.problems import ApiProblem, answered
from api.services import ApiServices, serving
from settings import Settings
from stores.opening import open_stores
from support.app.callers import ON_AZURE, TRAVELLERS_KEY, bearer, key
from support.suppliers.companies import NOW

JSON = {"content-type": "application/json"}
SITE = "https://travel.example"
SECRET = b"s" * 32


class Site:
    """The session's routes of a deployed app, under one address and with a clock that the test moves."""

    def __init__(self, state: Path, address: str = SITE, **variables: Any) -> None:
        settings = Settings(state_dir=state, **(ON_AZURE | variables))
        self.now, self.address = NOW, address
        self.stores = replace(open_stores(settings), name="tables")
        self.services = ApiServices(settings, self.stores, lambda: self.now)

    def request(self, method: str, headers: Mapping[str, str], body: bytes = b"{}") -> func.HttpRequest:
        named = {"host": self.address.partition("//")[2], **headers}
        return HttpRequest(
            method,
            f"{self.address}/api/session",
            headers=named,
            params={},
            route_params={},
            body_type="bytes",
            body=body,
        )

    def send(self, method: str, headers: Mapping[str, str] | None = None, body: bytes = b"{}") -> func.HttpResponse:
        handlers = {"POST": sessions.begin, "GET": sessions.look, "DELETE": sessions.end}
        asked = self.request(method, headers if headers is not None else JSON, body)
        return asyncio.run(answered(handlers[method](asked), "change"))

    def token(self) -> str:
        return body_of(self.send("POST", body=b'{"token": true}'))["token"]

    def cookie(self) -> str:
        """Begin a session as a browser does, and return what it then sends with each request."""
        return self.send("POST").headers["Set-Cookie"].partition(";")[0]

    def caller(self, method: str, headers: Mapping[str, str]) -> Caller:
        return asyncio.run(traveller(self.request(method, headers), self.services))

    def refusal(self, method: str, headers: Mapping[str, str]) -> ApiProblem:
        with pytest.raises(ApiProblem) as raised:
            self.caller(method, headers)
        return raised.value


def body_of(response: func.HttpResponse) -> Any:
    return json.loads(response.get_body())


@pytest.fixture
def site(tmp_path: Path) -> Generator[Site]:
    site = Site(tmp_path)
    with serving(site.services):
        yield site


class TestAToken:
    def test_is_read_back_as_the_session_that_it_names(self) -> None:
        session = new_session(NOW)
        assert read_token(token_of(session, SECRET), SECRET) == session

    def test_of_another_secret_or_with_any_letter_changed_names_nobody(self) -> None:
        token = token_of(new_session(NOW), SECRET)
        assert read_token(token, b"t" * 32) is None
        for place, letter in enumerate(token):
            changed = token[:place] + ("x" if letter != "x" else "y") + token[place + 1 :]
            assert read_token(changed, SECRET) is None, place
        for other in ("", "v1", token[:-1], token + "0", token.upper(), f" {token}", f"{token}\n"):
            assert read_token(other, SECRET) is None

    def test_is_never_the_same_twice(self, site: Site) -> None:
        assert site.token() != site.token()


class TestABeginning:
    def test_of_a_client_is_told_its_token_once(self, site: Site) -> None:
        response = site.send("POST", body=b'{"token": true}')
        body = body_of(response)
        assert (response.status_code, body["kind"], body["operator"]) == (201, "session", False)
        assert "Set-Cookie" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"
        looked = site.send("GET", bearer(body["token"]))
        assert body_of(looked) == {name: body[name] for name in ("kind", "operator", "ends")}

    @pytest.mark.parametrize("body", [b"{}", b'{"token": false}', b'{"token": true}'])
    def test_of_a_page_is_kept_where_no_script_looks(self, site: Site, body: bytes) -> None:
        response = site.send("POST", JSON | {"origin": SITE}, body)
        assert response.status_code == 201
        assert "token" not in body_of(response)
        cookie = response.headers["Set-Cookie"]
        assert re.fullmatch(
            r"__Host-session=v1\.[\w.-]+; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax; Secure", cookie
        )

    def test_without_https_has_a_cookie_that_a_browser_takes_there(self, tmp_path: Path) -> None:
        site = Site(tmp_path, "http://localhost:7071")
        with serving(site.services):
            cookie = site.send("POST").headers["Set-Cookie"]
        assert cookie.startswith("session=v1.")
        assert "Secure" not in cookie

    def test_of_whoever_has_a_valid_one_keeps_it(self, site: Site) -> None:
        cookie = site.cookie()
        response = site.send("POST", JSON | {"cookie": cookie, "origin": SITE}, b'{"token": true}')
        assert (response.status_code, "Set-Cookie" in response.headers) == (200, False)
        assert "token" not in body_of(response)

    def test_of_a_key_holder_is_none(self, site: Site) -> None:
        response = site.send("POST", JSON | key(TRAVELLERS_KEY))
        assert (response.status_code, body_of(response)) == (200, {"kind": "key", "operator": False})

    @pytest.mark.parametrize(
        ("headers", "body", "status"),
        [({}, b"{}", 415), (JSON, b"", 400), (JSON, b'{"token": 1}', 400), (JSON, b'{"name": "Ada"}', 400)],
    )
    def test_that_cannot_be_read_is_refused(
        self, site: Site, headers: dict[str, str], body: bytes, status: int
    ) -> None:
        assert site.send("POST", headers, body).status_code == status

    def test_is_not_to_be_had_where_sessions_are_off(self, tmp_path: Path) -> None:
        site = Site(tmp_path, sessions="off")
        with serving(site.services):
            assert body_of(site.send("POST"))["code"] == "sessions_off"
        token = token_of(new_session(NOW), site.stores.sessions.signing_secret())
        assert site.refusal("GET", bearer(token)).problem.code == "sign_in_needed"
        assert site.caller("GET", bearer(token) | key(TRAVELLERS_KEY)).owner is None


class TestATraveller:
    def test_owns_what_the_session_begins_whichever_way_its_token_comes(self, site: Site) -> None:
        cookie = site.cookie()
        token = cookie.partition("=")[2]
        by_cookie, by_bearer = site.caller("GET", {"cookie": cookie}), site.caller("GET", bearer(token))
        assert by_cookie.owner == by_bearer.owner
        assert by_cookie.owner
        assert not by_cookie.is_operator
        assert site.caller("GET", bearer(site.token())).owner != by_cookie.owner

    def test_with_a_wrong_token_is_refused_and_loses_the_cookie(self, site: Site) -> None:
        name = site.cookie().partition("=")[0]
        for headers in ({"cookie": f"{name}=v1.forged"}, bearer("v1.forged"), bearer(""), {"cookie": f"{name}="}):
            problem = site.refusal("GET", headers | key(TRAVELLERS_KEY))
            assert problem.problem.code == "invalid_credentials"
            assert problem.headers["Set-Cookie"].startswith(f"{name}=; Path=/; Max-Age=0;")

    def test_of_a_bearer_is_not_the_one_of_the_cookie_beside_it(self, site: Site) -> None:
        cookie, token = site.cookie(), site.token()
        both = site.caller("POST", {"cookie": cookie} | bearer(token))
        assert both.owner == site.caller("GET", bearer(token)).owner
        assert site.refusal("GET", {"cookie": cookie} | bearer("wrong")).problem.code == "invalid_credentials"

    def test_is_found_among_other_cookies(self, site: Site) -> None:
        cookie = site.cookie()
        assert site.caller("GET", {"cookie": f"theme=dark; {cookie}; x=y=z"}).owner

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_of_a_cookie_changes_things_only_from_the_apps_own_pages(self, site: Site, method: str) -> None:
        cookie = {"cookie": site.cookie()}
        assert site.caller(method, JSON | cookie | {"origin": SITE}).owner
        for origin in ("https://evil.example", "null", "", f"{SITE}.evil.example", "https://travel.example:8443"):
            assert site.refusal(method, JSON | cookie | {"origin": origin}).problem.code == "other_origin"
        assert site.refusal(method, JSON | cookie).problem.code == "other_origin"
        form = {"content-type": "text/plain", "origin": SITE}
        assert site.refusal(method, cookie | form).problem.code == "unsupported_media_type"
        assert site.caller("GET", cookie | {"origin": "https://evil.example"}).owner

    def test_of_a_token_needs_no_origin(self, site: Site) -> None:
        assert site.caller("DELETE", bearer(site.token())).owner


class TestAnEnd:
    def test_comes_after_30_days_without_a_post(self, site: Site) -> None:
        token = bearer(site.token())
        site.now += IDLE - timedelta(seconds=1)
        assert site.caller("GET", token).owner
        site.now += timedelta(seconds=1)
        assert site.refusal("GET", token).problem.code == "invalid_credentials"

    def test_moves_with_each_post_but_not_beyond_180_days(self, site: Site) -> None:
        begun, token = site.now, bearer(site.token())
        while site.now - begun < LONGEST - timedelta(days=20):
            site.now += timedelta(days=20)
            caller = site.caller("POST", token)
            assert caller.owner
        assert site.caller("GET", token).ends == begun.replace(microsecond=0) + LONGEST
        site.now = begun + LONGEST
        assert site.refusal("POST", token).problem.code == "invalid_credentials"

    def test_is_written_down_at_most_once_a_day(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        token, written = bearer(site.token()), list[Any]()
        renew = site.stores.sessions.renew
        monkeypatch.setattr(site.stores.sessions, "renew", lambda *of: (written.append(of), renew(*of)))
        site.now += timedelta(days=2)
        for _ in range(5):
            site.caller("GET", token)
            site.caller("POST", token)
        assert len(written) == 1

    def test_at_the_travellers_wish_refuses_every_token_and_clears_the_cookie(self, site: Site) -> None:
        cookie = site.cookie()
        response = site.send("DELETE", JSON | {"cookie": cookie, "origin": SITE})
        assert response.status_code == 204
        assert "Max-Age=0" in response.headers["Set-Cookie"]
        for way in ({"cookie": cookie}, bearer(cookie.partition("=")[2])):
            assert site.refusal("GET", way).problem.code == "invalid_credentials"
        other = site.token()
        assert site.caller("GET", bearer(other)).owner

    def test_of_nothing_is_no_error_for_a_key_holder(self, site: Site) -> None:
        assert site.send("DELETE", key(TRAVELLERS_KEY)).status_code == 204

    def test_of_all_comes_with_another_secret(self, site: Site) -> None:
        token = bearer(site.token())
        owner = site.caller("GET", token).owner
        site.stores.sessions.replace_signing_secret()
        assert site.refusal("GET", token).problem.code == "invalid_credentials"
        assert site.caller("GET", bearer(site.token())).owner != owner
