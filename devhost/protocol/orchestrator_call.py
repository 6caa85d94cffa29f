"""One call of an orchestrator function: the context that it gets, and its answer as a typed value."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from devhost.protocol import answers, sdk_speed, sdk_witness
from devhost.protocol.answers import Failure, OrchestratorAnswer
from devhost.protocol.events import Event, EventType
from devhost.protocol.failure_texts import child_details, exception_text, frames, orchestrator_failure
from devhost.protocol.lazy_context import LazyContext

_INCOMING = frozenset(
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


@dataclass(frozen=True, slots=True)
class OrchestratorCall:
    """The parts of a context that belong to one episode.

    `name` is the function's name as failure texts show it. `stored_input` is the `Input` of ExecutionStarted.
    `history` is the whole history, which ends with this episode's new events.
    """

    name: str
    instance_id: str
    parent_instance_id: str | None
    stored_input: str | None
    history: Sequence[Event]


def call_orchestrator(
    function: Callable[[Any], Any], call: OrchestratorCall, settings: CallSettings
) -> OrchestratorAnswer:
    """Run `function` (the SDK's wrapper) over the history.

    Never raises for an error of the app: it becomes the answer's `failure`. The context has exactly the real host's
    keys (docs/devhost/behaviour.md, section 3.1).
    """
    context = {
        "history": as_replayed(call.history),
        "input": None if call.stored_input is None else json.loads(call.stored_input),
        "instanceId": call.instance_id,
        "isReplaying": _episode_start(call.history) > 0,
        "parentInstanceId": call.parent_instance_id,
        # As on the real host: the SDK takes the larger version that it knows.
        "upperSchemaVersion": 1,
        "upperSchemaVersionNew": 3,
        "defaultHttpAsyncRequestSleepTimeMillseconds": settings.http_async_sleep_ms,
        "longRunningTimerIntervalDuration": "3.00:00:00",
        "maximumShortTimerDuration": "6.00:00:00",
    }
    with sdk_witness.Witness(takes_state=sdk_speed.is_wrapper(function)) as witness:
        try:
            returned = function(LazyContext(context))
        except BaseException as error:  # sys.exit() in an orchestrator must not end the host's thread
            return answers.from_error(call.name, exception_text(error), frames(error), witness.ids_given())
        return answers.from_returned(call.name, returned, witness.ids_given())


def timed_out(name: str, text: str) -> OrchestratorAnswer:
    """Return the answer for a function that did not return in time; `text` is the real host's."""
    failure = Failure(orchestrator_failure(name, text), child_details(text))
    return OrchestratorAnswer((), False, failure=failure, schedules=False)


def as_replayed(history: Sequence[Event]) -> list[Event]:
    """Return the history with `IsPlayed` set on the incoming events of earlier episodes."""
    start = _episode_start(history)
    earlier = [{**e, "IsPlayed": True} if e["EventType"] in _INCOMING else e for e in history[:start]]
    return [*earlier, *history[start:]]


def _episode_start(history: Sequence[Event]) -> int:
    """Return the index at which the latest episode begins."""
    start = len(history) - 1
    while history[start]["EventType"] != EventType.ORCHESTRATOR_STARTED:
        start -= 1
    return start
