"""Requests and responses as plain values, and JSON texts that are joined without being parsed."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

_UNPAIRED = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Incoming:
    """A request: `target` is the raw path with its query, `origin` scheme and host.

    `peer` is the client's address, `local_address` the one of this machine that it has connected to.
    """

    method: str
    origin: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    peer: str = ""
    local_address: str = "127.0.0.1"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """Return the first header of this name, which is in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def every_header(self, name: str) -> list[str]:
        """Return all headers of this name, which is in lower case."""
        return [value for key, value in self.headers if key.lower() == name]


@dataclass(frozen=True)
class Reply:
    """A response; headers may repeat. Without a body there is no Content-Type."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


def json_reply(status: int, text: str, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    """Make a reply with a JSON text."""
    # Halves of surrogate pairs cannot be encoded.
    body = text.encode("utf-8", "replace")
    return Reply(status, [("Content-Type", "application/json; charset=utf-8"), *headers], body)


def strict_loads(text: str) -> Any:
    """Parse JSON without Python's leniency. Raises ValueError, also for too deep nesting."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def dump(value: Any) -> str:
    """Return the value as JSON text, non-ASCII unescaped."""
    return json.dumps(value, ensure_ascii=False)


def compact(value: Any) -> str:
    """Return the value as JSON text without spaces, as the real host stores bodies (recording `raise_event_api`).

    Halves of surrogate pairs are replaced.
    """
    return _UNPAIRED.sub("\ufffd", json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def as_json(text: str | None) -> str:
    """Return the text if it is JSON, else the JSON string that holds it; `null` for None."""
    if text is None:
        return "null"
    try:
        strict_loads(text)
    except ValueError:
        return dump(text)
    return text


def json_object(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the JSON object of names and JSON texts."""
    return "{" + ", ".join(f"{dump(name)}: {text}" for name, text in pairs) + "}"


def json_array(texts: Iterable[str]) -> str:
    """Return the JSON array of JSON texts."""
    return "[" + ", ".join(texts) + "]"
