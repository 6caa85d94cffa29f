"""A traveller chooses what becomes of the rest when a part fails, with the message or when asked."""

from pathlib import Path
from typing import Any

import pytest

from support.app.running import CALM, PARIS, TOKYO, App, running_app, usd
from support.waiting import until

NO_CAR = CALM | {"SIM_REJECT_CAR": "1"}
LEFT = 45000 + 87500


def bookings(trip: Any) -> list[str]:
    return [booking["status"] for booking in trip["bookings"]]


def waiting(app: App, key: str | None = None) -> str:
    """Book a trip whose car is refused, so that it waits for the traveller's choice, and return its id."""
    body = app.chat(PARIS, key=key, on_failure="ask_me")
    [link] = body["trips"]
    assert link["status"] == "waiting"
    assert "keep" in body["reply"].lower()
    trip = app.status(link["id"])
    assert (trip["status"], bookings(trip)) == ("waiting", ["held", "held", "rejected"])
    assert (trip["error"]["code"], trip["total"]) == ("choice_wanted", usd(0))
    assert trip["created"] < trip["answer_by"]
    assert trip["timeline"][-1]["event"] == "waiting"
    return link["id"]


def test_what_works_is_kept_if_the_traveller_says_so(tmp_path: Path) -> None:
    with running_app(tmp_path, NO_CAR) as app:
        body = app.chat(PARIS, on_failure="keep_what_works")
        trip = app.trip(body)
        assert (trip["status"], bookings(trip)) == ("partly_confirmed", ["confirmed", "confirmed", "rejected"])
        assert trip["total"] == usd(LEFT)
        assert "SIM_REJECT_CAR" in trip["error"]["message"]
        response = app.cancel(trip["id"])
        assert response.status == 202
        assert app.becomes(trip["id"], "cancelled")["total"] == usd(LEFT // 10)
        app.audit()


def test_keeping_what_works_of_nothing_is_a_failed_trip(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_DECLINE_PAYMENT": "1"}) as app:
        trip = app.trip(app.chat(PARIS, on_failure="keep_what_works"))
        assert (trip["status"], bookings(trip), trip["total"]) == ("failed", ["cancelled"] * 3, usd(0))
        app.audit()


def test_a_trip_that_waits_is_answered_and_kept(tmp_path: Path) -> None:
    with running_app(tmp_path, NO_CAR) as app:
        trip = waiting(app)
        response = app.answer(trip, "keep")
        assert (response.status, response.json()["id"]) == (202, trip)
        ended = app.becomes(trip, "partly_confirmed")
        assert (bookings(ended), ended["total"]) == (["confirmed", "confirmed", "rejected"], usd(LEFT))
        late = app.answer(trip, "undo")
        assert (late.status, late.json()["code"]) == (409, "not_waiting")
        app.audit()


def test_a_trip_that_waits_is_answered_and_undone(tmp_path: Path) -> None:
    with running_app(tmp_path, NO_CAR) as app:
        trip = waiting(app)
        assert app.answer(trip, "undo").status == 202
        ended = app.becomes(trip, "failed")
        assert (bookings(ended), ended["total"]) == (["cancelled", "cancelled", "rejected"], usd(0))
        app.audit()


def test_a_trip_that_waits_can_be_cancelled(tmp_path: Path) -> None:
    with running_app(tmp_path, NO_CAR) as app:
        trip = waiting(app)
        assert app.cancel(trip).status == 202
        assert app.becomes(trip, "cancelled")["total"] == usd(0)
        app.audit()


def test_no_answer_in_time_undoes_the_trip(tmp_path: Path) -> None:
    with running_app(tmp_path, NO_CAR, ASK_ME_SECONDS="1") as app:
        trip = waiting(app)
        ended = app.becomes(trip, "failed")
        assert bookings(ended) == ["cancelled", "cancelled", "rejected"]
        assert "no_answer" in {(row["data"] or {}).get("reason") for row in app.ledger(trip)["rows"]}
        app.audit()


def test_the_deadline_is_the_earliest_hold_less_the_margin(tmp_path: Path) -> None:
    with running_app(tmp_path, NO_CAR | {"SIM_HOLD_SECONDS": "600"}) as app:
        trip = waiting(app)
        skipped = app.host.skip_to_next_timer()
        assert skipped is not None
        # A hold of 600 seconds less two minutes to confirm it, of which the booking has taken some.
        assert 400 < skipped <= 480
        assert bookings(app.becomes(trip, "failed")) == ["cancelled", "cancelled", "rejected"]


def test_a_waiting_trip_and_its_answer_outlive_a_killed_host(tmp_path: Path) -> None:
    with running_app(tmp_path, NO_CAR) as app:
        trip = waiting(app, key="k")
        app.host.restart(kill=True)
        assert app.status(trip)["status"] == "waiting"
        assert app.chat(PARIS, key="k", on_failure="ask_me")["trips"][0]["status"] == "waiting"
        assert app.answer(trip, "keep").status == 202
        app.host.restart(kill=True)
        assert app.becomes(trip, "partly_confirmed")["total"] == usd(LEFT)
        app.audit()


def test_only_a_waiting_trip_takes_an_answer(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        trip = app.chat(TOKYO)["trips"][0]["id"]
        response = app.answer(trip, "keep")
        assert (response.status, response.json()["code"]) == (409, "not_waiting")
        for body in ({"choice": "maybe"}, {}, {"choice": 1}):
            wrong = app.host.request("POST", f"/api/trips/{trip}/answer", body)
            assert (wrong.status, wrong.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("options", [{"on_failure": "hope"}, {"parallel": "yes"}, {"more": 1}, [], None, "parallel"])
def test_wrong_options_are_an_invalid_request(tmp_path_factory: pytest.TempPathFactory, options: Any) -> None:
    with running_app(tmp_path_factory.mktemp("options")) as app:
        response = app.host.request("POST", "/api/chat", {"message": PARIS, "options": options})
        assert (response.status, response.json()["code"]) == (400, "invalid_request")


def test_three_at_once_are_booked_in_the_time_of_one(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_LATENCY_MS": "300"}, CHAT_WAIT_SECONDS="0") as app:
        trip = app.begun(parallel=True)
        until(lambda: len(app.status(trip)["bookings"]) == 3)
        rows = [row for row in app.ledger(trip)["rows"] if row["effect"] == "hold"]
        assert [row["event"] for row in rows[:3]] == ["intent"] * 3
        body = until(lambda: _done(app, {"parallel": True}))
        status = app.trip(body)
        assert (status["status"], status["total"]) == ("confirmed", usd(155000))
        assert [booking["kind"] for booking in status["bookings"]] == ["flight", "hotel", "car_hire"]
        app.audit()


def test_of_three_at_once_one_refused_undoes_the_others_in_reverse(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_REJECT_HOTEL": "1"}) as app:
        trip = app.trip(app.chat(PARIS, parallel=True))
        assert (trip["status"], bookings(trip)) == ("failed", ["cancelled", "rejected", "cancelled"])
        assert [c["activity"] for c in trip["compensations"]] == ["cancel_car_activity", "cancel_flight_activity"]
        app.audit()


def _done(app: App, options: dict[str, Any]) -> Any:
    response = app.post(PARIS, "k", options=options)
    return response.json() if response.status == 200 else None
