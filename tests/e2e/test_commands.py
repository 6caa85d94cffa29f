"""Cancel and change: accepted once, acted on exactly once, with the agreed fees and nothing left over."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.app.running import CALM, PARIS, TOKYO, App, running_app, usd
from support.waiting import until

SLOW = CALM | {"SIM_LATENCY_MS": "200"}
FEE = 4500 + 8750 + 2250
"""Ten in a hundred of the prices of the three bookings of a trip to Paris."""


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    with running_app(tmp_path_factory.mktemp("commands")) as app:
        yield app


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    """Run the app with slow suppliers and a chat that does not wait for them."""
    with running_app(tmp_path_factory.mktemp("slow"), SLOW, CHAT_WAIT_SECONDS="0") as app:
        yield app


def booked(app: App, message: str = PARIS) -> str:
    return app.chat(message)["trips"][0]["id"]


def payments(trip: Any) -> list[tuple[str, str | None]]:
    return [(b["status"], b["payment"] and b["payment"]["status"]) for b in trip["bookings"]]


def refusal(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status, response.json()["code"]


def test_cancelling_before_the_pivot_costs_nothing(slow: App) -> None:
    trip = slow.begun(key="before")
    until(lambda: slow.status(trip)["bookings"])
    response = slow.cancel(trip)
    assert response.status == 202
    command = response.json()
    assert (command["id"], command["status"], command["status_url"]) == (
        trip,
        "cancelling",
        f"/api/travel-status/{trip}",
    )
    ended = slow.becomes(trip, "cancelled")
    assert ended["total"] == usd(0)
    assert {status for status, _ in payments(ended)} <= {"cancelled", "unknown"}
    assert {payment for _, payment in payments(ended)} <= {"voided", None}
    events = [row["event"] for row in slow.ledger(trip)["rows"]]
    assert "pivot" not in events
    assert slow.finished(PARIS, "before")["trips"][0]["status"] == "cancelled"
    slow.audit()


def test_cancelling_a_confirmed_trip_costs_the_fee_that_was_told(calm: App) -> None:
    trip = booked(calm)
    terms = calm.get(f"/api/trips/{trip}/cancel-terms")
    assert (terms["id"], terms["fee"], terms["refund"]) == (trip, usd(FEE), usd(155000 - FEE))
    assert [part["kind"] for part in terms["components"]] == ["flight", "hotel", "car_hire"]
    response = calm.cancel(trip)
    assert (response.status, response.json()["status"]) == (202, "cancelling")
    ended = calm.becomes(trip, "cancelled")
    assert ended["total"] == usd(FEE)
    assert ended["error"] is None
    assert [c["activity"] for c in ended["compensations"]] == [
        "cancel_car_activity",
        "cancel_hotel_activity",
        "cancel_flight_activity",
    ]
    books = calm.ledger(trip)
    assert books["balanced"] is True
    assert books["balances"]["suppliers"] == usd(-FEE)
    assert sorted({posting["what"] for posting in books["postings"]}) == ["capture", "fee", "refund"]
    calm.audit()


def test_a_second_cancel_tells_what_the_first_did(calm: App) -> None:
    trip = booked(calm, TOKYO)
    first = calm.cancel(trip).json()
    # The trip counts as cancelled a moment before its box is closed.
    until(lambda: calm.ledger(trip)["rows"][-1]["event"] == "closed" and calm.status(trip)["status"] == "cancelled")
    ended = calm.status(trip)
    again = calm.cancel(trip)
    assert (again.status, again.json()["status"]) == (200, "cancelled")
    assert again.json()["command_id"] == first["command_id"]
    assert calm.status(trip) == ended
    calm.audit()


def test_cancels_at_the_same_moment_are_one_command(calm: App) -> None:
    trip = booked(calm)
    with ThreadPoolExecutor(6) as pool:
        accepted = [response.json() for response in pool.map(lambda _: calm.cancel(trip), range(6))]
    assert len({command["command_id"] for command in accepted}) == 1
    assert calm.becomes(trip, "cancelled")["total"] == usd(FEE)
    assert [command["kind"] for command in calm.ledger(trip)["commands"]] == ["cancel"]
    calm.audit()


def test_a_component_of_a_trip_is_not_cancelled_or_changed_by_itself(calm: App) -> None:
    trip = booked(calm)
    for response in (
        calm.cancel(f"{trip}-hotel"),
        calm.modify(f"{trip}-hotel", component="hotel", nights=3),
        calm.host.request("GET", f"/api/trips/{trip}-hotel/cancel-terms"),
    ):
        assert refusal(response) == (409, "part_of_trip")
    assert calm.status(trip)["status"] == "confirmed"


@pytest.mark.parametrize("trip", ["trip-unknown", "trip-unknown-flight", "%20", "x" * 101, "%C3%A9"])
def test_an_unknown_trip_is_not_found(calm: App, trip: str) -> None:
    change = calm.modify(trip, component="hotel", nights=3)
    terms = calm.host.request("GET", f"/api/trips/{trip}/cancel-terms")
    for response in (calm.cancel(trip), change, calm.answer(trip, "keep"), terms):
        assert refusal(response) == (404, "trip_not_found")
    assert refusal(calm.host.request("GET", f"/api/operations/ledger?trip={trip}")) == (404, "trip_not_found")


def test_a_failed_trip_has_nothing_to_cancel(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_REJECT_CAR": "1"}) as app:
        trip = booked(app)
        response = app.cancel(trip)
        assert (response.status, response.json()["status"], response.json()["command_id"]) == (200, "failed", None)
        terms = app.get(f"/api/trips/{trip}/cancel-terms")
        assert (terms["fee"], terms["refund"]) == (usd(0), usd(0))
        assert refusal(app.modify(trip, component="hotel", nights=2)) == (409, "not_confirmed")


def test_a_dearer_change_takes_the_rise_and_the_fee(calm: App) -> None:
    trip = booked(calm)
    old = calm.status(trip)["bookings"][1]
    response = calm.modify(trip, component="hotel", nights=6)
    assert response.status == 202
    changed = until(lambda: _changed(calm, trip, old))
    hotel = changed["bookings"][1]
    assert (changed["status"], hotel["amount"]) == ("confirmed", usd(105000))
    assert changed["total"] == usd(155000 + 17500 + 8750)
    assert hotel["payment"]["status"] == "captured"
    books = calm.ledger(trip)
    assert books["balanced"] is True
    assert [row["effect"] for row in books["rows"] if row["revision"] == 2 and row["event"] == "outcome"] == [
        "hold",
        "authorize",
        "confirm",
        "capture",
    ]
    calm.audit()


def test_a_cheaper_change_gives_back_the_fall_less_the_fee(calm: App) -> None:
    trip = booked(calm)
    old = calm.status(trip)["bookings"][1]
    assert calm.modify(trip, component="hotel", nights=3).status == 202
    changed = until(lambda: _changed(calm, trip, old))
    assert (changed["status"], changed["bookings"][1]["amount"]) == ("confirmed", usd(52500))
    assert changed["total"] == usd(155000 - 35000 + 8750)
    assert calm.ledger(trip)["balanced"] is True
    calm.audit()


def test_another_day_alone_costs_the_fee(calm: App) -> None:
    trip = booked(calm, TOKYO)
    old = calm.status(trip)
    day = (datetime.now(UTC).date() + timedelta(days=40)).isoformat()
    assert calm.modify(trip, component="flight", date=day).status == 202
    changed = until(lambda: _changed(calm, trip, old["bookings"][0], 0))
    price = old["total"]["minor"]
    assert (changed["status"], changed["total"]) == ("confirmed", usd(price + price // 10))
    calm.audit()


def test_a_changed_trip_can_be_changed_and_cancelled_again(calm: App) -> None:
    trip = booked(calm)
    for nights in (7, 2):
        old = calm.status(trip)["bookings"][1]
        assert calm.modify(trip, component="hotel", nights=nights).status == 202
        until(lambda old=old: _changed(calm, trip, old))
    terms = calm.get(f"/api/trips/{trip}/cancel-terms")
    assert calm.cancel(trip).status == 202
    ended = calm.becomes(trip, "cancelled")
    # Of the two changes (from 5 and from 7 nights), and of the flight, the hotel for 2 nights and the car.
    fees = 8750 + 12250 + 4500 + 3500 + 2250
    assert ended["total"] == usd(fees)
    assert terms["fee"] == usd(4500 + 3500 + 2250)
    assert calm.ledger(trip)["balanced"] is True
    calm.audit()


def test_a_change_that_the_supplier_refuses_leaves_the_old_untouched(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        trip = booked(app)
        before = app.status(trip)
    with running_app(tmp_path, CALM | {"SIM_REJECT_HOTEL": "1"}) as app:
        assert app.modify(trip, component="hotel", nights=9).status == 202
        ended = until(lambda: _closed_again(app, trip))
        assert (ended["status"], ended["total"], ended["bookings"]) == (
            "confirmed",
            before["total"],
            before["bookings"],
        )
        assert ended["error"]["code"] == "not_changed"
        assert "SIM_REJECT_HOTEL" in ended["error"]["message"]
        assert app.ledger(trip)["balanced"] is True
        app.audit()


def test_a_change_whose_rise_is_declined_releases_the_new_and_keeps_the_old(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        trip = booked(app)
        before = app.status(trip)
    with running_app(tmp_path, CALM | {"SIM_DECLINE_PAYMENT": "1"}) as app:
        assert app.modify(trip, component="hotel", nights=9).status == 202
        ended = until(lambda: _closed_again(app, trip))
        assert (ended["status"], ended["total"], ended["bookings"]) == (
            "confirmed",
            before["total"],
            before["bookings"],
        )
        app.audit()


def test_a_second_change_waits_for_the_first(slow: App) -> None:
    trip = slow.finished(PARIS, "two changes")["trips"][0]["id"]
    assert slow.modify(trip, component="hotel", nights=6).status == 202
    assert refusal(slow.modify(trip, component="hotel", nights=7)) == (409, "change_in_progress")
    assert until(lambda: _closed_again(slow, trip))["bookings"][1]["amount"] == usd(105000)
    slow.audit()


@pytest.mark.parametrize("moment", [0.0, 0.5, 1.0])
def test_a_cancel_wins_over_a_change_under_way(slow: App, moment: float) -> None:
    trip = slow.finished(PARIS, f"change then cancel {moment}")["trips"][0]["id"]
    assert slow.modify(trip, component="hotel", nights=6).status == 202
    # Not a wait for anything: the cancel must come at another step of the change each time.
    threading.Event().wait(moment)
    assert slow.cancel(trip).status == 202
    ended = slow.becomes(trip, "cancelled")
    assert {booking["status"] for booking in ended["bookings"]} == {"cancelled"}
    assert slow.ledger(trip)["balanced"] is True
    slow.audit()


def test_a_trip_under_way_is_not_changed(slow: App) -> None:
    trip = slow.begun(key="not yet")
    assert refusal(slow.modify(trip, component="hotel", nights=3)) == (409, "not_confirmed")
    slow.finished(PARIS, "not yet")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"component": "hotel", "nights": 0}, 422, "invalid_change"),
        ({"component": "hotel", "nights": 31}, 422, "invalid_change"),
        ({"component": "hotel", "days": 3}, 422, "invalid_change"),
        ({"component": "flight", "nights": 3}, 422, "invalid_change"),
        ({"component": "hotel", "date": "2020-01-01"}, 422, "invalid_change"),
        ({"component": "hotel", "date": "2099-01-01"}, 422, "invalid_change"),
        ({"component": "hotel", "nights": 5}, 422, "invalid_change"),
        ({"component": "boat", "nights": 3}, 400, "invalid_request"),
        ({"component": "hotel", "nights": "3"}, 400, "invalid_request"),
        ({"component": "hotel", "nights": True}, 400, "invalid_request"),
        ({"component": "hotel", "date": "soon"}, 400, "invalid_request"),
        ({"component": "hotel", "date": "2027-W01-1"}, 400, "invalid_request"),
        ({"component": "hotel", "date": "2027-02-30"}, 400, "invalid_request"),
        ({"component": "hotel"}, 400, "invalid_request"),
        ({"component": "hotel", "nights": 3, "more": 1}, 400, "invalid_request"),
    ],
)
def test_an_impossible_change_is_refused_and_changes_nothing(
    calm: App, body: dict[str, Any], status: int, code: str
) -> None:
    trip = _kept(calm)
    before = calm.status(trip)
    refused = calm.modify(trip, **body)
    assert refusal(refused) == (status, code)
    truth = "This request changed nothing and moved no money" if status == 422 else "Nothing was booked"
    assert truth in refused.json()["detail"]
    assert calm.status(trip) == before


def test_a_body_or_an_unknown_query_of_a_get_or_delete_is_tolerated(calm: App) -> None:
    trip = booked(calm, TOKYO)
    assert calm.host.request("GET", f"/api/trips/{trip}/cancel-terms?x=1", b"not json").status == 200
    assert calm.host.request("DELETE", f"/api/trips/{trip}/cancel?now=1", b"{").status == 202


def test_the_follow_up_goes_on_after_a_killed_host(tmp_path: Path) -> None:
    with running_app(tmp_path, SLOW) as app:
        trip = booked(app)
        assert app.cancel(trip).status == 202
        app.host.restart(kill=True)
        assert app.becomes(trip, "cancelled")["total"] == usd(FEE)
        app.audit()


def _kept(app: App) -> str:
    """Return the one trip of all tests that change nothing."""
    return app.chat(PARIS, key="kept")["trips"][0]["id"]


def _changed(app: App, trip: str, old: Any, index: int = 1) -> Any:
    status = _closed_again(app, trip)
    return status if status and status["bookings"][index]["confirmation"] != old["confirmation"] else None


def _closed_again(app: App, trip: str) -> Any:
    rows = [row["event"] for row in app.ledger(trip)["rows"]]
    return app.status(trip) if rows[-1] == "closed" and rows.count("closed") > 1 else None


def test_the_terms_of_a_change_are_what_the_change_then_costs(calm: App) -> None:
    trip = booked(calm)
    before = calm.status(trip)
    terms = calm.get(f"/api/trips/{trip}/modify-terms?component=hotel&nights=6")
    hotel = before["bookings"][1]
    assert (terms["component"], terms["confirmation"]) == ("hotel", hotel["confirmation"])
    assert (terms["now"]["nights"], terms["now"]["price"], terms["now"]["details"]) == (5, usd(87500), hotel["details"])
    assert (terms["then"]["nights"], terms["then"]["price"]) == (6, usd(105000))
    assert (terms["fee"], terms["price_difference"]) == (usd(8750), usd(17500))
    assert (terms["to_pay"], terms["refund"]) == (usd(26250), usd(0))
    assert "hotel and room" in terms["notes"][0]
    assert terms["warnings"] == [f"The car hire ends on {_day(19)}, and the hotel on {_day(20)}."]
    assert calm.status(trip) == before, "asking changes nothing"
    change = calm.modify(trip, component="hotel", nights=6)
    assert (change.json()["fee"], change.json()["warnings"]) == (terms["fee"], terms["warnings"])
    changed = until(lambda: _changed(calm, trip, hotel))
    assert changed["total"]["minor"] == before["total"]["minor"] + terms["to_pay"]["minor"]
    assert (changed["fees"], changed["request"]["nights"]) == (usd(8750), 6)
    assert changed["warnings"][0] == terms["warnings"][0]
    calm.audit()


def test_a_cheaper_change_tells_what_comes_back(calm: App) -> None:
    trip = booked(calm)
    terms = calm.get(f"/api/trips/{trip}/modify-terms?component=hotel&nights=3")
    assert (terms["to_pay"], terms["refund"]) == (usd(0), usd(35000 - 8750))


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("component=hotel", 400, "invalid_request"),
        ("component=boat&nights=3", 400, "invalid_request"),
        ("component=hotel&nights=many", 400, "invalid_request"),
        ("component=hotel&nights=31", 422, "invalid_change"),
        ("component=hotel&nights=5", 422, "invalid_change"),
        ("component=flight&nights=5", 422, "invalid_change"),
        ("component=flight&date=2020-01-01", 422, "invalid_change"),
        ("component=hotel&nights=3&rooms=2", 400, "invalid_request"),
    ],
)
def test_terms_of_what_cannot_be_changed_are_refused_as_the_change(
    calm: App, query: str, status: int, code: str
) -> None:
    trip = booked(calm)
    refused = calm.host.request("GET", f"/api/trips/{trip}/modify-terms?{query}")
    assert refusal(refused) == (status, code)
    assert "money" not in refused.json()["detail"], "a question moves none"


def test_a_company_that_does_not_answer_leaves_the_price_open(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        trip = booked(app)
    with running_app(tmp_path, CALM | {"SIM_FAULT": "1"}) as app:
        terms = app.get(f"/api/trips/{trip}/modify-terms?component=hotel&nights=6")
        assert (terms["fee"], terms["price_difference"], terms["to_pay"]) == (usd(8750), None, None)
        assert any("has not named its price" in note for note in terms["notes"])


def test_the_terms_of_a_closed_trip_say_that_nothing_is_left(calm: App) -> None:
    trip = booked(calm)
    assert calm.cancel(trip).status == 202
    calm.becomes(trip, "cancelled")
    terms = calm.get(f"/api/trips/{trip}/cancel-terms")
    assert (terms["status"], terms["owed"], terms["components"]) == ("cancelled", usd(0), [])
    assert "nothing is left to cancel" in terms["note"]


def test_a_turn_that_is_read_after_its_trip_was_cancelled_says_so(calm: App) -> None:
    body = calm.chat(PARIS)
    [link] = body["trips"]
    assert body["stale"] is False
    assert calm.cancel(link["id"]).status == 202
    calm.becomes(link["id"], "cancelled")
    again = calm.get(f"/api/chat/{body['conversation_id']}/turns/{body['turn']}")
    assert (again["reply"], again["stale"], again["trips"][0]["status"]) == (body["reply"], True, "cancelled")


def _day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
