"""The difference between two actions of an orchestrator, in words that fit into one line."""

from typing import Any

Json = Any

_LONGEST_VALUE = 120
_KINDS = {
    0: "the activity",
    2: "the sub-orchestration",
    4: "continue-as-new",
    5: "a timer",
    6: "the event",
    7: "a call of an entity",
    8: "an HTTP call",
    9: "a signal to an entity",
    11: "the first of",
    12: "all of",
}
"""The SDK's types of actions."""


def change(recorded: Json, now: Json) -> str:
    """Return what became of an action: another one, or the first of its fields that differs."""
    before, after = _in_words(recorded), _in_words(now)
    if before != after:
        return f"recorded is {before}, now comes {after}"
    path, old, new = _first_change(recorded, now, "")
    return f"{before} had {path} {short(old)}, now {short(new)}"


def short(value: Json) -> str:
    """Return a value as text that does not hide the rest of the line."""
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _in_words(action: Json) -> str:
    match action:
        case None:
            return "nothing"
        case {"actionType": kind, "compoundActions": children}:
            return f"{_KINDS[kind]} ({', '.join(map(_in_words, children))})"
        case {"actionType": kind, "functionName": name} | {"actionType": kind, "externalEventName": name}:
            return f"{_KINDS[kind]} {name}"
        case _:
            return _KINDS[action["actionType"]]


def _first_change(old: Json, new: Json, path: str) -> tuple[str, Json, Json]:
    """Return the path to the first value that differs inside two actions, and both values."""
    match old, new:
        case dict(), dict():
            name = next(name for name in {**old, **new} if old.get(name) != new.get(name))
            return _first_change(old.get(name), new.get(name), f"{path}.{name}".lstrip("."))
        case list(), list() if len(old) == len(new):
            index = next(index for index, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1])
            return _first_change(old[index], new[index], f"{path}[{index}]")
        case _:
            return path, old, new
