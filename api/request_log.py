"""The log of HTTP requests: one line each, with the trip that it is about and the code of its problem.

The line has the route and not the address: an address may carry a key, and a path what a client made up.
"""

import json
import logging
import re
import time
from collections.abc import Awaitable, Mapping
from typing import Any

import azure.functions as func

from api.problems import RequestKind, answered
from domain.components import IN_BOOKING_ORDER
from domain.log_lines import log_line

log = logging.getLogger(__name__)

_SUFFIXES = "|".join(component.suffix for component in IN_BOOKING_ORDER)
_TRIP = re.compile(rf"(trip-[0-9a-f]{{32}})(?:-(?:{_SUFFIXES}))?")
"""The id of a trip or of its component; no other text of a client comes into the log."""
_MOST_TRIPS = 5
"""Trips of one turn that its line names."""


async def logged(
    request: func.HttpRequest, route: str, handler: Awaitable[func.HttpResponse], request_kind: RequestKind
) -> func.HttpResponse:
    """Return the handler's response, or the problem that it raised as a response, and log the request."""
    started = time.perf_counter()
    response = await answered(handler, request_kind)
    is_problem = response.mimetype == "application/problem+json"
    # Only these name what the line needs, and other bodies may be long.
    body = json.loads(response.get_body()) if is_problem or _is_turn(response, route) else {}
    line = log_line(
        "http_request",
        method=request.method,
        route=route,
        status=response.status_code,
        trip=_trip(request) or _trips_of_turn(body),
        problem=body["code"] if is_problem else None,
        ms=round((time.perf_counter() - started) * 1000),
    )
    log.log(logging.ERROR if response.status_code >= 500 else logging.INFO, "%s", line)
    return response


def _trip(request: func.HttpRequest) -> str | None:
    """Return the trip that the path or the query names, if it has the form of an id that the app gives."""
    route_params, params = request.route_params, request.params
    names = (route_params.get("id", ""), route_params.get("trip", ""), params.get("trip", ""))
    match = next(filter(None, map(_TRIP.fullmatch, names)), None)
    return match[1] if match else None


def _is_turn(response: func.HttpResponse, route: str) -> bool:
    # A forgotten conversation is answered without a body.
    return route.startswith("chat") and response.mimetype == "application/json"


def _trips_of_turn(body: Mapping[str, Any]) -> str:
    trips = [link["id"] for link in body.get("trips", ())]
    return ",".join(trips[:_MOST_TRIPS])
