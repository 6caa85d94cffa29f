"""Handlers of the routes of a session: begin one, look at it, end it.

A session makes somebody who has not signed in a traveller with things of their own. A browser keeps its token as a
cookie, and any other client is given it once.
"""

import json
from datetime import datetime

import azure.functions as func
from pydantic import Field

from api.identity.caller import Caller, CallerKind, known_caller, traveller, traveller_of
from api.identity.cookies import kept_as_cookie, without_cookie
from api.identity.tokens import new_session, token_of
from api.json_body import fields_of, invalid
from api.limits import require_session
from api.problems import ApiProblem
from api.services import ApiServices
from api.shared_ledger import services_with_shared_ledger
from api.threads import in_thread
from domain.trip.outcomes import is_none
from domain.value import Value


class SessionView(Value):
    """The body of the responses: who the app takes the caller for.

    `ends` is when the session ends unless a later post renews it. `token` is given once.
    """

    kind: CallerKind
    operator: bool
    ends: datetime | None = Field(default=None, exclude_if=is_none)
    token: str | None = Field(default=None, exclude_if=is_none)


async def begin(request: func.HttpRequest) -> func.HttpResponse:
    """Return 201 with a new session, or 200 with what the caller is already. Raise `ApiProblem`."""
    services = services_with_shared_ledger()
    _require_sessions(services)
    wants_token = _wants_token(request)
    known = await known_caller(request, services)
    if known:
        return _response(known, 200)
    await in_thread(require_session, services, request)
    session = new_session(services.clock())
    caller = await in_thread(traveller_of, session, session.end(None), services)
    token = token_of(session, await in_thread(services.stores.sessions.signing_secret))
    if wants_token and "origin" not in request.headers:
        return _response(caller, 201, token)
    # A script of the page must not see the token, so a browser keeps it where scripts cannot look.
    response = _response(caller, 201)
    response.headers.update(kept_as_cookie(request, token))
    return response


async def look(request: func.HttpRequest) -> func.HttpResponse:
    """Return who the app takes the caller for. Raise `ApiProblem`."""
    return _response(await traveller(request, services_with_shared_ledger()), 200)


async def end(request: func.HttpRequest) -> func.HttpResponse:
    """End the caller's session, on every device. Return 204, also to a caller without one. Raise `ApiProblem`."""
    services = services_with_shared_ledger()
    caller = await traveller(request, services)
    if caller.session:
        await in_thread(services.stores.sessions.end, caller.session.id, services.clock())
    return func.HttpResponse(status_code=204, headers=without_cookie(request))


def _require_sessions(services: ApiServices) -> None:
    if services.settings.sessions == "off":
        raise ApiProblem("sessions_off", "This app begins no sessions: sign in, or send a function key of the app.")


def _wants_token(request: func.HttpRequest) -> bool:
    wants = fields_of(request, ("token",)).get("token", False)
    if not isinstance(wants, bool):
        raise invalid("The field token must be true or false.")
    return wants


def _response(caller: Caller, status: int, token: str | None = None) -> func.HttpResponse:
    view = SessionView(kind=caller.kind, operator=caller.is_operator, ends=caller.ends, token=token)
    # Whoever keeps responses must not keep a token.
    headers = {"Cache-Control": "no-store"}
    text = json.dumps(view.model_dump(mode="json"))
    return func.HttpResponse(text, status_code=status, mimetype="application/json", headers=headers)
