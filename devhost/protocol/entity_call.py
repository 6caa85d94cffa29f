"""One call of an entity function: the context that it gets, and its answer as a typed value."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from azure.functions import EntityContext

from devhost.protocol.failure_texts import exception_text


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal from one entity to another."""

    name: str
    key: str
    operation: str
    input: str | None


@dataclass(frozen=True, slots=True)
class EntityAnswer:
    """The answer of an entity function; `state` is JSON text.

    `results` belong to the operations, in order: each is JSON text, and whether it is an error's text.
    """

    exists: bool
    state: str | None
    results: tuple[tuple[str, bool], ...]
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokenAnswer:
    """The lack of a usable answer; the text says why.

    `reason`: the function is `unknown`, exceeded its `timeout`, or is `broken`: it raised or gave odd results.
    """

    text: str
    reason: Literal["unknown", "timeout", "broken"] = "broken"


@dataclass(frozen=True, slots=True)
class EntityCall:
    """The parts of the context for one batch: the entity with its `state`, and the `requests` in order."""

    name: str
    key: str
    exists: bool
    state: str | None
    requests: Sequence[dict[str, Any]]


def call_entity(function: Callable[[Any], Any], call: EntityCall) -> EntityAnswer | BrokenAnswer:
    """Run `function` (the SDK's wrapper) for the requests. Never raises for an error of the app."""
    context = {
        "self": {"name": call.name, "key": call.key},
        "exists": call.exists,
        "state": call.state,
        "batch": [_batch_item(request) for request in call.requests],
    }
    try:
        returned = function(EntityContext(json.dumps(context)))
        result = json.loads(returned) if isinstance(returned, str) else returned
        return _parsed(result, len(call.requests))
    except BaseException as error:  # SystemExit too: the host goes on
        return BrokenAnswer(f"The entity function failed outside its operations: {exception_text(error)}.")


def _batch_item(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": request["op"],
        "input": request.get("input"),
        "isSignal": bool(request.get("signal")),
        "id": request["id"],
    }


def _parsed(result: Any, size: int) -> EntityAnswer | BrokenAnswer:
    results = tuple((_text(r.get("result")), bool(r.get("isError"))) for r in result["results"])
    if len(results) != size:
        return BrokenAnswer(f"The entity function returned {len(results)} results for {size} operations.")
    exists = bool(result.get("entityExists"))
    signals = tuple(
        Signal(str(s["target"]["name"]), str(s["target"]["key"]), str(s["name"]), s.get("input"))
        for s in result.get("signals") or ()
    )
    return EntityAnswer(exists, _text(result.get("entityState")) if exists else "null", results, signals)


def _text(value: Any) -> str:
    if value is None:
        return "null"
    return value if isinstance(value, str) else json.dumps(value)
