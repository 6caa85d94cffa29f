"""Problems over HTTP (RFC 9457): what went wrong, what happened to the money, what to do next; never a stack trace.

Whatever a handler raises becomes one here: an `ApiProblem` as it is, a `SettingsError` as `misconfigured`, a
`StorageError` as `storage_unavailable`, a `DurableError` as `storage_unavailable`, anything else as `internal_error`
with an incident number that the log has too.

Only a request that was to change something is told of money. Where it is not known whether the request was carried
out, the problem says so, and how to find out without doing it twice.
"""

import json
import logging
import secrets
from collections.abc import Awaitable
from typing import Literal

import azure.functions as func

from api.durable_port import DurableError
from domain.conversation.turn import Problem
from domain.problems import PROBLEMS, without_money
from settings import SettingsError
from stores.errors import StorageError

log = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = 5
_PASSING = ("model_unavailable", "storage_unavailable", "provider_unavailable")
"""Problems that may be gone in a moment."""

Asking = Literal["read", "change", "message"]
"""What a request is: it only reads; it changes something and can be recognised when it comes again; or it is a message
without an Idempotency-Key, which can't."""

_UNKNOWN: dict[Asking, str] = {
    "read": "Ask again.",
    "change": "It is not known here whether the request was carried out. Send it again as it was, with its"
    " Idempotency-Key if it had one and before asking for anything else: it is carried out once.",
    "message": "It is not known here whether the message was taken. It came without an Idempotency-Key, so the same"
    " message again would be a new one, and could book a second time: look at the turns of its conversation first.",
}


class ApiProblem(Exception):  # noqa: N818 - a problem is what the client is told, not always an error of ours
    """An answer that is a problem. `code` is one of `domain.problems`, `money` what became of the money where that is
    not the same for all problems of the code."""

    def __init__(self, code: str, detail: str, retry_after: int | None = None, money: str | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.problem = Problem(code=code, detail=detail, retry_after=retry_after)
        self.money = money


async def answered(handler: Awaitable[func.HttpResponse], asking: Asking) -> func.HttpResponse:
    """What the handler returns, or its problem."""
    try:
        return await handler
    except ApiProblem as raised:
        return problem_response(raised.problem, asking, raised.money)
    except SettingsError as error:
        log.error("misconfigured setting=%r", str(error))
        detail = f"The app's settings are wrong, and its operator has to mend them. {error}"
        return problem_response(Problem(code="misconfigured", detail=detail), asking)
    except (StorageError, DurableError) as error:
        log.error("storage_unavailable error=%r", str(error))
        detail = f"What the app keeps can't be read or written just now. {_UNKNOWN[asking]}"
        return problem_response(Problem(code="storage_unavailable", detail=detail), asking)
    except Exception:
        incident = secrets.token_hex(6)
        log.exception("internal_error incident=%s", incident)
        detail = f"An error of the app stopped this request; its log has it as incident {incident}. {_UNKNOWN[asking]}"
        return problem_response(Problem(code="internal_error", detail=detail), asking)


def problem_response(problem: Problem, asking: Asking, money: str | None = None) -> func.HttpResponse:
    """As `application/problem+json`, with `Retry-After` where waiting can help."""
    kind = PROBLEMS.get(problem.code, PROBLEMS["internal_error"])
    detail = f"{problem.detail} {kind.money if money is None else money}"
    body = {
        "type": f"urn:travel-concierge:problem:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": without_money(problem.detail) if asking == "read" else detail.rstrip(),
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
