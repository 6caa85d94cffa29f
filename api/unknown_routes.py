"""Answers to requests for which the API has no route: 404, or 405 with the methods of the route."""

import re

import azure.functions as func

from api.problems import ApiProblem

ANY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

METHODS = {
    "approvals/{quote}": ("POST",),
    "chat": ("POST",),
    "chat/{conversation_id}": ("DELETE",),
    "chat/{conversation_id}/turns/{turn}": ("GET",),
    "health": ("GET",),
    "operations/attention": ("GET",),
    "operations/attention/{trip}/items/{item}": ("POST",),
    "operations/ledger": ("GET",),
    "problems": ("GET",),
    "quotes": ("POST",),
    "quotes/{id}": ("GET",),
    "session": ("POST", "GET", "DELETE"),
    "travel-status/{id}": ("GET",),
    "trips/{id}/answer": ("POST",),
    "trips/{id}/cancel": ("DELETE",),
    "trips/{id}/cancel-terms": ("GET",),
    "trips/{id}/itinerary.ics": ("GET",),
    "trips/{id}/modify": ("PUT",),
    "trips/{id}/modify-terms": ("GET",),
}
"""The methods of each route. The host tells a function nothing of the others; a test holds the table."""


async def refuse(request: func.HttpRequest) -> func.HttpResponse:
    """Raise `ApiProblem`: `route_not_found`, or `method_not_allowed` where the path is a route of another method."""
    path = request.route_params.get("path") or ""
    for route, methods in METHODS.items():
        if _pattern(route).fullmatch(path.strip("/")):
            allowed = ", ".join(methods)
            raise ApiProblem(
                "method_not_allowed",
                f"This address takes {allowed}, not {request.method}.",
                headers={"Allow": allowed},
            )
    raise ApiProblem("route_not_found", "The API has no such address. docs/api.md lists the addresses that there are.")


def _pattern(route: str) -> re.Pattern[str]:
    # Routes are matched without regard to case, as the host does.
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route)), re.IGNORECASE)
