"""Calls HTTP functions of the app without a host."""

import asyncio
import json
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

import azure.functions as func
from azure.functions.http import HttpRequest

from api.problems import RequestKind, answered

JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Answered:
    """A response, with its body parsed."""

    status: int
    headers: Mapping[str, str]
    mimetype: str
    body: Any

    @property
    def text(self) -> str:
        return json.dumps(self.body)


def request(
    body: bytes | Any = b"",
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
    **route: str,
) -> func.HttpRequest:
    """Make a request as the Functions worker does; anything but bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpRequest(
        method,
        "http://localhost/api/any",
        headers=JSON if headers is None else headers,
        params={},
        route_params=route,
        body_type="bytes",
        body=raw,
    )


def call(handler: Awaitable[func.HttpResponse], asking: RequestKind = "change") -> Answered:
    """Return the response of a handler, with whatever it raised made a problem."""
    return asyncio.run(call_async(handler, asking))


async def call_async(handler: Awaitable[func.HttpResponse], asking: RequestKind = "change") -> Answered:
    return answer_of(await answered(handler, asking))


def answer_of(response: func.HttpResponse) -> Answered:
    body = response.get_body()
    headers = dict(response.headers.items())
    return Answered(response.status_code, headers, response.mimetype, json.loads(body) if body else None)
