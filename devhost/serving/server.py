"""The HTTP server: from aiohttp's requests to the plain values of `wire`, and on to the site of the path."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web

from devhost.auth import Access
from devhost.dashboard.site import DASHBOARD_PATH
from devhost.functions.binding import PUBLIC_PATH
from devhost.functions.http_functions import HttpFunctions
from devhost.functions.timers import TimerFunctions
from devhost.logs import log
from devhost.management.management import Management
from devhost.serving.guard import Guard
from devhost.serving.responses import respond
from devhost.wire.replies import WRONG_ARGUMENT, failure
from devhost.wire.wire import Incoming, Reply, json_reply

Answer = Callable[[Incoming], Awaitable[Reply]]
Refusal = Callable[[Incoming], Reply | None]
# Seconds that requests and activities get to end when the host stops.
GRACE = 2.0
LONGEST_HEADER = 32 * 1024
AnswerBelow = Callable[[Incoming, str], Awaitable[Reply]]
_HOME = Reply(200, [("Content-Type", "text/plain; charset=utf-8")], b"The function app is up and running.\n")


class _TooLarge(Exception):  # noqa: N818 - turned into a reply at once
    """A body that is longer than the limit."""


@dataclass(frozen=True)
class Sites:
    """The sites of the public port, and those of the loopback port for the SDK's client.

    `rpc_path` is the path of the SDK's base, which contains a secret when there are keys. `below_devhost` serves paths
    below /devhost: (prefix, site), the first that matches.
    """

    functions: HttpFunctions
    management: Management
    timers: TimerFunctions
    guard: Guard
    rpc_path: str
    access: Access
    below_devhost: Sequence[tuple[str, AnswerBelow]] = ()

    def refusal(self, incoming: Incoming) -> Reply | None:
        """Return the refusal of a request that a page of another origin may have sent."""
        is_app = self._own_site(incoming.path) is None
        opens_page = _below(incoming.path, DASHBOARD_PATH) in ("", "/")
        return self.guard.refusal(incoming, is_app=is_app, opens_page=opens_page)

    async def public(self, incoming: Incoming) -> Reply:
        """Answer a request to the public port: the management API on both bases, the host's sites, functions."""
        own = self._own_site(incoming.path)
        if own is not None:
            site, below = own
            return await site(incoming, below)
        cors = self.guard.cors
        preflight = cors.preflight(incoming)
        return preflight or cors.marked(await self._function(incoming), incoming)

    def _own_site(self, path: str) -> tuple[AnswerBelow, str] | None:
        """Return the host's own site for a path, and the path below it; None for a path of the app."""
        sites = [
            (self.rpc_path, self._rpc),
            (PUBLIC_PATH, self._api),
            ("/admin", self._admin),
            *self.below_devhost,
        ]
        for prefix, site in sites:
            below = _below(path, prefix)
            if below is not None:
                return site, below
        return None

    async def _rpc(self, incoming: Incoming, below: str) -> Reply:
        if not self.access.opens_rpc(incoming):
            return Reply(404)
        return await self.management.answer(incoming, below, rpc=True)

    async def _api(self, incoming: Incoming, below: str) -> Reply:
        if not self.access.opens_api(incoming):
            return Reply(401)
        return await self.management.answer(incoming, below, rpc=False)

    async def _function(self, incoming: Incoming) -> Reply:
        match = self.functions.find(incoming.method, incoming.path)
        if match is None:
            return _HOME if incoming.path == "/" and incoming.method == "GET" else Reply(404)
        function, values = match
        if not self.access.opens_function(function, incoming):
            return Reply(401)
        # Shielded: a function runs to its end even if its client has disconnected.
        return await asyncio.shield(self.functions.run(function, values, incoming))

    async def _admin(self, incoming: Incoming, below: str) -> Reply:
        """Answer with the host's state, or run a timer function outside its schedule."""
        if not self.access.opens_admin(incoming):
            return Reply(401)
        if (incoming.method, below.lower()) == ("GET", "/host/status"):
            return json_reply(200, '{"state": "Running"}')
        name = _below(below, "/functions")
        if incoming.method == "POST" and name and self.timers.run_now(unquote(name[1:])):
            return Reply(202)
        return Reply(404)

    async def rpc(self, incoming: Incoming) -> Reply:
        """Answer a request to the SDK's base; anything else like the extension's listener (`client_binding`)."""
        below = _below(incoming.path, self.rpc_path)
        if below is not None:
            return await self.management.answer(incoming, below, rpc=True)
        if incoming.path == "/":
            text = "startIndex cannot be larger than length of string. (Parameter 'startIndex')"
            return failure(400, WRONG_ARGUMENT, "System.ArgumentOutOfRangeException", text)
        return Reply(404)


async def serve(
    site: Answer,
    listener: socket.socket,
    body_limit: int,
    refusal: Refusal = lambda incoming: None,
    folder: Path | None = None,
) -> web.ServerRunner:
    """Serve on the socket until the runner's `cleanup`, which gives requests under way `GRACE` seconds.

    Bodies are passed on as they were sent, compressed or not; above `body_limit` bytes they are answered 413. The body
    of a request with a `refusal` is not read. A client that disconnects ends the wait for its answer. Large responses
    wait in files of `folder` until they are read.
    """

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        incoming = _incoming(request, listener)
        refused = refusal(incoming)
        if refused is not None:
            return await respond(request, refused)
        # Answered here, since aiohttp does it only in its own application class.
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = await _body(request, body_limit)
        except _TooLarge:
            return await respond(request, Reply(413))
        # Passed on without a name here, which would keep a large reply in memory until it is read.
        return await respond(request, await _answered(site, replace(incoming, body=body)), folder)

    server = web.Server(
        handle, access_log=None, handler_cancellation=True, auto_decompress=False, max_field_size=LONGEST_HEADER
    )
    runner = web.ServerRunner(server, shutdown_timeout=GRACE)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return runner


async def _answered(site: Answer, incoming: Incoming) -> Reply:
    """Return the site's reply, and log the request."""
    started = time.perf_counter()
    reply = await site(incoming)
    log.debug(
        "%s %s: %d, %.1f ms",
        incoming.method,
        incoming.target,
        reply.status,
        (time.perf_counter() - started) * 1000,
    )
    return reply


def _incoming(request: web.BaseRequest, listener: socket.socket) -> Incoming:
    """Return the request without its body."""
    address, port = request.get_extra_info("sockname", listener.getsockname())[:2]
    target = request.raw_path
    # A client may send an absolute URL in the request line.
    if "://" in target.partition("?")[0]:
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    return Incoming(
        request.method,
        "http://" + (request.headers.get("Host") or f"{address}:{port}"),
        target,
        [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in request.raw_headers],
        b"",
        request.remote or "",
        str(address),
    )


def _below(path: str, base: str) -> str | None:
    """Return the rest of a path below `base`, None when it is elsewhere; letter case does not matter."""
    if path.lower() == base.lower():
        return ""
    return path[len(base) :] if path.lower().startswith(base.lower() + "/") else None


async def _body(request: web.BaseRequest, limit: int) -> bytes:
    # RefusedCall before it is read; a body without a length is counted while it is read.
    if (request.content_length or 0) > limit:
        raise _TooLarge
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > limit:
            raise _TooLarge
        parts.append(part)
    return b"".join(parts)
