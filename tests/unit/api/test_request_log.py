"""Each HTTP request has one line in the log: its route, its status, and its trip or the code of its problem."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest
from azure.functions.http import HttpRequest

import api.blueprint
from api.problems import ApiProblem
from api.request_log import logged
from settings import SettingsError

TRIP = "trip-" + "0123456789abcdef" * 2
OTHER = "trip-" + "f" * 32
JSON = "application/json"


def asked(address: str = "/api/any", **route: str) -> func.HttpRequest:
    query = dict(pair.split("=") for pair in address.partition("?")[2].split("&") if pair)
    return HttpRequest(
        "GET",
        f"http://localhost{address}",
        headers={},
        params=query,
        route_params=route,
        body_type="bytes",
        body=b"",
    )


async def answering(status: int = 200, body: Any = None, mimetype: str = JSON) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), status_code=status, mimetype=mimetype)


async def raising(error: Exception) -> func.HttpResponse:
    raise error


@pytest.fixture
def line(caplog: pytest.LogCaptureFixture) -> Callable[..., str]:
    """Return the function that asks, and returns the only line of the request without its time."""
    caplog.set_level(logging.INFO)

    def of(request: func.HttpRequest, handler: Any, route: str = "any/{id}") -> str:
        caplog.clear()
        asyncio.run(logged(request, route, handler, "read"))
        [text] = [text for text in caplog.messages if text.startswith("http_request ")]
        return text.rpartition(" ms=")[0]

    return of


def test_the_line_names_the_route_and_the_trip_of_the_path(line: Callable[..., str]) -> None:
    expected = f"http_request method=GET route=any/{{id}} status=200 trip={TRIP} problem=-"
    assert line(asked(id=TRIP), answering()) == expected
    assert line(asked(id=f"{TRIP}-hotel"), answering()) == expected
    assert line(asked(trip=TRIP, item="flight-refund-1"), answering()) == expected
    assert line(asked(f"/api/any?trip={TRIP}"), answering()) == expected


def test_the_line_of_a_message_names_the_trips_of_its_turn(line: Callable[..., str]) -> None:
    body = {"conversation_id": "c-1", "reply": "…", "trips": [{"id": TRIP}, {"id": OTHER}]}
    assert line(asked(), answering(202, body), "chat").endswith(f"status=202 trip={TRIP},{OTHER} problem=-")
    assert line(asked(), answering(200, body | {"trips": []}), "chat").endswith("status=200 trip=- problem=-")


def test_the_line_has_the_code_of_the_problem(line: Callable[..., str]) -> None:
    problem = ApiProblem(code="needs_attention", detail="The trip of Ada waits.")
    assert line(asked(id=TRIP), raising(problem)).endswith(f"status=409 trip={TRIP} problem=needs_attention")
    assert line(asked(), raising(RuntimeError("a mistake"))).endswith("status=500 trip=- problem=internal_error")


def test_nothing_that_a_client_made_up_is_in_the_line(line: Callable[..., str]) -> None:
    made_up = "ada lovelace\r\nhttp_request method=GET"
    request = asked("/api/any?code=secret&trip=mine", id=made_up, trip=f"{TRIP}\n", conversation_id="my-honeymoon")
    text = line(request, raising(ApiProblem(code="trip_not_found", detail=made_up)))
    assert text == "http_request method=GET route=any/{id} status=404 trip=- problem=trip_not_found"


def test_an_error_of_the_app_is_an_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for status in (200, 404, 500, 503):
        asyncio.run(logged(asked(), "any", answering(status), "read"))
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO", "ERROR", "ERROR"]


def registered() -> list[tuple[str, Callable[..., Any]]]:
    app = df.DFApp()
    app.register_functions(api.blueprint.bp)
    return [(str(f.get_trigger().get_dict_repr()["route"]), f.get_user_function()) for f in app.get_functions()]  # type: ignore[union-attr]


@pytest.mark.parametrize(("route", "function"), registered(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_function_logs_its_own_route(
    route: str, function: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misconfigured() -> Any:
        raise SettingsError("SIM_FAULT: Input should be a number.")

    for module in ("health", "operations.handlers", "trips.handlers", "quotes.handlers", "shared_ledger"):
        monkeypatch.setattr(f"api.{module}.services", misconfigured)
    caplog.set_level(logging.INFO)
    request = asked(f"/api/any?trip={TRIP}", id=TRIP, trip=TRIP, conversation_id="c-1", turn="1", item="i", path="x")
    with_client = getattr(function, "client_function", None)
    asyncio.run(with_client(request, client=None) if with_client else function(request))
    [text] = [text for text in caplog.messages if text.startswith("http_request ")]
    assert f" route={route} " in text
    is_fixed = route in ("problems", "{*path}")
    assert is_fixed or " status=503 " in text
