"""HTTP triggers: find the function, build its request, run it, and turn its result into a response."""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import azure.functions as func
from azure.functions.http import HttpRequest

from devhost.functions.functions import AppError, Function, IndexedApp
from devhost.functions.invocation import Invoker, logged
from devhost.functions.routes import Route, RouteError
from devhost.logs import log, report_function
from devhost.wire.wire import Incoming, Reply

_UNSENDABLE = re.compile(r"[\r\n\0]")
# The server sets these by itself; two of them would contradict each other.
_HOP_BY_HOP = {"content-length", "transfer-encoding", "connection", "keep-alive"}


@dataclass(frozen=True)
class Endpoint:
    """An HTTP function with its route and methods; no methods means any."""

    function: Function
    route: Route
    methods: frozenset[str]


def http_endpoints(app: IndexedApp, prefix: str) -> tuple[Endpoint, ...]:
    """Return the app's HTTP functions in the order in which they are tried: by name.

    Raises AppError for a bad route.
    """
    return tuple(_endpoint(f, prefix) for f in app.functions if f.kind == "http" and not f.disabled)


def _endpoint(function: Function, prefix: str) -> Endpoint:
    # As on the real host, a route of blanks counts as none: the function's name stands in.
    template = str(function.trigger.get("route") or "").strip().lstrip("/") or function.name
    try:
        route = Route(f"{prefix}/{template}")
    except RouteError as error:
        raise AppError(f"{function.described}: the route '{template}' is not valid: {error}.") from None
    methods: Iterable[Any] = function.trigger.get("methods") or ()
    return Endpoint(function, route, frozenset(str(method).upper() for method in methods))


class HttpFunctions:
    """The app's HTTP functions, found by a request's method and path."""

    def __init__(self, endpoints: Sequence[Endpoint], invoker: Invoker) -> None:
        self._endpoints, self._invoker = endpoints, invoker

    def find(self, method: str, path: str) -> tuple[Function, dict[str, str]] | None:
        """Return the first function, by name, that matches route and method, with the route's values."""
        # No route is more specific than another: the first by name wins (docs/devhost/behaviour.md, section 1.5).
        for endpoint in self._endpoints:
            if endpoint.methods and method.upper() not in endpoint.methods:
                continue
            values = endpoint.route.match(path)
            if values is not None:
                return endpoint.function, values
        return None

    async def run(self, function: Function, values: Mapping[str, str], incoming: Incoming) -> Reply:
        """Run the function; an unhandled error is a 500 without a body, and its traceback goes to the log."""
        if function.unsupported is not None:
            text = f"The function '{function.name}' cannot run on this host, which does not support its "
            return refusal(f"{text}{function.unsupported}.")
        request = http_request(incoming, values)
        started, error = time.perf_counter(), None
        try:
            reply = http_reply(await self._invoker.invoke(function, request, request.headers))
        except Exception as raised:
            error = logged(raised)
            reply = Reply(500)
        seconds = time.perf_counter() - started
        report_function(f"Functions.{function.name}", seconds, error, f"http {reply.status}")
        return reply


def refusal(text: str) -> Reply:
    """Log why a function cannot run on this host, and return it as a response."""
    log.error("%s", text)
    return Reply(501, [("content-type", "text/plain; charset=utf-8")], text.encode())


def http_request(incoming: Incoming, values: Mapping[str, str]) -> HttpRequest:
    """Return the worker's request object (docs/devhost/behaviour.md, section 1.5).

    Header names are in lower case, repeated values joined, empty query values dropped.
    """
    return HttpRequest(
        method=incoming.method,
        url=incoming.origin + incoming.target,
        headers=_joined((name.lower(), value) for name, value in incoming.headers),
        params=_joined(parse_qsl(incoming.query)),
        route_params=values,
        body_type="bytes",
        body=incoming.body,
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the values by name, those of a repeated name joined by a comma."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: ",".join(parts) for name, parts in values.items()}


def http_reply(returned: Any) -> Reply:
    """Return the response of an HTTP function's return value. Raises TypeError or ValueError if it cannot be sent."""
    if isinstance(returned, str):
        return Reply(200, [("content-type", "text/plain; charset=utf-8")], returned.encode())
    if not isinstance(returned, func.HttpResponse):
        raise TypeError(
            f"an HTTP function must return an HttpResponse or a str, not {type(returned).__name__}; "
            "for JSON, return func.HttpResponse(json.dumps(...), mimetype='application/json')"
        )
    headers = [(name, value) for name, value in returned.headers.items() if name.lower() not in _HOP_BY_HOP]
    if all(name.lower() != "content-type" for name, _ in headers):
        is_text = returned.mimetype.startswith("text/")
        kind = f"{returned.mimetype}; charset={returned.charset}" if is_text else returned.mimetype
        headers.append(("content-type", kind))
    broken = [name for name, value in headers if _UNSENDABLE.search(name + str(value))]
    if broken:
        raise ValueError(f"the response's headers {broken} hold a line break or a NUL")
    status = int(returned.status_code)
    if not 200 <= status <= 999:
        raise ValueError(f"{status} is not a status of a response")
    return Reply(status, headers, returned.get_body())
