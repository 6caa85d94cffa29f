"""The outcome of an instance: the kind of result that the app itself names, for people who look for one kind."""

import json
from collections.abc import Sequence
from typing import Any

from devhost.hub.records import TERMINAL

# Characters. A longer text holds data, and reading it would hold up the engine.
_LONGEST_JSON = 100_000
_LONGEST_OUTCOME = 60
_ITSELF = ""
_OF_OUTPUT = ("status", "state")
_OF_CUSTOM_STATUS = (_ITSELF, "status", "state", "step")


def outcome_of(status: str, output: str | None, custom_status: str | None) -> str:
    """Return the outcome, empty if the app names none.

    It is the text under `status` or `state` in the output of an instance that has ended, or else the custom status,
    if that is a text or holds one under `status`, `state` or `step`.
    """
    outcome = _named(output, _OF_OUTPUT) if status in TERMINAL else ""
    return outcome or _named(custom_status, _OF_CUSTOM_STATUS)


def _named(text: str | None, keys: Sequence[str]) -> str:
    value = _parsed(text or "")
    values = value if isinstance(value, dict) else {_ITSELF: value}
    texts = [value for value in map(values.get, keys) if isinstance(value, str)]
    # In one line, as a list of instances shows it.
    return " ".join("".join(texts[:1]).split())[:_LONGEST_OUTCOME]


def _parsed(text: str) -> Any:
    if text[:1] not in ("{", '"') or len(text) > _LONGEST_JSON:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
