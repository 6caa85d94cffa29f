"""Whatever a handler raises becomes a problem that tells what to do, and never a stack trace."""

import asyncio
import inspect
import logging
import re
from collections.abc import Callable, Mapping

import azure.functions as func
import pytest

from api import health, sessions
from api.chat import handlers as chat
from api.durable_port import DurableError
from api.operations import handlers as operations
from api.problems import ApiProblem, problem_response
from api.quotes import handlers as quotes
from api.trips import handlers as trips
from domain.conversation.turn import Problem
from domain.problems import PROBLEMS
from orchestrators import chat_turn
from settings import SettingsError
from stores.errors import StorageError
from support.app.http_calls import JSON, answer_of, call, request
from support.app.twice import http_functions

ROUTES = http_functions()
READS = [route for route in ROUTES if route[0] == "GET"]
CHANGES = [route for route in ROUTES if route[0] != "GET"]
# Their details differ from case to case, so the sentence about the money is a part of the detail.
TOLD_BY_DETAIL = {
    *("already_done", "provider_unavailable", "internal_error", "turn_stopped", "turn_not_found"),
    *("model_answer_invalid", "storage_unavailable"),
}
FAULTS = [StorageError("no disk"), DurableError("no host"), RuntimeError("a mistake")]
MONEY = re.compile(r"money|book(ed|s)|charg|paid|refund|twice", re.IGNORECASE)


async def raising(error: Exception) -> func.HttpResponse:
    raise error


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_code_is_answered_with_its_status_as_problem_json(code: str) -> None:
    response = call(raising(ApiProblem(code, "What happened.")))
    kind = PROBLEMS[code]
    assert (response.status, response.mimetype) == (kind.status, "application/problem+json")
    assert response.body == {
        "type": f"/api/problems#{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"What happened. {kind.money}".rstrip(),
        "code": code,
    }


def test_only_kinds_whose_details_tell_it_each_time_leave_out_what_became_of_the_money() -> None:
    assert {code for code, kind in PROBLEMS.items() if not kind.money} == TOLD_BY_DETAIL


@pytest.fixture
def failing_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Let everything that the routes call raise this."""

    def fail(error: Exception) -> None:
        async def raise_it(*_: object) -> func.HttpResponse:
            raise error

        for module in (chat, trips, quotes, operations, sessions, health):
            for name, member in vars(module).items():
                if inspect.iscoroutinefunction(member):
                    monkeypatch.setattr(module, name, raise_it)

    return fail


def detail_of(route: tuple[str, str], headers: Mapping[str, str] = JSON) -> str:
    return answer_of(asyncio.run(ROUTES[route](request(b"", headers, route[0])))).body["detail"]


@pytest.mark.parametrize("route", READS, ids=" ".join)
def test_a_read_is_told_nothing_of_money(route: tuple[str, str], failing_with: Callable[[Exception], None]) -> None:
    for code in PROBLEMS:
        failing_with(ApiProblem(code, "What happened.", money="The money stays."))
        assert detail_of(route) == "What happened."
    for error in FAULTS:
        failing_with(error)
        assert not MONEY.search(detail_of(route))
    for stored in (chat_turn._PROBLEM.detail, "The model gave an empty answer; nothing was booked."):
        failing_with(ApiProblem("internal_error", stored))
        assert MONEY.search(stored)
        assert not MONEY.search(detail_of(route))


@pytest.mark.parametrize("route", CHANGES, ids=" ".join)
def test_a_change_is_told_of_the_money_and_of_this_request_alone(
    route: tuple[str, str], failing_with: Callable[[Exception], None]
) -> None:
    """Speak of this request alone, because an earlier delivery of it may have been carried out."""
    for code, kind in PROBLEMS.items():
        failing_with(ApiProblem(code, "What happened."))
        sentence = detail_of(route).removeprefix("What happened.").strip()
        assert sentence == kind.money
        assert code in TOLD_BY_DETAIL or re.search(r"[Tt]his (request|decision|message)", sentence), code
        assert code in TOLD_BY_DETAIL or MONEY.search(sentence), code
    for error in FAULTS:
        failing_with(error)
        detail = detail_of(route, {**JSON, "idempotency-key": "k"})
        assert "It is not known here whether the request was carried out." in detail
        assert "carried out once" in detail


@pytest.mark.parametrize("error", FAULTS, ids=repr)
def test_a_message_without_a_key_is_not_told_to_come_again(
    error: Exception, failing_with: Callable[[Exception], None]
) -> None:
    failing_with(error)
    detail = detail_of(("POST", "chat"))
    assert "could book a second time" in detail
    assert "Send" not in detail


def test_a_code_that_nobody_knows_is_an_internal_error() -> None:
    assert problem_response(Problem(code="new", detail="x"), "change").status_code == 500


@pytest.mark.parametrize("code", ["model_unavailable", "storage_unavailable"])
def test_what_may_pass_says_when_to_try_again(code: str) -> None:
    assert call(raising(ApiProblem(code, "x"))).headers["Retry-After"] == "5"
    assert call(raising(ApiProblem(code, "x", retry_after=17))).headers["Retry-After"] == "17"


@pytest.mark.parametrize("error", [StorageError("/secret/ledger.db is damaged"), DurableError("secret host is down")])
def test_trouble_below_is_storage_unavailable_and_only_the_log_knows_where(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    response = call(raising(error))
    assert (response.status, response.body["code"], response.headers["Retry-After"]) == (
        503,
        "storage_unavailable",
        "5",
    )
    assert "carried out once" in response.body["detail"]
    assert "secret" not in str(response.body)
    assert "secret" in caplog.text


def test_a_wrong_setting_is_named_to_the_client_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    response = call(raising(SettingsError("SIM_FAULT: Input should be a number.")))
    assert (response.status, response.body["code"]) == (503, "misconfigured")
    assert "SIM_FAULT" in response.body["detail"]
    assert "SIM_FAULT" in caplog.text


def test_an_unexpected_error_shows_an_incident_that_the_log_explains(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = call(raising(RuntimeError("a secret detail")))
    assert (response.status, response.body["code"]) == (500, "internal_error")
    assert "secret" not in str(response.body)
    assert "Traceback" not in str(response.body)
    incident = response.body["detail"].partition("incident ")[2].split(".")[0]
    assert len(incident) == 12
    assert incident in caplog.text
    assert "a secret detail" in caplog.text
