"""Limits of what one caller may ask for in a minute. Each minute begins anew, and a repeat costs nothing."""

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
