"""The real client against a loopback service, which answers in every way that a model service does."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import date

import pytest

from agents.connections import connect
from agents.model import Model, ModelAnswerInvalid, ModelError, ModelUnavailable, WordingTask
from agents.opening import open_model
from agents.travel_agent import BookTrips, Decision, Say, TravelAgent
from settings import Settings
from support.app.model_server import DROPPED, ModelServer, ServedAnswer, completion, failure, refusal, text, tool_calls

TODAY = date(2026, 11, 21)
SECRETS = ("sk-loopback-secret", "127.0.0.1", "http", "inner.example")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
async def model(server: ModelServer) -> AsyncIterator[Model]:
    opened = open_model(server.settings(MODEL_TIMEOUT_SECONDS="5"))
    yield opened
    await opened.close()


async def _decide(model: Model) -> Decision:
    return await TravelAgent(model).decide("Book it", (), TODAY)


async def _error(model: Model) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await _decide(model)
    for secret in SECRETS:
        assert secret not in caught.value.detail
    return caught.value


async def test_a_tool_call_becomes_a_request(server: ModelServer, model: Model) -> None:
    server.enqueue(tool_calls(("book_travel", {"destination": "Paris", "nights": 5, "date": "2027-01-05"})))
    decision = await _decide(model)
    assert isinstance(decision, BookTrips)
    (request,) = decision.requests
    assert request.arguments() == {"destination": "Paris", "nights": 5, "date": "2027-01-05"}
    assert not request.date_assumed


async def test_the_request_offers_four_strict_tools_and_the_message(server: ModelServer, model: Model) -> None:
    await _decide(model)
    (received,) = server.received
    assert received.path == "/v1/chat/completions"
    assert received.headers["Authorization"] == "Bearer sk-loopback-secret"
    assert received.tools == ["book_travel", "book_flight", "book_hotel", "book_car_hire"]
    assert received.last_text == "Book it"
    for tool in received.body["tools"]:
        function = tool["function"]
        assert function["strict"] is True
        assert function["parameters"]["additionalProperties"] is False
        assert function["parameters"]["required"] == list(function["parameters"]["properties"])


async def test_parallel_calls_become_requests_in_order(server: ModelServer, model: Model) -> None:
    server.enqueue(
        tool_calls(
            ("book_flight", {"destination": "Tokyo", "date": None}),
            ("book_hotel", {"destination": "Osaka", "nights": 3, "date": None}),
        )
    )
    decision = await _decide(model)
    assert isinstance(decision, BookTrips)
    assert [(request.kind, request.destination) for request in decision.requests] == [
        ("flight", "Tokyo"),
        ("hotel", "Osaka"),
    ]
    assert all(request.date == date(2026, 12, 5) and request.date_assumed for request in decision.requests)


async def test_equal_calls_book_once_and_are_asked_about(server: ModelServer, model: Model) -> None:
    server.enqueue(
        tool_calls(
            ("book_flight", {"destination": "Tokyo", "date": None}),
            ("book_hotel", {"destination": "Osaka", "nights": 3, "date": None}),
            ("book_flight", {"destination": " tokyo", "date": "2026-12-05"}),
            ("book_flight", {"destination": "Tokyo", "date": "2026-12-06"}),
            ("book_flight", {"destination": "Tokyo"}),
        )
    )
    decision = await _decide(model)
    assert isinstance(decision, BookTrips)
    requests = [(request.kind, request.destination, request.date.day) for request in decision.requests]
    assert requests == [("flight", "Tokyo", 5), ("hotel", "Osaka", 5), ("flight", "Tokyo", 6)]
    assert decision.repeated == decision.requests[:1]


@pytest.mark.parametrize(
    "arguments",
    [
        '{"destination": "Tokyo"',
        "",
        "[]",
        "null",
        '{"destination": "Tokyo", "cabin": "first"}',
        '{"destination": 7}',
        '{"destination": "Tokyo", "date": "next Friday"}',
        '{"destination": "Tokyo", "date": 5}',
        '{"destination": "\\ud800"}',
    ],
)
async def test_malformed_arguments_are_the_models_error(server: ModelServer, model: Model, arguments: str) -> None:
    server.enqueue(tool_calls(("book_flight", arguments)))
    assert isinstance(await _error(model), ModelAnswerInvalid)


@pytest.mark.parametrize("nights", ['"5"', "5.0", "true", "5.5", "[5]"])
async def test_a_length_of_the_wrong_type_is_the_models_error(server: ModelServer, model: Model, nights: str) -> None:
    server.enqueue(tool_calls(("book_hotel", f'{{"destination": "Rome", "nights": {nights}}}')))
    assert isinstance(await _error(model), ModelAnswerInvalid)


async def test_one_invalid_call_starts_none(server: ModelServer, model: Model) -> None:
    server.enqueue(tool_calls(("book_flight", {"destination": "Oslo"}), ("charge_card", {"amount": 5})))
    assert isinstance(await _error(model), ModelAnswerInvalid)


async def test_more_than_five_calls_start_none(server: ModelServer, model: Model) -> None:
    server.enqueue(tool_calls(*[("book_flight", {"destination": "Oslo"})] * 6))
    assert isinstance(await _error(model), ModelAnswerInvalid)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_service_names_when_to_come_back(server: ModelServer, model: Model, status: int) -> None:
    server.enqueue(failure(status, retry_after="7"))
    error = await _error(model)
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after == 7
    assert len(server.received) == 1, "a service that names a time is not asked before"


async def test_a_wait_beyond_all_numbers_is_an_hour(server: ModelServer, model: Model) -> None:
    server.enqueue(failure(429, retry_after="9" * 400))
    error = await _error(model)
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after == 3600


async def test_a_lasting_server_error_is_unavailable(server: ModelServer, model: Model) -> None:
    server.enqueue(failure(500), failure(500), failure(500))
    assert isinstance(await _error(model), ModelUnavailable)
    assert len(server.received) == 2, "asked once more, no oftener"


@pytest.mark.parametrize("first", [failure(500), DROPPED])
async def test_a_passing_fault_is_not_seen(server: ModelServer, model: Model, first: ServedAnswer) -> None:
    server.enqueue(first, tool_calls(("book_flight", {"destination": "Oslo"})))
    assert isinstance(await _decide(model), BookTrips)


async def test_a_slow_answer_is_a_timeout(server: ModelServer) -> None:
    model = open_model(server.settings(MODEL_TIMEOUT_SECONDS="0.3"))
    # The first call loads the client and connects, which alone may take longer than the limit.
    await model.word(WordingTask("warm", "up"))
    server.enqueue(text("late").delayed(20))
    assert isinstance(await _error(model), ModelUnavailable)
    await model.close()


async def test_a_refused_connection_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Closed again, so that nobody listens on the port.
    environ = {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": "k", "OPENAI_MODEL": "m"}
    model = open_model(Settings.from_environ(environ))
    assert isinstance(await _error(model), ModelUnavailable)
    await model.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_takes_the_conversation_nowhere(server: ModelServer, model: Model, status: int) -> None:
    """The traveller hears that the model cannot be reached, and the other host hears nothing at all."""
    connections: list[str] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append("a connection")
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        location = f"http://127.0.0.1:{port}/v1/chat/completions"
        server.enqueue(ServedAnswer(status=status, headers={"Location": location}))
        error = await _error(model)
    assert isinstance(error, ModelUnavailable)
    assert "can't be reached" in error.detail
    assert (len(server.received), connections) == (1, [])


async def test_no_client_follows_redirects(server: ModelServer) -> None:
    azure = {"AZURE_OPENAI_ENDPOINT": server.url, "AZURE_OPENAI_CHAT_DEPLOYMENT_NAME": "chat"}
    for environ in (server.environ(), azure, azure | {"AZURE_OPENAI_API_KEY": "azure-key"}):
        connection = connect(Settings.from_environ(environ))
        assert not connection.client._client.follow_redirects
        await connection.close()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_wrong_configuration_is_told_without_its_secrets(
    server: ModelServer, model: Model, status: int
) -> None:
    server.enqueue(failure(status))
    error = await _error(model)
    assert isinstance(error, ModelUnavailable)
    assert str(status) in error.detail


@pytest.mark.parametrize(
    "served",
    [
        refusal(),
        text("", finish_reason="content_filter"),
        tool_calls(("book_flight", {"destination": "Oslo"}), finish_reason="content_filter"),
        failure(400, code="content_filter"),
    ],
)
async def test_a_refusal_is_said_politely_and_books_nothing(
    server: ModelServer, model: Model, served: ServedAnswer
) -> None:
    server.enqueue(served)
    decision = await _decide(model)
    assert isinstance(decision, Say)
    assert "nothing has been booked" in decision.reply


async def test_calls_of_an_answer_that_was_cut_short_start_none(server: ModelServer, model: Model) -> None:
    server.enqueue(tool_calls(("book_flight", {"destination": "Oslo"}), finish_reason="length"))
    assert isinstance(await _error(model), ModelAnswerInvalid)


@pytest.mark.parametrize(
    "served",
    [
        text(""),
        text("  \n"),
        completion({"content": None}),
        completion({"content": None, "tool_calls": []}),
        completion({"content": ["a part"]}),
        ServedAnswer(b'{"choices": []}'),
        ServedAnswer(b"{}"),
        ServedAnswer(b"not json"),
        ServedAnswer(b""),
    ],
)
async def test_an_empty_or_shapeless_answer_is_invalid(server: ModelServer, model: Model, served: ServedAnswer) -> None:
    server.enqueue(served)
    assert isinstance(await _error(model), ModelAnswerInvalid)


async def test_an_overlong_text_is_bounded(server: ModelServer, model: Model) -> None:
    server.enqueue(text("word " * 100_000))
    decision = await _decide(model)
    assert isinstance(decision, Say)
    assert len(decision.reply) <= 2000


@pytest.mark.parametrize(
    "arguments", [{"destination": "Rome", "nights": 45}, {"nights": 3}, {"destination": " ", "nights": 3}]
)
async def test_a_well_formed_call_that_lacks_something_asks(
    server: ModelServer, model: Model, arguments: dict[str, object]
) -> None:
    server.enqueue(tool_calls(("book_hotel", arguments)))
    decision = await _decide(model)
    assert isinstance(decision, Say)
    assert decision.draft is not None
    assert "?" in decision.reply


async def test_azure_is_asked_with_deployment_version_and_key(server: ModelServer) -> None:
    settings = Settings.from_environ(
        {
            "AZURE_OPENAI_ENDPOINT": server.url,
            "AZURE_OPENAI_CHAT_DEPLOYMENT_NAME": "travel-chat",
            "AZURE_OPENAI_API_KEY": "azure-key",
            # Both are configured: Azure's settings come first.
            "OPENAI_BASE_URL": "http://127.0.0.1:9/never",
            "OPENAI_API_KEY": "other",
            "OPENAI_MODEL": "other",
        }
    )
    model = open_model(settings)
    assert model.name == "travel-chat"
    await _decide(model)
    (received,) = server.received
    assert received.path == "/openai/deployments/travel-chat/chat/completions"
    assert received.query == {"api-version": "2024-10-21"}
    assert received.headers["api-key"] == "azure-key"
    await model.close()


async def test_connections_can_be_given_back_and_made_again(server: ModelServer, model: Model) -> None:
    await _decide(model)
    await model.close()
    await model.close()
    await _decide(model)
    assert len(server.received) == 2
