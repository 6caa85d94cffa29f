"""An anonymous traveller books with a session, and nobody else sees the trip."""

from collections.abc import Generator
from typing import Any

import pytest

from devhost.testing import Answer
from support.app.callers import bearer
from support.app.running import TOKYO, App, running_app

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    with running_app(tmp_path_factory.mktemp("sessions")) as app:
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


def test_two_travellers_with_the_same_conversation_id_and_key_never_meet(app: App) -> None:
    ada, bob = (bearer(begun(app).json()["token"]) for _ in range(2))
    keyed = {"Idempotency-Key": "first"}
    booking = {"message": TOKYO, "conversation_id": "same"}
    booked = [ask(app, "POST", "/api/chat", who | keyed, booking) for who in (ada, bob)]
    assert [answer.status for answer in booked] == [200, 200], [answer.text for answer in booked]
    trips = [answer.json()["trips"][0]["id"] for answer in booked]
    assert trips[0] != trips[1]
    # The repeat of each is its own turn, and another message under the key is refused to both.
    again = [ask(app, "POST", "/api/chat", who | keyed, booking).json() for who in (ada, bob)]
    assert [answer["trips"][0]["id"] for answer in again] == trips
    for number, who in enumerate((ada, bob)):
        other = booking | {"message": "hello"}
        assert ask(app, "POST", "/api/chat", who | keyed, other).status == 422
        assert [ask(app, "GET", f"/api/travel-status/{trip}", who).status for trip in trips] == (
            [200, 404] if number == 0 else [404, 200]
        )
        listed = ask(app, "GET", "/api/trips", who).json()["trips"]
        assert [trip["id"] for trip in listed] == [trips[number]]
    # Cancelling under one key, too, is each one's own.
    cancelled = [
        ask(app, "DELETE", f"/api/trips/{trips[0]}/cancel", who | {"Idempotency-Key": "x"}) for who in (bob, ada)
    ]
    assert [answer.status for answer in cancelled] == [404, 202]
    # What one forgets the other keeps.
    assert ask(app, "DELETE", "/api/chat/same", bob).status == 204
    assert [ask(app, "GET", "/api/chat/same/turns/1", who).status for who in (ada, bob)] == [200, 410]


def test_a_traveller_goes_on_at_another_device_and_is_forgotten_on_both(app: App) -> None:
    first = bearer(begun(app).json()["token"])
    booked = ask(app, "POST", "/api/chat", first, {"message": TOKYO})
    [trip] = booked.json()["trips"]
    code = ask(app, "POST", "/api/session/link", first).json()["code"]
    joined = ask(app, "POST", "/api/session", {}, {"token": True, "code": code})
    assert joined.status == 201, joined.text
    second = bearer(joined.json()["token"])
    assert ask(app, "POST", "/api/session", {}, {"token": True, "code": code}).status == 422
    [listed] = ask(app, "GET", "/api/trips", second).json()["trips"]
    assert (listed["id"], listed["status"], listed["destination"]) == (trip["id"], "confirmed", "Tokyo")
    found = ask(app, "GET", f"/api/operations/trips?confirmation={listed['confirmations'][0]}", {}).json()["trips"]
    assert found == [listed]
    assert ask(app, "DELETE", "/api/me", second).status == 204
    assert [ask(app, "GET", trip["status_url"], who).status for who in (first, second)] == [401, 401]
    assert ask(app, "DELETE", "/api/me", first).status == 204
    assert (
        ask(app, "GET", f"/api/operations/trips?id={trip['id']}", {}).json()["trips"][0]["destination"] == "forgotten"
    )
    app.audit()
