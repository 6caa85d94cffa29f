"""A loopback server that speaks chat completions, so that tests drive the real client over the wire.

    with ModelServer() as server:
        server.enqueue(tool_calls(("book_flight", {"destination": "Oslo"})))
        settings = server.settings()

Answers are taken from the queue; when it is empty, `server.answer` (a callable) makes one from the request.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from settings import Settings
from support.loopback import LoopbackReply, LoopbackRequest, serving


@dataclass(frozen=True)
class ServedAnswer:
    """One scripted answer. `drop` closes the connection without any; `delay` holds it back, in seconds."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0
    drop: bool = False

    def delayed(self, seconds: float) -> "ServedAnswer":
        return replace(self, delay=seconds)


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    query: Mapping[str, str]
    headers: Message
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
    """Answer with a text."""
    return completion({"content": content}, finish_reason)


def tool_calls(*calls: tuple[str, Mapping[str, Any] | str], finish_reason: str = "tool_calls") -> ServedAnswer:
    """Answer with calls of tools; arguments that are a string are sent unchanged."""
    made = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)},
        }
        for number, (name, arguments) in enumerate(calls)
    ]
    return completion({"content": None, "tool_calls": made}, finish_reason)


def refusal(words: str = "I can't assist with that.") -> ServedAnswer:
    """Refuse in the field made for it."""
    return completion({"content": None, "refusal": words})


def failure(status: int, *, code: str | None = None, retry_after: str | None = None) -> ServedAnswer:
    """Fail as the service does, with words in it that no client of ours may see."""
    error = {
        "error": {"message": "internal: key sk-loopback-secret at http://inner.example", "code": code, "type": "x"}
    }
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return ServedAnswer(json.dumps(error).encode(), status, headers)


DROPPED = ServedAnswer(drop=True)


class ModelServer:
    """The server; leave the `with` block to stop it."""

    def __init__(self) -> None:
        self.answer: Callable[[Received], ServedAnswer] = lambda _: text("Nothing is scripted.")
        self.received: list[Received] = []
        self.url = ""
        """The endpoint for Azure; a compatible service has `/v1` after it."""
        self._queue: deque[ServedAnswer] = deque()
        self._stop = threading.Event()
        self._running = ExitStack()

    def enqueue(self, *answers: ServedAnswer) -> None:
        """Answer the next requests with these, in order."""
        self._queue.extend(answers)

    def environ(self) -> dict[str, str]:
        """Return the variables that point an app at this server."""
        return {"OPENAI_BASE_URL": f"{self.url}/v1", "OPENAI_API_KEY": "sk-loopback-secret", "OPENAI_MODEL": "loopback"}

    def settings(self, **changes: str) -> Settings:
        """Return settings that point at this server."""
        return Settings.from_environ(self.environ() | changes)

    def __enter__(self) -> Self:
        self.url = self._running.enter_context(serving(self._answer))
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._running.close()

    def _answer(self, request: LoopbackRequest) -> LoopbackReply | None:
        url = urlsplit(request.path)
        received = Received(url.path, dict(parse_qsl(url.query)), request.headers, json.loads(request.body))
        self.received.append(received)
        reply = self._queue.popleft() if self._queue else self.answer(received)
        # The end of a test does not wait for an answer that is held back.
        self._stop.wait(reply.delay)
        if reply.drop:
            return None
        return LoopbackReply(reply.status, reply.body, {"Content-Type": "application/json", **reply.headers})
