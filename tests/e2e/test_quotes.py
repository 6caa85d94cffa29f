"""A price comes before a booking: asked for by a route or in the chat, agreed to once, and kept until the charge."""

from pathlib import Path
from typing import Any

import pytest

from devhost.testing import Answer
from support.app.running import CALM, PARIS, App, running_app, usd
from support.waiting import until

TRIP = {"tool": "book_travel", "arguments": {"destination": "Paris", "nights": 5, "date": "2027-03-05"}}
HOTEL = {"tool": "book_hotel", "arguments": {"destination": "Paris", "nights": 3}}
TOTAL = 155000
DEAR = {"AUTO_APPROVE_LIMIT": "1000"}


def asked(app: App, body: dict[str, Any] = TRIP, key: str | None = None) -> Answer:
    return app.host.request("POST", "/api/quotes", body, {"Idempotency-Key": key} if key else {})


def quoted(app: App, body: dict[str, Any] = TRIP, key: str | None = None) -> Any:
    """Ask for a price, and return the quote."""
    got = asked(app, body, key)
    assert got.status == 201, got.text
    return got.json()


def decided(app: App, quote: Any, decision: str, **more: Any) -> Answer:
    body = {"decision": decision, "hash": quote["offer"]["hash"], **more}
    return app.host.request("POST", f"/api/approvals/{quote['id']}", body)


def read(app: App, quote: Any) -> Any:
    return app.get(f"/api/quotes/{quote['id']}")


def in_round(app: App, quote: Any, number: int) -> Any:
    def view() -> Any:
        current = read(app, quote)
        return current if current["offer"]["round"] == number else None

    return until(view)


def becomes(app: App, quote: Any, status: str) -> Any:
    def view() -> Any:
        current = read(app, quote)
        return current if current["status"] == status else None

    return until(view)


def test_a_quote_names_each_price_and_books_nothing_until_it_is_approved(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM) as app:
        quote = quoted(app, key="one")
        assert quoted(app, key="one") == quote
        offer = quote["offer"]
        assert (quote["status"], quote["trips"]) == ("open", [])
        assert (offer["total"], offer["cancel_fee"]) == (usd(TOTAL), usd(TOTAL // 10))
        [request] = offer["requests"]
        assert request["arguments"] == TRIP["arguments"]
        assert [line["price"] for line in request["lines"]] == [usd(45000), usd(87500), usd(22500)]
        first = decided(app, quote, "approve")
        assert first.status == 200, first.text
        [link] = first.json()["trips"]
        assert app.becomes(link["id"], "confirmed")["total"] == usd(TOTAL)
        assert becomes(app, quote, "booked")["trips"] == [link]
        repeat = decided(app, quote, "approve")
        assert (repeat.status, repeat.json()) == (200, first.json())
        for other in (decided(app, quote, "reject"), decided(app, quote, "change", note="4 nights")):
            assert (other.status, other.json()["code"]) == (409, "already_decided")
        app.audit()


def test_a_rejected_quote_books_nothing(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM) as app:
        quote = quoted(app)
        assert decided(app, quote, "reject").json()["trips"] == []
        assert becomes(app, quote, "rejected")["trips"] == []
        assert decided(app, quote, "approve").json()["code"] == "already_decided"
        app.audit()


def test_a_change_makes_another_offer_and_the_old_hash_is_refused(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM) as app:
        quote = quoted(app, HOTEL)
        assert decided(app, quote, "change", note="make it 4 nights please").status == 200
        second = in_round(app, quote, 2)
        assert second["offer"]["requests"][0]["arguments"]["nights"] == 4
        assert second["offer"]["total"] == usd(70000)
        stale = app.host.request("POST", f"/api/approvals/{quote['id']}", {"decision": "approve", "hash": "0" * 64})
        assert (stale.status, stale.json()["code"]) == (409, "other_offer")
        assert decided(app, quote, "approve").json()["code"] == "already_decided"
        [link] = decided(app, second, "approve").json()["trips"]
        assert app.becomes(link["id"], "confirmed")["total"] == usd(70000)


def test_a_note_that_says_nothing_clear_leaves_the_offer_as_it_was(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM) as app:
        quote = quoted(app, HOTEL)
        for number in range(2, 7):
            assert decided(app, quote, "change", note="something nicer").status == 200
            quote = in_round(app, quote, number)
            assert quote["offer"]["note_unclear"]
            assert quote["offer"]["total"] == usd(52500)
        assert quote["offer"]["rounds_left"] == 0
        assert decided(app, quote, "change", note="cheaper").json()["code"] == "too_many_changes"
        assert decided(app, quote, "reject").status == 200


def test_after_its_time_a_quote_can_not_be_agreed_to(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM, QUOTE_HOURS="0.0005") as app:
        quote = quoted(app)
        becomes(app, quote, "expired")
        late = decided(app, quote, "approve")
        assert (late.status, late.json()["code"]) == (410, "quote_expired")
        assert "nothing" in late.json()["detail"].lower()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"tool": "book_train", "arguments": {}}, 400, "invalid_request"),
        ({"tool": "book_hotel"}, 400, "invalid_request"),
        ({"tool": "book_hotel", "arguments": {"destination": "Paris", "nights": 2.5}}, 400, "invalid_request"),
        ({"tool": "book_hotel", "arguments": {"destination": "Paris", "nights": 99}}, 422, "quote_incomplete"),
        ({"tool": "book_hotel", "arguments": {"destination": "Paris"}}, 422, "quote_incomplete"),
    ],
)
def test_arguments_that_can_not_be_priced_are_named(
    tmp_path: Path, body: dict[str, Any], status: int, code: str
) -> None:
    with running_app(tmp_path, CALM) as app:
        got = asked(app, body)
        assert (got.status, got.json()["code"]) == (status, code), got.text


