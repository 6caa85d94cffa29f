"""Problems over HTTP (RFC 9457): the cause, what happened to the money, and what to do next. Never a stack trace.

Every exception of a handler becomes a problem here. An `ApiProblem` is sent with its own code, a `SettingsError` as
`misconfigured`, a `StorageError` or a `DurableError` as `storage_unavailable`. Anything else is an `internal_error`
with an incident number that is also in the log.

Only the answer to a request that changes something speaks of money. Where it is unknown whether the request was carried
out, the problem says so, and says how to find out without doing it twice.
"""

import json
import logging
import secrets
from collections.abc import Awaitable, Mapping
from typing import Literal

import azure.functions as func

from api.durable_port import DurableError
from domain.conversation.turn import Problem
from domain.problem_list import type_of
from domain.problems import PROBLEMS, without_money
from settings import SettingsError
from stores.errors import StorageError

log = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = 5
_PASSING = ("model_unavailable", "storage_unavailable", "provider_unavailable")
"""Codes of problems that may be gone in a moment."""

RequestKind = Literal["read", "change", "message"]
"""Kind of a request: `read` changes nothing; `change` changes something, and a repeat of it is recognised. `message` is
a chat message without an Idempotency-Key, a repeat of which cannot be recognised."""

_UNKNOWN: dict[RequestKind, str] = {
    "read": "Ask again.",
    "change": "It is not known here whether the request was carried out. Send it again as it was, with its"
    " Idempotency-Key if it had one and before asking for anything else: it is carried out once.",
    "message": "It is not known here whether the message was taken. It came without an Idempotency-Key, so the same"
    " message again would be a new one, and could book a second time: look at the turns of its conversation first.",
}


class ApiProblem(Exception):  # noqa: N818 - a problem is an answer to the client, not always an error of ours
    """A problem that ends a request. `code` is one of `domain.problems`, `retry_after` is in seconds.

    `money` says what happened to the money, where that differs between problems of one code. `headers` are sent along.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        retry_after: int | None = None,
        money: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.problem = Problem(code=code, detail=detail, retry_after=retry_after)
        self.money = money
        self.headers = headers or {}


async def answered(handler: Awaitable[func.HttpResponse], request_kind: RequestKind) -> func.HttpResponse:
    """Return the response of the handler, or the problem that it raised as a response."""
    try:
        return await handler
    except ApiProblem as error:
        response = problem_response(error.problem, request_kind, error.money)
        response.headers.update(error.headers)
        return response
    except SettingsError as error:
        log.error("misconfigured setting=%r", str(error))
        detail = f"The app's settings are wrong, and its operator has to mend them. {error}"
        return problem_response(Problem(code="misconfigured", detail=detail), request_kind)
    except (StorageError, DurableError) as error:
        log.error("storage_unavailable error=%r", str(error))
        detail = f"What the app keeps can't be read or written just now. {_UNKNOWN[request_kind]}"
        return problem_response(Problem(code="storage_unavailable", detail=detail), request_kind)
    except Exception:
        incident = secrets.token_hex(6)
        log.exception("internal_error incident=%s", incident)
        detail = (
            f"An error of the app stopped this request; its log has it as incident {incident}. {_UNKNOWN[request_kind]}"
        )
        return problem_response(Problem(code="internal_error", detail=detail), request_kind)


def problem_response(problem: Problem, request_kind: RequestKind, money: str | None = None) -> func.HttpResponse:
    """Return the problem as `application/problem+json`, with `Retry-After` where waiting can help."""
    # A stored problem may carry a code that this version does not have.
    kind = PROBLEMS.get(problem.code, PROBLEMS["internal_error"])
    detail = f"{problem.detail} {kind.money if money is None else money}"
    body = {
        "type": type_of(kind.code),
        "title": kind.title,
        "status": kind.status,
        "detail": without_money(problem.detail) if request_kind == "read" else detail.rstrip(),
        "code": kind.code,
    }
    retry_after = problem.retry_after
    if retry_after is None and kind.code in _PASSING:
        retry_after = _RETRY_AFTER_SECONDS
    return func.HttpResponse(
        json.dumps(body),
        status_code=kind.status,
        mimetype="application/problem+json",
        headers={} if retry_after is None else {"Retry-After": str(retry_after)},
    )
