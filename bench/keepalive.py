"""A small HTTP/1.1 client with kept-alive connections, the same for every column that is driven over HTTP."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

LONGEST_WAIT = 120.0


class StatusError(Exception):
    """A status that the bench did not expect, with its body."""


@dataclass(frozen=True)
class KeepAliveResponse:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class KeepAliveClient:
    """Client of one port of this machine, with as many connections as requests under way."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def request(
        self, method: str, path: str, value: Any = None, headers: dict[str, str] | None = None
    ) -> KeepAliveResponse:
        """Send `value` as JSON and return the response, whatever its status. Raise OSError."""
        connection = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = connection
        body = b"" if value is None else json.dumps(value).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}", f"Content-Length: {len(body)}"]
        if body:
            lines.append("Content-Type: application/json")
        lines += [f"{name}: {text}" for name, text in (headers or {}).items()]
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                response = await _read(reader)
        except BaseException:
            # Also after a cancellation: the rest of this response would be read as the next one.
            writer.close()
            raise
        self._idle.append(connection)
        return response

    async def ask(
        self, method: str, path: str, value: Any = None, headers: dict[str, str] | None = None
    ) -> KeepAliveResponse:
        """Send `value` as JSON and return the response. Raise StatusError for a status outside of 200 to 299."""
        response = await self.request(method, path, value, headers)
        if not 200 <= response.status < 300:
            raise StatusError(f"{method} {path}: {response.status} {response.body[:300].decode(errors='replace')}")
        return response

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


async def _read(reader: asyncio.StreamReader) -> KeepAliveResponse:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ", 2)[1])
        fields = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in head[1:])}
        if fields.get("transfer-encoding", "").lower() != "chunked":
            return KeepAliveResponse(status, await reader.readexactly(int(fields.get("content-length", "0"))))
        parts: list[bytes] = []
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readline()
        return KeepAliveResponse(status, b"".join(parts))
    except asyncio.IncompleteReadError as error:
        raise ConnectionResetError("the connection was closed in the middle of an answer") from error