def test_a_dear_wish_in_the_chat_waits_for_a_yes(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | DEAR) as app:
        first = app.chat(PARIS)
        assert "$1,550.00" in first["reply"]
        assert (first["trips"], first["did"]) == ([], [])
        quote = read(app, first["quote"])
        assert quote["status"] == "open"
        second = app.chat("yes please", conversation=first["conversation_id"])
        assert app.trip(second)["total"] == usd(TOTAL)
        assert [deed["action"] for deed in second["did"]] == ["booked"]
        assert becomes(app, quote, "booked")["trips"][0]["id"] == second["trips"][0]["id"]
        app.audit()


def test_a_no_ends_the_quote_and_other_words_ask_again(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | DEAR) as app:
        first = app.chat(PARIS)
        conversation = first["conversation_id"]
        again = app.chat("hm, how is the weather there?", conversation=conversation)
        assert again["quote"] == first["quote"]
        assert "yes or no" in again["reply"]
        last = app.chat("no thanks", conversation=conversation)
        assert (last["trips"], "quote" in last) == ([], False)
        becomes(app, first["quote"], "rejected")
        late = app.chat("yes", conversation=conversation)
        assert late["trips"] == []
        app.audit()


def test_another_wish_takes_the_place_of_the_quote(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | DEAR) as app:
        first = app.chat(PARIS)
        second = app.chat("make it 3 nights", conversation=first["conversation_id"])
        assert second["quote"] != first["quote"]
        assert "3 nights" in second["reply"]
        becomes(app, first["quote"], "rejected")
        third = app.chat("go ahead", conversation=first["conversation_id"])
        assert app.trip(third)["request"]["nights"] == 3


def test_two_wishes_of_a_message_are_one_quote(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | DEAR) as app:
        first = app.chat("a flight to Tokyo and a hotel in Rome for 2 nights please")
        quote = read(app, first["quote"])
        assert [request["tool"] for request in quote["offer"]["requests"]] == ["book_flight", "book_hotel"]
        second = app.chat("yes", conversation=first["conversation_id"])
        assert [trip["status"] for trip in second["trips"]] == ["confirmed"] * 2
        app.audit()


def test_a_price_that_has_risen_is_not_charged_but_asked_about(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_PRICE_DRIFT": "1"}) as app:
        first = app.chat("I need a trip to Paris for 5 nights. What would that cost?")
        quote = quoted(app, TRIP | {"conversation_id": first["conversation_id"]})
        second = app.chat("yes", conversation=quote["conversation_id"])
        [link] = second["trips"]
        trip = app.status(link["id"])
        assert (trip["status"], trip["error"]["code"], trip["total"]) == ("failed", "price_changed", usd(0))
        assert second["quote"]["id"] != quote["id"]
        assert read(app, second["quote"])["after"] == quote["id"]
        assert "Shall I book it" in second["reply"]
        becomes(app, quote, "not_booked")
        app.audit()


def test_quotes_are_forgotten_with_their_conversation(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | DEAR) as app:
        first = app.chat(PARIS)
        gone = app.host.request("DELETE", f"/api/chat/{first['conversation_id']}")
        assert gone.status == 204, gone.text
        got = app.host.request("GET", first["quote"]["quote_url"])
        assert (got.status, got.json()["code"]) == (404, "quote_not_found")
        instance = first["quote"]["id"]
        assert app.host.request("GET", f"/runtime/webhooks/durabletask/instances/{instance}").status == 404


def test_a_quote_whose_orchestration_is_gone_is_taken_up_again(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM) as app:
        quote = quoted(app)
        assert until(lambda: app.terminate(quote["id"]))
        [link] = decided(app, quote, "approve").json()["trips"]
        assert app.becomes(link["id"], "confirmed")["total"] == usd(TOTAL)
        becomes(app, quote, "booked")
        app.audit()
