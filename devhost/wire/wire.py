"""Requests and responses as plain values between the server and what answers, and JSON texts put together unparsed."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

_UNPAIRED = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Incoming:
    """A request as it came: `target` is the raw path with its query, `origin` scheme and host, `peer` who asks."""

    method: str
    origin: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    peer: str = ""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True)
class Reply:
    """A response; headers may repeat. Without a body there is no Content-Type."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


def json_reply(status: int, text: str, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    """A reply with a JSON text."""
    body = text.encode("utf-8", "replace")
    return Reply(status, [("Content-Type", "application/json; charset=utf-8"), *headers], body)


def strict_loads(text: str) -> Any:
    """Parse JSON without Python's leniency. Raises ValueError, also for what is nested too deep."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def dump(value: Any) -> str:
    """The value as JSON text, non-ASCII unescaped."""
    return json.dumps(value, ensure_ascii=False)


def compact(value: Any) -> str:
    """The value as JSON text without spaces, as the real host stores what comes in; half characters are replaced."""
    return _UNPAIRED.sub("\ufffd", json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def as_json(text: str | None) -> str:
    """The text itself when it is JSON, else the JSON string that holds it; `null` for None."""
    if text is None:
        return "null"
    try:
        strict_loads(text)
    except ValueError:
        return dump(text)
    return text


def json_object(pairs: Iterable[tuple[str, str]]) -> str:
    """The JSON object of names and JSON texts."""
    return "{" + ", ".join(f"{dump(name)}: {text}" for name, text in pairs) + "}"


def json_array(texts: Iterable[str]) -> str:
    """The JSON array of JSON texts."""
    return "[" + ", ".join(texts) + "]"
