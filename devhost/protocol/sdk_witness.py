"""Watches how many ids the SDK gives out while it replays an orchestrator; it changes nothing.

The answer's list does not tell: a task that stands twice in a `task_all` is listed twice, and the host starts it
twice, but the SDK gives it one id. From there on each result goes to another task.
"""

from __future__ import annotations

import threading
from typing import Any

from azure.durable_functions.models import DurableOrchestrationContext

_thread = threading.local()


class Witness:
    """Entered around a call: the SDK's context that is made on this thread meanwhile is the witness's."""

    def __init__(self) -> None:
        self.context: Any = None

    def __enter__(self) -> Witness:
        _thread.witness = self
        return self

    def __exit__(self, *_: object) -> None:
        _thread.witness = None

    def ids_given(self) -> int | None:
        """None where no context of the SDK was made, or continue-as-new has put an end to its counting."""
        if self.context is None or self.context.will_continue_as_new:
            return None
        return self.context._sequence_number


def saw(context: DurableOrchestrationContext) -> None:
    """A context was made on this thread."""
    witness: Witness | None = getattr(_thread, "witness", None)
    if witness is not None:
        witness.context = context


def _from_json(cls: type[DurableOrchestrationContext], json_string: str) -> DurableOrchestrationContext:
    context = _original(cls, json_string)
    saw(context)
    return context


_original: Any = DurableOrchestrationContext.__dict__["from_json"].__func__
DurableOrchestrationContext.from_json = classmethod(_from_json)  # type: ignore[method-assign]
