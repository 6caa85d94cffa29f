"""One call of an entity function: the context that it is handed, and its answer as a typed value."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from azure.functions import EntityContext

from devhost.protocol.failure_texts import exception_text


@dataclass(frozen=True, slots=True)
class Signal:
    """What an entity sends to another one."""

    name: str
    key: str
    operation: str
    input: str | None


@dataclass(frozen=True, slots=True)
class EntityAnswer:
    """`state` is JSON text. `results` belong to the operations in order: JSON text, and whether it is an error's."""

    exists: bool
    state: str | None
    results: tuple[tuple[str, bool], ...]
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokenAnswer:
    """The function did not come to an answer that can be used; the text says why."""

    text: str


def call_entity(
    function: Callable[[Any], Any],
    name: str,
    key: str,
    exists: bool,
    state: str | None,
    requests: Sequence[dict[str, Any]],
) -> EntityAnswer | BrokenAnswer:
    """Run `function` (the SDK's wrapper) for the requests, in order. Never raises for what the app does."""
    context = {
        "self": {"name": name, "key": key},
        "exists": exists,
        "state": state,
        "batch": [_as_sent(request) for request in requests],
    }
    try:
        returned = function(EntityContext(json.dumps(context)))
        answer = json.loads(returned) if isinstance(returned, str) else returned
        return _parsed(answer, len(requests))
    except BaseException as error:  # SystemExit too: the host goes on
        return BrokenAnswer(f"The entity function broke: {exception_text(error)}.")


def _as_sent(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": request["op"],
        "input": request.get("input"),
        "isSignal": bool(request.get("signal")),
        "id": request["id"],
    }


def _parsed(answer: Any, size: int) -> EntityAnswer | BrokenAnswer:
    results = tuple((_text(r.get("result")), bool(r.get("isError"))) for r in answer["results"])
    if len(results) != size:
        return BrokenAnswer(f"The entity function gave {len(results)} results for {size} operations.")
    exists = bool(answer.get("entityExists"))
    signals = tuple(
        Signal(str(s["target"]["name"]), str(s["target"]["key"]), str(s["name"]), s.get("input"))
        for s in answer.get("signals") or ()
    )
    return EntityAnswer(exists, _text(answer.get("entityState")) if exists else "null", results, signals)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "null" if value is None else json.dumps(value)
