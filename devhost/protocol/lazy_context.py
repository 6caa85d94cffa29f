"""The context that an orchestrator function is called with."""

import json
from typing import Any

import azure.functions as func

from devhost.protocol.events import Event, EventType


class LazyContext(func.OrchestrationContext):
    """A context whose JSON text is written when it is first read; the SDK patches of this host never read it."""

    def __init__(self, parsed: dict[str, Any]) -> None:
        self._parsed = parsed
        self._text: str | None = None

    @property
    def body(self) -> str:
        if self._text is None:
            self._text = json.dumps(self._parsed)
        return self._text

    def as_parsed(self) -> dict[str, Any]:
        """Return the value that `body` parses to, without sharing mutable parts with the host's history."""
        history = [_copied(e) if e["EventType"] == EventType.EXECUTION_STARTED else e for e in self._history()]
        return {**self._parsed, "history": history}

    def _history(self) -> list[Event]:
        return self._parsed["history"]

    def __repr__(self) -> str:
        return f"<azure.OrchestrationContext body={self.body}>"

    def __str__(self) -> str:
        return self.body


def _copied(event: Event) -> Event:
    """Return a copy of an ExecutionStarted event; no other event has mutable parts."""
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in event.items()}
