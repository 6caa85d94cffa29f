"""Limits of what one caller may ask for in a minute, and at once. Each minute begins anew; a repeat costs nothing."""

import secrets
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import azure.functions as func

from api.identity.caller import Caller
from api.problems import ApiProblem
from api.services import ApiServices
from domain.ids import address_bucket, request_mark
from settings import Settings

_MINUTE = 60
_MESSAGES = 20
"""Messages in a minute of a caller that has no function key, unless `RATE_CHAT_PER_MINUTE` says otherwise."""
_AT_ONCE = 4
"""Messages of such a caller that may be worked on at once, unless `RATE_TURNS_AT_ONCE` says otherwise."""
_CODES = 5
"""Codes for another device that a session may ask for in a minute. A code lives for ten."""
_TURN_SECONDS = 2
_FORWARDED = "x-forwarded-for"


def require_message(services: ApiServices, caller: Caller, key: str | None) -> None:
    """Count a message of the caller. `key` is its Idempotency-Key as it is stored. May block.

    Raise `ApiProblem` too_many_requests.
    """
    most = services.settings.rate_chat_per_minute
    # Whoever has a function key is trusted with as much as they like, until somebody sets a limit.
    if caller.owner is None and most is None:
        return
    # A repeat in a later minute. One in the same minute has the mark of the first.
    if key is not None and services.stores.conversations.knows_key(key):
        return
    _take(services, f"chat-{caller.owner}", key, most or _MESSAGES, "messages")


def require_session(services: ApiServices, request: func.HttpRequest) -> None:
    """Count a session that the sender of the request begins. May block. Raise `ApiProblem` too_many_requests."""
    secret = services.stores.conversations.installation_secret()
    bucket = address_bucket(secret, _address(request, services.settings))
    _take(services, f"sessions-{bucket}", None, services.settings.sessions_per_minute, "sessions")


def require_link(services: ApiServices, owner: str | None) -> None:
    """Count a code that the owner's session asks for. May block. Raise `ApiProblem` too_many_requests."""
    _take(services, f"links-{owner}", None, _CODES, "codes")


def turns_at_once(settings: Settings, caller: Caller) -> int | None:
    """Return the number of turns that the caller may have under way, None for any number."""
    default = None if caller.owner is None else _AT_ONCE
    return settings.rate_turns_at_once or default


def too_many_turns(most: int | None) -> ApiProblem:
    """Return the problem of a message that comes while so many others are worked on."""
    return ApiProblem(
        code="too_many_requests",
        detail=f"{most} of your messages are being worked on, and this is one more. Wait for one of them.",
        retry_after=_TURN_SECONDS,
    )


def minute_of(now: datetime) -> int:
    """Return the number of the minute."""
    return int(now.timestamp()) // _MINUTE


def _take(services: ApiServices, bucket: str, mark: str | None, most: int, what: str) -> None:
    now = services.clock()
    # Without a key no repeat can be recognised, so each request counts.
    counted = secrets.token_hex(8) if mark is None else request_mark(mark)
    if services.stores.limits.take(bucket, minute_of(now), counted, most):
        return
    raise ApiProblem(
        code="too_many_requests",
        detail=f"You may send {most} {what} in a minute, and this is one more.",
        retry_after=_MINUTE - int(now.timestamp()) % _MINUTE,
    )


def _address(request: func.HttpRequest, settings: Settings) -> str:
    """Return the client's address as Azure's front end tells it; elsewhere anybody could invent one, so all are one."""
    if settings.website_instance_id is None:
        return ""
    last = request.headers.get(_FORWARDED, "").rpartition(",")[2].strip()
    with suppress(ValueError):
        return str(ip_address(last))
    # With the port, which is another one for each connection.
    return str(urlsplit(f"//{last}").hostname)
