"""An anonymous traveller books with a session, and nobody else sees the trip."""

from collections.abc import Generator
from typing import Any

import pytest

from devhost.testing import Answer
from support.app.callers import bearer
from support.app.running import CALM, NOTHING_SET, TOKYO, App, running_app

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    with running_app(tmp_path_factory.mktemp("sessions"), **(NOTHING_SET | CALM)) as app:
        yield app


def ask(app: App, method: str, path: str, headers: dict[str, str], body: Any = None) -> Answer:
    return app.host.request(method, path, body, headers, 60)


def begun(app: App, headers: dict[str, str] | None = None) -> Answer:
    got = ask(app, "POST", "/api/session", headers or {}, {"token": True})
    assert got.status == 201, got.text
    return got


def test_a_clients_trip_is_the_sessions_alone(app: App) -> None:
    mine, other = (bearer(begun(app).json()["token"]) for _ in range(2))
    booking = {"message": TOKYO, "conversation_id": "tokyo"}
    booked = ask(app, "POST", "/api/chat", mine, booking)
    assert booked.status == 200, booked.text
    assert booked.json()["conversation_id"] == "tokyo"
    [trip] = booked.json()["trips"]
    for path in ("/api/chat/tokyo/turns/1", trip["status_url"], f"/api/trips/{trip['id']}/itinerary.ics"):
        assert [ask(app, "GET", path, who).status for who in (mine, other, {})] == [200, 404, 404], path
    assert ask(app, "DELETE", f"/api/trips/{trip['id']}/cancel", other).status == 404
    # Operators see every trip, and on a developer's machine that is whoever asks without a credential.
    assert ask(app, "GET", f"/api/operations/ledger?trip={trip['id']}", {}).status == 200
    assert ask(app, "GET", f"/api/operations/ledger?trip={trip['id']}", mine).status == 403
    assert ask(app, "DELETE", f"/api/trips/{trip['id']}/cancel", mine).status == 202
    assert app.ledger(trip["id"])["trip"] == trip["id"]
    assert ask(app, "DELETE", "/api/session", mine).status == 204
    assert ask(app, "GET", trip["status_url"], mine).status == 401


def test_a_browser_keeps_its_session_in_a_cookie(app: App) -> None:
    origin = {"Origin": app.host.url}
    cookie = {"Cookie": begun(app, origin).headers["set-cookie"].partition(";")[0]}
    message = {"message": "hello"}
    assert ask(app, "POST", "/api/chat", cookie, message).status == 403
    assert ask(app, "POST", "/api/chat", cookie | {"Origin": "http://127.0.0.1:1"}, message).status == 403
    said = ask(app, "POST", "/api/chat", cookie | origin, message)
    assert said.status == 200
    assert ask(app, "GET", f"/api/chat/{said.json()['conversation_id']}/turns/1", cookie).status == 200
    ended = ask(app, "DELETE", "/api/session", cookie | origin | JSON)
    assert ended.status == 204
    assert "Max-Age=0" in ended.headers["set-cookie"]
    assert ask(app, "GET", "/api/session", cookie).status == 401
