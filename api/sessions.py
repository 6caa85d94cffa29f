"""Handlers of the routes of a session: begin one or join it, look at it, end it, ask for a code that joins a device.

A session makes somebody who has not signed in a traveller with things of their own. A browser keeps its token as a
cookie, and any other client is given it once.
"""

import json
from datetime import datetime

import azure.functions as func
from pydantic import Field

from api.identity.adoption import adopt_session
from api.identity.caller import Caller, CallerKind, known_caller, traveller, traveller_of
from api.identity.cookies import kept_as_cookie, sent_cookie, without_cookie
from api.identity.ending import end_session, is_open
from api.identity.links import new_code, take_code
from api.identity.tokens import Session, new_session, token_of
from api.json_body import fields_of, invalid
from api.limits import require_link, require_session
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


class LinkView(Value):
    """The body of the response with a code, which is sent once."""

    code: str
    expires: datetime


async def begin(request: func.HttpRequest) -> func.HttpResponse:
    """Return 201 with a session, or 200 with what the caller is already. Raise `ApiProblem`.

    A code joins the caller to the session of another device. A principal adopts the session that it had before.
    """
    services = services_with_shared_ledger()
    _require_sessions(services)
    wants_token, code = _wishes(request)
    caller = await known_caller(request, services)
    if code is not None:
        return await _join(request, services, caller, code, wants_token=wants_token)
    if caller:
        return await _kept(request, services, caller)
    await in_thread(require_session, services, request)
    return await _given(request, services, new_session(services.clock()), wants_token=wants_token)


async def _join(
    request: func.HttpRequest, services: ApiServices, caller: Caller | None, code: str, *, wants_token: bool
) -> func.HttpResponse:
    if caller and caller.session is None:
        raise invalid("A code is for a device that has neither signed in nor a function key.")
    # Each guess counts as a session of the sender's address.
    await in_thread(require_session, services, request)
    session = await in_thread(take_code, services, code)
    if session is None or not await in_thread(is_open, services, session):
        raise ApiProblem("invalid_code", "This code is wrong, was used, or is older than ten minutes. Ask for another.")
    return await _given(request, services, session, wants_token=wants_token)


async def _kept(request: func.HttpRequest, services: ApiServices, caller: Caller) -> func.HttpResponse:
    response = _response(caller, 200)
    if caller.kind == "principal" and await in_thread(adopt_session, request, services, caller):
        response.headers.update(without_cookie(request))
    return response


async def _given(
    request: func.HttpRequest, services: ApiServices, session: Session, *, wants_token: bool
) -> func.HttpResponse:
    """Return 201 with the session's token, in the body or as a cookie."""
    state = await in_thread(services.stores.sessions.state, session.id)
    caller = await in_thread(traveller_of, session, session.end(state), services)
    token = token_of(session, await in_thread(services.stores.sessions.signing_secret))
    if wants_token and not _is_of_browser(request):
        return _response(caller, 201, token)
    # A script of the page must not see the token, so a browser keeps it where scripts cannot look.
    response = _response(caller, 201)
    response.headers.update(kept_as_cookie(request, token))
    return response


async def link(request: func.HttpRequest) -> func.HttpResponse:
    """Return 201 with a code that joins another device to the caller's session. Raise `ApiProblem`."""
    services = services_with_shared_ledger()
    caller = await traveller(request, services)
    if caller.session is None:
        raise ApiProblem("session_needed", "Only a session is joined by a code: sign in on the other device too.")
    await in_thread(require_link, services, caller.owner)
    code, kept = await in_thread(new_code, services, caller.session)
    return _fresh(LinkView(code=code, expires=kept.expires), 201)


async def look(request: func.HttpRequest) -> func.HttpResponse:
    """Return who the app takes the caller for. Raise `ApiProblem`."""
    return _response(await traveller(request, services_with_shared_ledger()), 200)


async def end(request: func.HttpRequest) -> func.HttpResponse:
    """End the caller's session, on every device. Return 204, also to a caller without one. Raise `ApiProblem`."""
    services = services_with_shared_ledger()
    caller = await traveller(request, services)
    await in_thread(end_session, services, caller)
    return func.HttpResponse(status_code=204, headers=without_cookie(request))


def _require_sessions(services: ApiServices) -> None:
    if services.settings.sessions == "off":
        raise ApiProblem("sessions_off", "This app begins no sessions: sign in, or send a function key of the app.")


def _wishes(request: func.HttpRequest) -> tuple[bool, str | None]:
    """Return whether the body asks for the token, and the code that it has. Raise `ApiProblem`."""
    fields = fields_of(request, ("token", "code"))
    wants_token, code = fields.get("token", False), fields.get("code")
    if not isinstance(wants_token, bool):
        raise invalid("The field token must be true or false.")
    if not isinstance(code, str | None):
        raise invalid("The field code must be a string, as in ABCDE-FGHJK.")
    return wants_token, code


def _is_of_browser(request: func.HttpRequest) -> bool:
    return "origin" in request.headers or sent_cookie(request) is not None


def _response(caller: Caller, status: int, token: str | None = None) -> func.HttpResponse:
    return _fresh(SessionView(kind=caller.kind, operator=caller.is_operator, ends=caller.ends, token=token), status)


def _fresh(view: Value, status: int) -> func.HttpResponse:
    # Whoever keeps responses must not keep a token or a code.
    headers = {"Cache-Control": "no-store"}
    text = json.dumps(view.model_dump(mode="json"))
    return func.HttpResponse(text, status_code=status, mimetype="application/json", headers=headers)
