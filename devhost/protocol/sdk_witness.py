"""A count of the ids that the SDK assigns while it replays an orchestrator. The SDK itself works as before.

The answer's list does not show that number: a task that occurs twice in a `task_all` is listed twice, and the host
starts it twice, but the SDK gives it one id. From there on each result goes to another task.
"""

import threading
from collections.abc import Callable
from typing import Any

from azure.durable_functions.models import DurableOrchestrationContext

# Orchestrators may run on several threads at once, one on each.
_thread = threading.local()


class Witness:
    """Entered around a call; it keeps the SDK's context that is made on this thread meanwhile.

    `takes_state`: the caller takes a `SdkState` in place of the answer's text.
    """

    def __init__(self, *, takes_state: bool = False) -> None:
        self.takes_state = takes_state
        self.context: Any = None

    def __enter__(self) -> "Witness":
        _thread.witness = self
        return self

    def __exit__(self, *_: object) -> None:
        _thread.witness = None

    def ids_given(self) -> int | None:
        """Return the number of ids, None where no context was made, or where continue-as-new ended the counting."""
        if self.context is None or self.context.will_continue_as_new:
            return None
        return self.context._sequence_number


def note_context(context: DurableOrchestrationContext) -> None:
    """Pass a context that was made on this thread to the thread's witness."""
    witness: Witness | None = getattr(_thread, "witness", None)
    if witness is not None:
        witness.context = context


def takes_state() -> bool:
    """Return whether the caller of this thread's orchestrator takes a `SdkState`."""
    witness: Witness | None = getattr(_thread, "witness", None)
    return witness is not None and witness.takes_state


def install() -> None:
    """Make the SDK pass on each context that it parses. Does nothing the second time."""
    original: Callable[..., DurableOrchestrationContext] = DurableOrchestrationContext.__dict__["from_json"].__func__
    if getattr(original, "is_witnessed", False):
        return

    def from_json(cls: type[DurableOrchestrationContext], json_string: str) -> DurableOrchestrationContext:
        context = original(cls, json_string)
        note_context(context)
        return context

    from_json.is_witnessed = True  # type: ignore[attr-defined]
    DurableOrchestrationContext.from_json = classmethod(from_json)  # type: ignore[method-assign]
