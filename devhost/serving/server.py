"""The HTTP server: from aiohttp's requests to the plain values of `wire`, and on to the site of the path."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from ipaddress import ip_address
from urllib.parse import unquote

from aiohttp import web
from multidict import CIMultiDict

from devhost.auth import Keys
from devhost.functions.binding import PUBLIC_PATH
from devhost.functions.http_functions import HttpFunctions
from devhost.functions.timers import TimerFunctions
from devhost.logs import log
from devhost.management.management import Management
from devhost.wire.replies import WRONG_ARGUMENT, failure
from devhost.wire.wire import Incoming, Reply, json_reply

Answer = Callable[[Incoming], Awaitable[Reply]]
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

    `rpc_path` is the path of the SDK's base, which contains a secret when there are keys. Without `keys` everybody
    may do everything. `below_devhost` serves paths below /devhost: (prefix, site), the first that matches.
    """

    functions: HttpFunctions
    management: Management
    timers: TimerFunctions
    rpc_path: str
    keys: Keys | None = None
    below_devhost: Sequence[tuple[str, AnswerBelow]] = ()

    async def public(self, incoming: Incoming) -> Reply:
        """Answer a request to the public port: the management API on both bases, the host's sites, functions."""
        path = incoming.path
        below = _below(path, self.rpc_path)
        if below is not None:
            # The SDK's base needs no key, so with keys it serves this machine only.
            if self.keys is not None and not _is_loopback(incoming.peer):
                return Reply(404)
            return await self.management.answer(incoming, below, rpc=True)
        below = _below(path, PUBLIC_PATH)
        if below is not None:
            if self.keys is not None and not self.keys.opens_api(incoming):
                return Reply(401)
            return await self.management.answer(incoming, below, rpc=False)
        if _below(path, "/admin") is not None:
            return self._admin(incoming)
        for prefix, site in self.below_devhost:
            below = _below(path, prefix)
            if below is not None:
                return await site(incoming, below)
        return await self._function(incoming)

    async def _function(self, incoming: Incoming) -> Reply:
        match = self.functions.find(incoming.method, incoming.path)
        if match is None:
            return _HOME if incoming.path == "/" and incoming.method == "GET" else Reply(404)
        function, values = match
        if self.keys is not None and not self.keys.opens_function(function, incoming):
            return Reply(401)
        # Shielded: a function runs to its end even if its client has disconnected.
        return await asyncio.shield(self.functions.run(function, values, incoming))

    def _admin(self, incoming: Incoming) -> Reply:
        """Answer with the host's state, or run a timer function outside its schedule."""
        if self.keys is not None and not self.keys.opens_admin(incoming):
            return Reply(401)
        if incoming.method == "GET" and incoming.path.lower() == "/admin/host/status":
            return json_reply(200, '{"state": "Running"}')
        name = _below(incoming.path, "/admin/functions")
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


async def serve(site: Answer, listener: socket.socket, body_limit: int) -> web.ServerRunner:
    """Serve on the socket until the runner's `cleanup`, which gives requests under way `GRACE` seconds.

    Bodies are passed on as they were sent, compressed or not; above `body_limit` bytes they are answered 413. A client
    that disconnects ends the wait for its answer.
    """

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        # Answered here, since aiohttp does it only in its own application class.
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = await _body(request, body_limit)
        except _TooLarge:
            return _response(Reply(413))
        host = request.headers.get("Host") or "{}:{}".format(*listener.getsockname()[:2])
        target = request.raw_path
        # A client may send an absolute URL in the request line.
        if "://" in target.partition("?")[0]:
            target = "/" + target.split("://", 1)[1].partition("/")[2]
        headers = [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in request.raw_headers]
        peer = request.remote or ""
        incoming = Incoming(
            request.method,
            f"http://{host}",
            target,
            headers,
            body,
            peer,
        )
        started = time.perf_counter()
        reply = await site(incoming)
        log.debug(
            "%s %s: %d, %.1f ms",
            incoming.method,
            target,
            reply.status,
            (time.perf_counter() - started) * 1000,
        )
        return _response(reply)

    server = web.Server(
        handle, access_log=None, handler_cancellation=True, auto_decompress=False, max_field_size=LONGEST_HEADER
    )
    runner = web.ServerRunner(server, shutdown_timeout=GRACE)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return runner


def _below(path: str, base: str) -> str | None:
    """Return the rest of a path below `base`, None when it is elsewhere; letter case does not matter."""
    if path.lower() == base.lower():
        return ""
    return path[len(base) :] if path.lower().startswith(base.lower() + "/") else None


def _is_loopback(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False


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


def _response(reply: Reply) -> web.Response:
    """Make the response, with date and server first, as the real host sends them."""
    headers = CIMultiDict([("Date", formatdate(usegmt=True)), ("Server", "devhost"), *reply.headers])
    return web.Response(status=reply.status, headers=headers, body=reply.body)
