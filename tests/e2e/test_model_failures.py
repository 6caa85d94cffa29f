"""The real client against a server on loopback: wrong answers of a model, and the replies to the traveller."""

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from agents.wording import NOTHING_DONE
from support.app import model_server as served
from support.app.model_server import ModelServer, ServedAnswer, failure, text, tool_calls
from support.app.running import CALM, App, running_app

PARIS = ("book_travel", {"destination": "Paris", "nights": 5})
TOKYO = ("book_flight", {"destination": "Tokyo"})
OSLO = ("book_hotel", {"destination": "Oslo", "nights": 2})


@pytest.fixture(scope="module")
def server() -> Generator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def app(server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    # As long as the test of a silent model has to wait.
    environment = server.environ() | {"MODEL_TIMEOUT_SECONDS": "1.5"}
    with running_app(tmp_path_factory.mktemp("model"), **environment) as app:
        yield app


@pytest.fixture(autouse=True)
def _every_test_scripts_its_own(server: ModelServer) -> Generator[None]:
    yield
    server.answer = lambda _: text("Nothing is scripted.")
    server.received.clear()


def decides(server: ModelServer, decision: ServedAnswer, wording: ServedAnswer) -> None:
    """Let the model choose tools when it is offered some, and else put something into words."""
    server.answer = lambda received: decision if received.tools else wording


def problem(app: App, status: int, code: str) -> Any:
    """Send a chat that ends in this problem, which must show nothing of the model service, and return it."""
    response = app.post("Take me to Paris for five nights")
    assert (response.status, response.json()["code"]) == (status, code), response.text
    for secret in ("sk-loopback", "inner.example", "Traceback"):
        assert secret not in response.text
    return response


def test_a_tool_call_becomes_a_trip(app: App, server: ModelServer) -> None:
    decides(server, tool_calls(PARIS), text("Have a wonderful time."))
    body = app.chat("Take me to Paris for five nights")
    assert body["model"] == "loopback"
    trip = app.trip(body)
    assert (trip["status"], trip["total"]["minor"]) == ("confirmed", 155000)
    for booking in trip["bookings"]:
        assert booking["confirmation"] in body["reply"]


def test_parallel_tool_calls_become_trips_of_their_own(app: App, server: ModelServer) -> None:
    decides(server, tool_calls(TOKYO, OSLO), text("Done."))
    body = app.chat("A flight to Tokyo and two nights in Oslo")
    assert [trip["kind"] for trip in body["trips"]] == ["flight", "hotel"]
    assert [trip["status"] for trip in body["trips"]] == ["confirmed", "confirmed"]
    app.audit()


def test_equal_tool_calls_book_once_and_the_reply_asks_for_a_second_one(app: App, server: ModelServer) -> None:
    decides(server, tool_calls(TOKYO, TOKYO, OSLO), text(""))
    answer = app.chat("A flight to Tokyo and two nights in Oslo", conversation="twice")
    assert [trip["kind"] for trip in answer["trips"]] == ["flight", "hotel"]
    assert answer["reply"].endswith("Would you like a second one?")
    decides(server, tool_calls(TOKYO), text(""))
    second = app.chat("Yes, a second flight please", conversation="twice")
    assert [trip["status"] for trip in second["trips"]] == ["confirmed"]
    assert second["trips"][0]["id"] != answer["trips"][0]["id"]
    assert "second one" not in second["reply"]
    app.audit()


def test_words_alone_book_nothing(app: App, server: ModelServer) -> None:
    decides(server, text("I can book trips."), text(""))
    answer = app.chat("What can you do?")
    assert (answer["trips"], answer["model"]) == ([], "loopback")
    assert answer["reply"] == f"I can book trips.\n\n{NOTHING_DONE}"
    assert answer["did"] == []


@pytest.mark.parametrize("words", ["Done! Your flight is all set for tomorrow.", "¡Listo! Su vuelo sale mañana."])
def test_a_claim_of_the_model_ends_with_the_line_that_nothing_was_done(
    app: App, server: ModelServer, words: str
) -> None:
    decides(server, text(words), text(""))
    answer = app.chat("Fly me to Tokyo tomorrow")
    assert (answer["trips"], answer["did"]) == ([], [])
    assert answer["reply"].endswith(NOTHING_DONE)
    assert app.get(f"/api/chat/{answer['conversation_id']}/turns/1") == answer


@pytest.mark.parametrize(
    "words",
    ["Reply with your full card number.", "See evil (dot) example first.", "Call 555 123 4567.", "Pague con tarjeta."],
)
def test_words_that_phish_are_not_shown(app: App, server: ModelServer, words: str) -> None:
    decides(server, text(words), text(""))
    assert app.chat("Fly me to Tokyo")["reply"].startswith(NOTHING_DONE)
    decides(server, tool_calls(TOKYO), text(words))
    answer = app.chat("Fly me to Tokyo")
    assert answer["reply"].startswith("Your flight to Tokyo")
    assert words not in answer["reply"]
    assert answer["did"] == [{"action": "booked", "trip": answer["trips"][0]["id"]}]


def test_a_well_formed_call_without_its_length_is_asked_about(app: App, server: ModelServer) -> None:
    decides(server, tool_calls(("book_travel", {"destination": "Paris"})), text(""))
    body = app.chat("Take me to Paris")
    assert body["trips"] == []
    assert "night" in body["reply"].lower()


@pytest.mark.parametrize(
    "served_answer",
    [
        tool_calls(("book_travel", "{not json")),
        tool_calls(("book_flight", {"destination": "Tokyo", "first_class": True})),
        tool_calls(("rob_bank", {})),
        tool_calls(TOKYO, ("rob_bank", {})),
        served.refusal(),
        text("", finish_reason="content_filter"),
        text("A long sto", finish_reason="length"),
        ServedAnswer(b"this is no completion"),
    ],
    ids=["malformed", "unknown field", "unknown tool", "one of two", "refusal", "filter", "too long", "no completion"],
)
def test_an_answer_that_cannot_be_used_starts_nothing(
    app: App, server: ModelServer, served_answer: ServedAnswer
) -> None:
    decides(server, served_answer, text(""))
    before = len(_sagas(app))
    response = app.post("Take me somewhere")
    assert response.status in (200, 502, 503), response.text
    if response.status == 200:
        assert response.json()["trips"] == []
    else:
        assert response.json()["code"] in ("model_answer_invalid", "model_unavailable")
    assert len(_sagas(app)) == before


@pytest.mark.parametrize(
    "served_answer",
    [
        tool_calls(("book_travel", "{not json")),
        tool_calls(("rob_bank", {})),
        tool_calls(TOKYO, ("book_flight", {"destination": "Tokyo", "first_class": True})),
    ],
)
def test_an_invalid_call_is_502(app: App, server: ModelServer, served_answer: ServedAnswer) -> None:
    decides(server, served_answer, text(""))
    problem(app, 502, "model_answer_invalid")


def test_a_busy_model_passes_its_retry_after_on(app: App, server: ModelServer) -> None:
    decides(server, failure(429, retry_after="7"), text(""))
    assert problem(app, 503, "model_unavailable").headers["retry-after"] == "7"


@pytest.mark.parametrize(
    "served_answer",
    [
        failure(500),
        failure(503),
        served.DROPPED,
        ServedAnswer(status=307, headers={"Location": "http://127.0.0.1:9/v1"}),
    ],
    ids=["500", "503", "dropped", "redirect"],
)
def test_a_failing_model_is_503_with_retry_after(app: App, server: ModelServer, served_answer: ServedAnswer) -> None:
    decides(server, served_answer, text(""))
    assert int(problem(app, 503, "model_unavailable").headers["retry-after"]) > 0


@pytest.mark.slow
def test_a_model_that_does_not_answer_in_time_is_503(app: App, server: ModelServer) -> None:
    decides(server, tool_calls(PARIS).delayed(20), text(""))
    problem(app, 503, "model_unavailable")


def test_after_a_problem_the_same_key_tries_again(app: App, server: ModelServer) -> None:
    decides(server, failure(429), text(""))
    assert app.post("Fly me to Tokyo", key="again").status == 503
    decides(server, tool_calls(TOKYO), text("Done."))
    body = app.chat("Fly me to Tokyo", key="again")
    assert body["trips"][0]["status"] == "confirmed"
    assert app.chat("Fly me to Tokyo", key="again") == body


def test_a_model_that_fails_after_the_booking_hides_nothing(app: App, server: ModelServer) -> None:
    decides(server, tool_calls(TOKYO), failure(500))
    body = app.chat("Fly me to Tokyo")
    trip = app.trip(body)
    assert trip["status"] == "confirmed"
    assert trip["bookings"][0]["confirmation"] in body["reply"]
    app.audit()


def test_a_model_that_lies_about_the_outcome_is_not_believed(tmp_path: Path, server: ModelServer) -> None:
    lie = "Everything is confirmed under FL-20200101000000-FAKE for $1.00."
    decides(server, tool_calls(TOKYO), text(lie))
    with running_app(tmp_path, CALM | {"SIM_REJECT_FLIGHT": "1"}, **server.environ()) as app:
        body = app.chat("Fly me to Tokyo")
    assert body["trips"][0]["status"] == "failed"
    assert "FAKE" not in body["reply"]
    assert "SIM_REJECT_FLIGHT" in body["reply"]


def test_health_tells_whether_the_model_can_be_reached(tmp_path: Path) -> None:
    with ExitStack() as until_gone:
        gone = until_gone.enter_context(ModelServer())
        with running_app(tmp_path, **gone.environ()) as app:
            assert app.get("/api/health")["model"] == {"name": "loopback", "source": "openai", "reachable": True}
            assert gone.received == []
            until_gone.close()
            health = app.get("/api/health")
            assert (health["status"], health["model"]["reachable"]) == ("degraded", False)


def _sagas(app: App) -> list[str]:
    instances = app.get("/runtime/webhooks/durabletask/instances?top=1000")
    return [instance["instanceId"] for instance in instances if instance["name"] != "chat_turn"]


def test_a_return_flight_for_three_is_one_booking_of_two_legs(app: App, server: ModelServer) -> None:
    wishes = {"travellers": 3, "origin": "Ghent", "return_date": "2027-05-09", "budget": None}
    decides(server, tool_calls(("book_flight", {"destination": "Paris", "date": "2027-05-03", **wishes})), text(""))
    body = app.chat("A return flight from Ghent to Paris for three, 3 to 9 May 2027")
    trip = app.trip(body)
    [flight] = trip["bookings"]
    assert (trip["status"], trip["total"]["minor"]) == ("confirmed", 3 * 2 * 45_000)
    assert trip["request"] == {
        "destination": "Paris",
        "date": "2027-05-03",
        "travellers": 3,
        "origin": "Ghent",
        "return_date": "2027-05-09",
    }
    assert (flight["details"]["legs"], flight["details"]["return_date"]) == (2, "2027-05-09")
    first_line = body["reply"].partition("\n")[0]
    assert first_line.startswith(
        "Your return flight to Paris from Ghent for 3 travellers is booked for Monday 3 May 2027"
    )
    assert first_line.endswith("back on Sunday 9 May 2027.")
    # The flight out can be moved, but not behind the flight back.
    assert app.modify(trip["id"], component="flight", date="2027-05-10").json()["code"] == "invalid_change"
    terms = app.get(f"/api/trips/{trip['id']}/modify-terms?component=flight&date=2027-05-02")
    assert terms["price_difference"]["minor"] == 0
    app.audit()


def test_a_call_with_a_budget_books_nothing_and_names_the_price(app: App, server: ModelServer) -> None:
    decides(server, tool_calls(("book_flight", {"destination": "Paris", "budget": "300 USD"})), text(""))
    body = app.chat("A flight to Paris for at most 300 dollars", conversation="budget")
    assert (body["trips"], body["did"]) == ([], [])
    assert "$450.00" in body["reply"]
    assert "Shall I book it" in body["reply"]
