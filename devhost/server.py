"""The HTTP server: which path goes where, between aiohttp's requests and the plain values of `wire`."""

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from multidict import CIMultiDict

from devhost.binding import PUBLIC_PATH
from devhost.http_functions import HttpFunctions
from devhost.management import Management, failure
from devhost.wire import Incoming, Reply, json_reply

Answer = Callable[[Incoming], Awaitable[Reply]]


class _TooLarge(Exception):  # noqa: N818 - turned into a reply at once
    """The body is longer than the limit."""


@dataclass(frozen=True)
class Sites:
    """Answers the public port and, where the SDK's client goes, the loopback port.

    `rpc_path` is the path of the SDK's base, with its secret if there is one.
    """

    functions: HttpFunctions
    management: Management
    rpc_path: str

    async def public(self, incoming: Incoming) -> Reply:
        """Functions by their routes; the management API on both bases; the host's own pages."""
        if (below := _below(incoming.path, self.rpc_path)) is not None:
            return await self.management.answer(incoming, below, rpc=True)
        if (below := _below(incoming.path, PUBLIC_PATH)) is not None:
            return await self.management.answer(incoming, below, rpc=False)
        if incoming.path.lower() == "/admin/host/status" and incoming.method == "GET":
            return json_reply(200, '{"state": "Running"}')
        if (found := self.functions.find(incoming.method, incoming.path)) is not None:
            return await self.functions.run(*found, incoming)
        if incoming.path == "/" and incoming.method == "GET":
            return Reply(200, [("Content-Type", "text/plain; charset=utf-8")], b"The function app is up and running.\n")
        return Reply(404)

    async def rpc(self, incoming: Incoming) -> Reply:
        """The SDK's base alone. Anything else is answered as the extension's own listener does."""
        below = _below(incoming.path, self.rpc_path)
        if below is not None:
            return await self.management.answer(incoming, below, rpc=True)
        if incoming.path == "/":
            text = "startIndex cannot be larger than length of string. (Parameter 'startIndex')"
            return failure(
                400,
                "One or more of the arguments submitted is incorrect",
                "System.ArgumentOutOfRangeException",
                text,
            )
        return Reply(404)


async def serve(answer: Answer, listener: socket.socket, body_limit: int) -> web.ServerRunner:
    """Serve on the socket until the runner's `cleanup`; bodies above `body_limit` bytes are answered 413."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await _body(request, body_limit)
        except _TooLarge:
            return _response(Reply(413))
        host = request.headers.get("Host") or "{}:{}".format(*listener.getsockname()[:2])
        target = request.message.path
        if "://" in target.partition("?")[0]:
            target = "/" + target.split("://", 1)[1].partition("/")[2]
        headers = [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in request.raw_headers]
        incoming = Incoming(request.method, f"http://{host}", target, headers, body)
        return _response(await answer(incoming))

    runner = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=0.5)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return runner


def _below(path: str, base: str) -> str | None:
    """The path below `base`, None when it is elsewhere; letter case does not matter."""
    if path.lower() == base.lower():
        return ""
    return path[len(base) :] if path.lower().startswith(base.lower() + "/") else None


async def _body(request: web.BaseRequest, limit: int) -> bytes:
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
    return web.Response(status=reply.status, headers=CIMultiDict(reply.headers), body=reply.body)
