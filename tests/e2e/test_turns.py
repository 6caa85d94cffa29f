"""Keys, repeats, waiting and looking again: one post is one turn, however often and however fast it comes."""

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.app.running import CALM, PARIS, TOKYO, App, running_app
from support.waiting import until


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    with running_app(tmp_path_factory.mktemp("turns")) as app:
        yield app


@pytest.fixture(scope="module")
def dawdling(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    """Run the app with slow suppliers and a chat that does not wait for them."""
    dials = CALM | {"SIM_LATENCY_MS": "150"}
    with running_app(tmp_path_factory.mktemp("dawdling"), dials, CHAT_WAIT_SECONDS="0") as app:
        yield app


def test_a_finished_answer_is_repeated_word_for_word(calm: App) -> None:
    first = calm.post(PARIS, key="same")
    second = calm.post(PARIS, key="same")
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert calm.chat(PARIS, key="another")["trips"] != first.json()["trips"]


def test_what_a_turn_did_stays_when_its_trip_is_cancelled_later(calm: App) -> None:
    answer = calm.chat(TOKYO, conversation="did")
    trip = answer["trips"][0]["id"]
    assert answer["did"] == [{"action": "booked", "trip": trip}]
    assert calm.cancel(trip).status == 202
    calm.becomes(trip, "cancelled")
    turn = calm.get("/api/chat/did/turns/1")
    assert (turn["trips"][0]["status"], turn["did"]) == ("cancelled", answer["did"])


def test_a_key_with_another_body_is_refused(calm: App) -> None:
    calm.chat(TOKYO, key="taken")
    for response in (calm.post(PARIS, key="taken"), calm.post(TOKYO, key="taken", conversation="other")):
        assert (response.status, response.json()["code"]) == (422, "idempotency_mismatch")


def test_a_key_is_known_after_a_restart(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        first = app.chat(PARIS, key="k")
        app.host.restart(kill=True)
        assert app.chat(PARIS, key="k") == first


def test_simultaneous_posts_with_one_key_are_one_trip(calm: App) -> None:
    with ThreadPoolExecutor(8) as pool:
        bodies: list[Any] = list(pool.map(lambda _: calm.chat(PARIS, key="at once"), range(8)))
    assert all(body == bodies[0] for body in bodies)
    calm.audit()


def test_posts_without_a_key_are_trips_of_their_own(calm: App) -> None:
    one, other = calm.chat(PARIS), calm.chat(PARIS)
    assert one["conversation_id"] != other["conversation_id"]
    assert one["trips"][0]["id"] != other["trips"][0]["id"]


def test_simultaneous_turns_of_one_conversation_get_numbers_of_their_own(calm: App) -> None:
    with ThreadPoolExecutor(6) as pool:
        bodies: list[Any] = list(pool.map(lambda _: calm.chat(TOKYO, conversation="busy"), range(6)))
    assert sorted(body["turn"] for body in bodies) == [1, 2, 3, 4, 5, 6]


def test_202_leads_to_what_can_always_be_read_until_the_repeat_is_200(dawdling: App) -> None:
    statuses: list[str] = []

    def ended() -> Any:
        response = dawdling.post(PARIS, key="202")
        body = response.json()
        if response.status == 200:
            return body
        assert response.status == 202
        assert "still" in body["reply"]
        turn = f"/api/chat/{body['conversation_id']}/turns/{body['turn']}"
        assert response.headers["location"] in (turn, *(trip["status_url"] for trip in body["trips"]))
        assert dawdling.host.request("GET", response.headers["location"]).status in (200, 202)
        assert dawdling.host.request("GET", turn).status in (200, 202)
        for trip in body["trips"]:
            statuses.append(dawdling.get(trip["status_url"])["status"])
        return None

    body = until(ended)
    assert "running" in statuses
    assert set(statuses) <= {"running", "confirmed"}
    assert dawdling.trip(body)["status"] == "confirmed"
    assert dawdling.get(f"/api/chat/{body['conversation_id']}/turns/{body['turn']}") == body


def test_a_trip_that_is_undone_is_seen_compensating(tmp_path: Path) -> None:
    dials = CALM | {"SIM_LATENCY_MS": "150", "SIM_REJECT_CAR": "1"}
    with running_app(tmp_path, dials, CHAT_WAIT_SECONDS="0") as app:
        first = until(lambda: _with_trip(app.post(PARIS, key="k").json()))
        views: list[Any] = []

        def ended() -> bool:
            views.append(app.trip(first))
            return views[-1]["status"] == "failed"

        until(ended)
        order = [trip["status"] for trip in views]
        # Never backwards, however often it was looked at.
        assert sorted(order, key=["running", "compensating", "failed"].index) == order
        assert "compensating" in order
        begun = [trip["compensations"] for trip in views if trip["status"] == "compensating" and trip["compensations"]]
        assert begun[0][0]["status"] in ("running", "cancelled")


def test_components_of_a_running_trip_answer_for_themselves(dawdling: App) -> None:
    first = until(lambda: _with_trip(dawdling.post(PARIS, key="parts").json()))

    def with_flight() -> Any:
        trip = dawdling.trip(first)
        return trip if trip["bookings"] else None

    trip = until(with_flight)
    part = dawdling.get(f"/api/travel-status/{trip['bookings'][0]['id']}")
    assert part["kind"] == "flight"
    assert part["status"] in ("running", "confirmed")
    dawdling.finished(PARIS, "parts")


@pytest.mark.alone
def test_no_answer_waits_for_dawdling_suppliers(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_LATENCY_MS": "10000"}, CHAT_WAIT_SECONDS="0") as app:

        def timed(number: int) -> float:
            began = time.monotonic()
            assert app.post(PARIS, key=f"slow-{number}").status == 202
            return time.monotonic() - began

        with ThreadPoolExecutor(12) as pool:
            waits = [wait for _ in range(4) for wait in pool.map(timed, range(12))]
    # Half of what a single call to a supplier takes.
    assert max(waits) < 5


def test_a_killed_host_goes_on_where_it_was(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_LATENCY_MS": "150"}, CHAT_WAIT_SECONDS="0") as app:
        first = until(lambda: _with_trip(app.post(PARIS, key="k").json()))
        until(lambda: app.trip(first)["bookings"])
        app.host.restart(kill=True)
        body = app.finished(PARIS, "k")
        assert body["trips"][0]["id"] == first["trips"][0]["id"]
        assert app.trip(body)["status"] == "confirmed"
        app.audit()


@pytest.mark.slow
def test_a_terminated_turn_is_a_problem_and_the_repeat_finishes_it(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_LATENCY_MS": "400"}, CHAT_WAIT_SECONDS="0") as app:
        first = until(lambda: _with_trip(app.post(PARIS, key="k").json()))
        trip = first["trips"][0]["id"]
        hub = "/runtime/webhooks/durabletask/instances"
        for instance in app.get(hub):
            app.host.request("POST", f"{hub}/{instance['instanceId']}/terminate?reason=test")
        turn = f"/api/chat/{first['conversation_id']}/turns/1"
        until(lambda: app.host.request("GET", turn).status == 500)
        assert app.host.request("GET", turn).json()["code"] == "turn_stopped"
        assert app.trip(first)["status"] in ("running", "failed")
        body = app.finished(PARIS, "k")
        assert body["trips"][0]["id"] == trip
        # Failed if the reconciler came before the repeat, because a recovery before the pivot undoes the trip.
        assert app.trip(body)["status"] in ("confirmed", "failed")
        app.audit()


def _with_trip(body: Any) -> Any:
    return body if body["trips"] else None
