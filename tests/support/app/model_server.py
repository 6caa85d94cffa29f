"""A loopback server that speaks chat completions, so that tests drive the real client over the wire.

    with ModelServer() as server:
        server.enqueue(tool_calls(("book_flight", {"destination": "Oslo"})))
        settings = server.settings()

Answers are taken from the queue; when it is empty, `server.answer` (a callable) makes one from the request.
"""

import asyncio
import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from settings import Settings


@dataclass(frozen=True)
class ServedAnswer:
    """One scripted answer. `drop` closes the connection without any; `delay` holds it back, in seconds."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0
    drop: bool = False

    def delayed(self, seconds: float) -> "ServedAnswer":
        return ServedAnswer(self.body, self.status, self.headers, seconds, self.drop)


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def tools(self) -> list[str]:
        return [tool["function"]["name"] for tool in self.body.get("tools", [])]

    @property
    def last_text(self) -> str:
        return str(self.body["messages"][-1]["content"])


def completion(message: Mapping[str, Any], finish_reason: str = "stop") -> ServedAnswer:
    """A chat completion around one assistant message."""
    return ServedAnswer(
        json.dumps(
            {
                "id": "chatcmpl-loopback",
                "object": "chat.completion",
                "created": 1_700_000_000,
                "model": "loopback",
                "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        ).encode()
    )


def text(content: str, finish_reason: str = "stop") -> ServedAnswer:
    """The model says something."""
    return completion({"content": content}, finish_reason)


def tool_calls(*calls: tuple[str, Mapping[str, Any] | str], finish_reason: str = "tool_calls") -> ServedAnswer:
    """The model calls tools; arguments given as a string are sent as they are."""
    made = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for number, (name, given) in enumerate(calls)
    ]
    return completion({"content": None, "tool_calls": made}, finish_reason)


def refusal(words: str = "I can't assist with that.") -> ServedAnswer:
    """The model refuses in the field made for it."""
    return completion({"content": None, "refusal": words})


def failure(status: int, *, code: str | None = None, retry_after: str | None = None) -> ServedAnswer:
    """The service fails; its words hold things that no client of ours may see."""
    error = {
        "error": {"message": "internal: key sk-loopback-secret at http://inner.example", "code": code, "type": "x"}
    }
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return ServedAnswer(json.dumps(error).encode(), status, headers)


DROPPED = ServedAnswer(drop=True)


def _unscripted(_: Received) -> ServedAnswer:
    return text("Nothing is scripted.")


class ModelServer:
    """The server, on a port of its own in a thread of its own; leave the `with` block to stop it."""

    def __init__(self, answer: Callable[[Received], ServedAnswer] | None = None) -> None:
        self.answer = answer or _unscripted
        self.received: list[Received] = []
        self._queue: deque[ServedAnswer] = deque()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="model-server", daemon=True)
        self._port = 0

    @property
    def url(self) -> str:
        """Without a path: the endpoint for Azure; a compatible service has `/v1` after it."""
        return f"http://127.0.0.1:{self._port}"

    def enqueue(self, *answers: ServedAnswer) -> None:
        """Answer the next requests with these, in order."""
        self._queue.extend(answers)

    def environ(self) -> dict[str, str]:
        """The variables that point an app at this server."""
        return {"OPENAI_BASE_URL": f"{self.url}/v1", "OPENAI_API_KEY": "sk-loopback-secret", "OPENAI_MODEL": "loopback"}

    def settings(self, **changes: str) -> Settings:
        """Settings that point at this server."""
        return Settings.from_environ(self.environ() | changes)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the model server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()
        await asyncio.sleep(0)  # connections that were told to close do so in the loop's next round

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        received = Received(request.path, dict(request.query), dict(request.headers), await request.json())
        self.received.append(received)
        answer = self._queue.popleft() if self._queue else self.answer(received)
        if answer.delay:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), answer.delay)
        if answer.drop:
            if request.transport:
                request.transport.close()
            return web.Response()
        return web.Response(
            body=answer.body, status=answer.status, headers=dict(answer.headers), content_type="application/json"
        )
