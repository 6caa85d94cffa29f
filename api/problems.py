"""Problems over HTTP (RFC 9457): what went wrong, what happened to the money, what to do next; never a stack trace.

Whatever a handler raises becomes one here: an `ApiProblem` as it is, a `SettingsError` as `misconfigured`, a
`StorageError` as `storage_unavailable`, a `DurableError` as `storage_unavailable`, anything else as `internal_error`
with an incident number that the log has too.
"""

import json
import logging
import secrets
from collections.abc import Awaitable

import azure.functions as func

from api.durable_port import DurableError
from domain.conversation import Problem
from domain.problems import PROBLEMS
from settings import SettingsError
from stores.errors import StorageError

log = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = 5
_PASSING = ("model_unavailable", "storage_unavailable", "provider_unavailable")
"""Problems that may be gone in a moment."""
_NOT_DONE = "Send the request again, a message with the same Idempotency-Key: nothing is booked or charged twice."


class ApiProblem(Exception):  # noqa: N818 - a problem is what the client is told, not always an error of ours
    """An answer that is a problem. `code` is one of `domain.problems`."""

    def __init__(self, code: str, detail: str, retry_after: int | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.problem = Problem(code=code, detail=detail, retry_after=retry_after)


async def answered(handler: Awaitable[func.HttpResponse]) -> func.HttpResponse:
    """What the handler returns, or its problem."""
    try:
        return await handler
    except ApiProblem as raised:
        return problem_response(raised.problem)
    except SettingsError as error:
        log.error("misconfigured setting=%r", str(error))
        detail = f"The app's settings are wrong, and its operator has to mend them. {error}"
        return problem_response(Problem(code="misconfigured", detail=detail))
    except (StorageError, DurableError) as error:
        log.error("storage_unavailable error=%r", str(error))
        detail = f"What the app keeps can't be read or written just now. {_NOT_DONE}"
        return problem_response(Problem(code="storage_unavailable", detail=detail))
    except Exception:
        incident = secrets.token_hex(6)
        log.exception("internal_error incident=%s", incident)
        detail = f"An error of the app stopped this request; its log has it as incident {incident}. {_NOT_DONE}"
        return problem_response(Problem(code="internal_error", detail=detail))


def problem_response(problem: Problem) -> func.HttpResponse:
    """As `application/problem+json`, with `Retry-After` where waiting can help."""
    kind = PROBLEMS.get(problem.code, PROBLEMS["internal_error"])
    body = {
        "type": f"urn:travel-concierge:problem:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"{problem.detail} {kind.money}".rstrip(),
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
