"""Whatever a handler raises becomes a problem that tells what to do, and never a stack trace."""

import logging

import azure.functions as func
import pytest
from support_http import call

from api.durable_port import DurableError
from api.problems import ApiProblem, problem_response
from domain.conversation import Problem
from domain.problems import PROBLEMS
from settings import SettingsError
from stores.errors import StorageError


async def raising(error: Exception) -> func.HttpResponse:
    raise error


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_code_is_answered_with_its_status_as_problem_json(code: str) -> None:
    got = call(raising(ApiProblem(code, "What happened.")))
    kind = PROBLEMS[code]
    assert (got.status, got.mimetype) == (kind.status, "application/problem+json")
    assert got.body == {
        "type": f"urn:travel-concierge:problem:{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"What happened. {kind.money}".rstrip(),
        "code": code,
    }


def test_only_kinds_whose_details_tell_it_each_time_leave_out_what_became_of_the_money() -> None:
    assert {code for code, kind in PROBLEMS.items() if not kind.money} == {
        *("already_done", "provider_unavailable", "internal_error", "turn_stopped"),
        *("model_answer_invalid", "ledger_not_shared", "storage_unavailable"),
    }


def test_a_code_that_nobody_knows_is_an_internal_error() -> None:
    assert problem_response(Problem(code="new", detail="x")).status_code == 500


@pytest.mark.parametrize("code", ["model_unavailable", "storage_unavailable"])
def test_what_may_pass_says_when_to_try_again(code: str) -> None:
    assert call(raising(ApiProblem(code, "x"))).headers["Retry-After"] == "5"
    assert call(raising(ApiProblem(code, "x", retry_after=17))).headers["Retry-After"] == "17"


@pytest.mark.parametrize("error", [StorageError("/secret/ledger.db is damaged"), DurableError("secret host is down")])
def test_trouble_below_is_storage_unavailable_and_only_the_log_knows_where(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    got = call(raising(error))
    assert (got.status, got.body["code"], got.headers["Retry-After"]) == (503, "storage_unavailable", "5")
    assert "nothing is booked or charged twice" in got.body["detail"]
    assert "secret" not in str(got.body)
    assert "secret" in caplog.text


def test_a_wrong_setting_is_named_to_the_client_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    got = call(raising(SettingsError("SIM_FAULT: Input should be a number.")))
    assert (got.status, got.body["code"]) == (503, "misconfigured")
    assert "SIM_FAULT" in got.body["detail"]
    assert "SIM_FAULT" in caplog.text


def test_an_unexpected_error_shows_an_incident_that_the_log_explains(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        got = call(raising(RuntimeError("a secret detail")))
    assert (got.status, got.body["code"]) == (500, "internal_error")
    assert "secret" not in str(got.body)
    assert "Traceback" not in str(got.body)
    incident = got.body["detail"].partition("incident ")[2].split(".")[0]
    assert len(incident) == 12
    assert incident in caplog.text
    assert "a secret detail" in caplog.text
