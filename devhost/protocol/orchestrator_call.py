"""One call of an orchestrator function: the context that it is handed, and its answer as a typed value."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from devhost.protocol import answers, sdk_witness
from devhost.protocol.answers import Failure, OrchestratorAnswer
from devhost.protocol.events import Event, EventType
from devhost.protocol.failure_texts import child_details, exception_text, frames, orchestrator_failure
from devhost.protocol.lazy_context import LazyContext

__all__ = ["CallSettings", "Failure", "OrchestratorAnswer", "as_seen_now", "call_orchestrator", "timed_out"]

_CAME_IN = frozenset(
    {
        EventType.EXECUTION_STARTED,
        EventType.EXECUTION_TERMINATED,
        EventType.TASK_COMPLETED,
        EventType.TASK_FAILED,
        EventType.CHILD_COMPLETED,
        EventType.CHILD_FAILED,
        EventType.TIMER_FIRED,
        EventType.EVENT_RAISED,
        EventType.SUSPENDED,
        EventType.RESUMED,
    }
)


@dataclass(frozen=True, slots=True)
class CallSettings:
    """The parts of a context that are the same for every orchestrator of a host."""

    http_async_sleep_ms: int = 30_000


def call_orchestrator(
    function: Callable[[Any], Any],
    name: str,
    instance_id: str,
    parent_instance_id: str | None,
    stored_input: str | None,
    history: Sequence[Event],
    settings: CallSettings,
) -> OrchestratorAnswer:
    """Run `function` (the SDK's wrapper) over the whole history, which ends with this turn's new events.

    `name` is the function's name as failure texts show it. `stored_input` is ExecutionStarted's `Input`.
    Never raises for what the app does: that is a `failure` of the answer.
    """
    context = {
        "history": as_seen_now(history),
        "input": None if stored_input is None else json.loads(stored_input),
        "instanceId": instance_id,
        "isReplaying": _turn(history) > 0,
        "parentInstanceId": parent_instance_id,
        "upperSchemaVersion": 1,
        "upperSchemaVersionNew": 3,
        "defaultHttpAsyncRequestSleepTimeMillseconds": settings.http_async_sleep_ms,
        "longRunningTimerIntervalDuration": "3.00:00:00",
        "maximumShortTimerDuration": "6.00:00:00",
    }
    with sdk_witness.Witness() as witness:
        try:
            returned = function(LazyContext(context))
        except BaseException as error:  # sys.exit() in an orchestrator must not end the host's thread
            return answers.from_error(name, exception_text(error), frames(error), witness.ids_given())
        return answers.from_returned(name, returned, witness.ids_given())


def timed_out(name: str, text: str) -> OrchestratorAnswer:
    """The answer in place of one that did not come in time; `text` is the real host's."""
    failure = Failure(orchestrator_failure(name, text), child_details(text))
    return OrchestratorAnswer((), False, failure=failure, schedules=False)


def as_seen_now(history: Sequence[Event]) -> list[Event]:
    """The history with `IsPlayed` set on what came in with an earlier turn."""
    turn = _turn(history)
    earlier = [{**e, "IsPlayed": True} if e["EventType"] in _CAME_IN else e for e in history[:turn]]
    return [*earlier, *history[turn:]]


def _turn(history: Sequence[Event]) -> int:
    """Where the latest turn begins."""
    turn = len(history) - 1
    while history[turn]["EventType"] != EventType.ORCHESTRATOR_STARTED:
        turn -= 1
    return turn
