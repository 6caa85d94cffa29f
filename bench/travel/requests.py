"""A proxy in front of a table service that notes each request: its kind, its table and the rows it read or wrote."""

import json
import re
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote

from aiohttp import ClientSession, DummyCookieJar, web
from yarl import URL

from bench.processes import free_port

_HOP = ("connection", "content-length", "host", "keep-alive", "transfer-encoding")
"""Headers of one connection, which each side of the proxy sets itself."""
_WRITE = re.compile(rb"\r\n(?:POST|PUT|PATCH|MERGE|DELETE) \S*?://[^/]+/[^/]+/(\w+)")
"""The line of one write in a batch, with the name of its table."""
_PATH = re.compile(r"/[^/]+/(\w+)(?:\((.*)\))?")
"""The account, the table, and the names of a row."""


@dataclass(frozen=True)
class TableRequest:
    """One request and the number of rows it read or wrote. A `point` names its row, a `query` filters."""

    kind: Literal["point", "query", "write", "batch"]
    table: str
    status: int
    rows: int


@dataclass
class TableRequests:
    """The requests that went through the proxy. `endpoint` is its address."""

    endpoint: str = ""
    seen: list[TableRequest] = field(default_factory=list[TableRequest])


def rows_read(requests: Iterable[TableRequest]) -> int:
    """Return the number of rows that the service has returned."""
    return sum(request.rows for request in requests if request.kind in ("point", "query"))


@asynccontextmanager
async def counting_proxy(endpoint: str) -> AsyncGenerator[TableRequests]:
    """Pass all requests on to the service at `endpoint` and note them."""
    service, port = URL(endpoint), free_port()
    requests = TableRequests(str(service.with_port(port)))
    async with ClientSession(cookie_jar=DummyCookieJar(), auto_decompress=False) as session:

        async def pass_on(incoming: web.Request) -> web.Response:
            body = await incoming.read()
            headers = {name: text for name, text in incoming.headers.items() if name.lower() not in _HOP}
            # The path as it came, because the signature in a header is one of its very text.
            url = URL(f"{service.origin()}{incoming.raw_path}", encoded=True)
            async with session.request(incoming.method, url, headers=headers, data=body or None) as response:
                answer = await response.read()
                path = unquote(incoming.raw_path.partition("?")[0])
                requests.seen.append(noted(incoming.method, path, body, response.status, answer))
                kept = [(name, text) for name, text in response.headers.items() if name.lower() not in _HOP]
                return web.Response(status=response.status, body=answer, headers=kept)

        application = web.Application(client_max_size=16 * 2**20)
        application.router.add_route("*", "/{path:.*}", pass_on)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            yield requests
        finally:
            await runner.cleanup()


def noted(method: str, path: str, body: bytes, status: int, answer: bytes) -> TableRequest:
    """Return the note of a request by its path, without the question mark, and of its answer."""
    if path.endswith("/$batch"):
        tables = _WRITE.findall(body)
        return TableRequest("batch", tables[0].decode() if tables else "", status, len(tables))
    name = _PATH.fullmatch(path)
    table = name[1] if name else path
    if method != "GET":
        return TableRequest("write", table, status, 1)
    if name and name[2]:
        return TableRequest("point", table, status, int(status == 200))
    return TableRequest("query", table, status, len(json.loads(answer)["value"]) if status == 200 else 0)
