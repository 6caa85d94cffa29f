"""Serve HTTP triggers: find the function, build its request, run it, turn what it returns into a response."""

import asyncio
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import azure.functions as func
from azure.functions.http import HttpRequest

from devhost.binding import Endpoints, client_binding
from devhost.context import Context
from devhost.loading import AppError, Function, IndexedApp
from devhost.logs import log, report_function
from devhost.routes import Route, RouteError
from devhost.wire import Incoming, Reply

_HOP_BY_HOP = {"content-length", "transfer-encoding", "connection", "keep-alive"}


@dataclass(frozen=True)
class Endpoint:
    """An HTTP function with the route and methods that lead to it; no methods means any."""

    function: Function
    route: Route
    methods: frozenset[str]


def http_endpoints(app: IndexedApp, prefix: str) -> tuple[Endpoint, ...]:
    """The app's HTTP functions in the order in which they are tried: by name. Raises AppError for a bad route."""
    return tuple(_endpoint(f, prefix) for f in app.functions if f.kind == "http" and not f.unsupported)


def _endpoint(function: Function, prefix: str) -> Endpoint:
    template = str(function.trigger.get("route") or "").lstrip("/")
    try:
        route = Route(f"{prefix}/{template}")
    except RouteError as error:
        raise AppError(f"Function '{function.name}': the route '{template}' is not valid: {error}.") from None
    methods: Iterable[Any] = function.trigger.get("methods") or ()
    return Endpoint(function, route, frozenset(str(method).upper() for method in methods))


class HttpFunctions:
    """Runs the HTTP functions: async ones on `user_loop`, sync ones on `threads`."""

    def __init__(
        self,
        app: IndexedApp,
        endpoints: Sequence[Endpoint],
        client: Endpoints,
        user_loop: asyncio.AbstractEventLoop,
        threads: ThreadPoolExecutor,
        timeout: float | None,
    ) -> None:
        self._app, self._endpoints, self._client = app, endpoints, client
        self._user_loop, self._threads, self._timeout = user_loop, threads, timeout

    def find(self, method: str, path: str) -> tuple[Function, dict[str, str]] | None:
        """The first function, by name, whose route and methods fit, with the route's values."""
        for endpoint in self._endpoints:
            if endpoint.methods and method.upper() not in endpoint.methods:
                continue
            values = endpoint.route.match(path)
            if values is not None:
                return None if endpoint.function.disabled else (endpoint.function, values)
        return None

    async def run(self, function: Function, values: Mapping[str, str], incoming: Incoming) -> Reply:
        """Run the function; an unhandled error is a 500 with no body, with the traceback in the log."""
        request = http_request(incoming, values)
        context = Context(function.name, self._app.root, request.headers)
        arguments: dict[str, Any] = {function.trigger_parameter: request}
        for binding in function.client_bindings:
            arguments[binding.parameter] = client_binding(self._client, binding)
        if function.wants_context:
            arguments["context"] = context
        started, error = time.perf_counter(), None
        limit = asyncio.timeout(self._timeout)
        try:
            async with limit:
                reply = http_reply(await self._call(function, context, arguments))
        except Exception as raised:
            error = _timeout_text(self._timeout, function) if limit.expired() else _text(raised)
            reply = Reply(500)
        seconds = time.perf_counter() - started
        report_function(f"Functions.{function.name}", seconds, error, f"http {reply.status}")
        return reply

    async def _call(self, function: Function, context: Context, arguments: Mapping[str, Any]) -> Any:
        call = partial(function.user_function, **arguments)
        if function.is_async:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(), self._user_loop))

        def in_thread() -> Any:
            context.enter_thread()
            return call()

        return await asyncio.get_running_loop().run_in_executor(self._threads, in_thread)


def http_request(incoming: Incoming, values: Mapping[str, str]) -> HttpRequest:
    """The worker's request object: names in lower case, repeated values joined, empty query values dropped."""
    headers: dict[str, str] = {}
    for name, value in incoming.headers:
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    params: dict[str, str] = {}
    for name, value in parse_qsl(incoming.query):
        params[name] = f"{params[name]},{value}" if name in params else value
    return HttpRequest(
        method=incoming.method,
        url=incoming.origin + incoming.target,
        headers=headers,
        params=params,
        route_params=values,
        body_type="bytes",
        body=incoming.body,
    )


def http_reply(returned: Any) -> Reply:
    """What an HTTP function's return value says. Raises TypeError for what the worker cannot send."""
    if isinstance(returned, str):
        return Reply(200, [("content-type", "text/plain; charset=utf-8")], returned.encode())
    if not isinstance(returned, func.HttpResponse):
        raise TypeError(
            f"an HTTP function must return an HttpResponse or a str, not {type(returned).__name__}; "
            "for JSON, return func.HttpResponse(json.dumps(...), mimetype='application/json')"
        )
    headers = [(name, value) for name, value in returned.headers.items() if name.lower() not in _HOP_BY_HOP]
    if all(name.lower() != "content-type" for name, _ in headers):
        text = returned.mimetype.startswith("text/")
        kind = f"{returned.mimetype}; charset={returned.charset}" if text else returned.mimetype
        headers.append(("content-type", kind))
    return Reply(int(returned.status_code), headers, returned.get_body())


def _timeout_text(seconds: float | None, function: Function) -> str:
    whole = int(seconds or 0)
    span = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"Timeout value of {span} was exceeded by function: Functions.{function.name}"


def _text(error: Exception) -> str:
    log.error("".join(traceback.format_exception(error)).rstrip())
    return f"{type(error).__name__}: {error}"
