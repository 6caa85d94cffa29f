"""The history in a status of the management API: each completion contains the event that scheduled it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from devhost.wire.wire import as_json, dump, json_array, json_object

Event = Mapping[str, Any]

_NAMES = {
    0: "ExecutionStarted",
    1: "ExecutionCompleted",
    2: "ExecutionFailed",
    3: "ExecutionTerminated",
    4: "TaskScheduled",
    5: "TaskCompleted",
    6: "TaskFailed",
    7: "SubOrchestrationInstanceCreated",
    8: "SubOrchestrationInstanceCompleted",
    9: "SubOrchestrationInstanceFailed",
    10: "TimerCreated",
    11: "TimerFired",
    12: "OrchestratorStarted",
    13: "OrchestratorCompleted",
    14: "EventSent",
    15: "EventRaised",
    16: "ContinueAsNew",
    17: "GenericEvent",
    19: "ExecutionSuspended",
    20: "ExecutionResumed",
}
_STATUSES = (
    "Running",
    "Completed",
    "ContinuedAsNew",
    "Failed",
    "Canceled",
    "Terminated",
    "Pending",
    "Suspended",
)
_SCHEDULES = {"TaskScheduled", "SubOrchestrationInstanceCreated"}
_SCHEDULED_BY = {
    "TaskCompleted": "TaskScheduled",
    "TaskFailed": "TaskScheduled",
    "SubOrchestrationInstanceCompleted": "SubOrchestrationInstanceCreated",
    "SubOrchestrationInstanceFailed": "SubOrchestrationInstanceCreated",
}
_HIDDEN = {"OrchestratorStarted", "OrchestratorCompleted"}
_DROPPED = {"EventId", "IsPlayed", "EventType", "TaskScheduledId", "TimerId", "Version"}
_DROPPED_AT_START = {"OrchestrationInstance", "ParentInstance", "Tags"}


class SameKeyError(ValueError):
    """Two events scheduled under one id, by a non-deterministic orchestrator; the real host cannot show this either.

    See docs/devhost/behaviour.md, section 11.
    """


def history_events(history: Sequence[Event], *, show_input: bool, show_output: bool) -> str:
    """Return the JSON array `historyEvents` (docs/devhost/behaviour.md, section 2.3). Raises SameKeyError."""
    row = partial(_row, show_input=show_input, show_output=show_output)
    return json_array(map(row, shown_events(history)))


@dataclass(frozen=True)
class ShownEvent:
    """A row of `historyEvents`: the event, the one that scheduled what it completes, and the episode of that one."""

    event: Event
    scheduled_by: Event | None
    episode: int


def shown_events(history: Sequence[Event]) -> list[ShownEvent]:
    """Return the events that have a row of their own. Raises SameKeyError."""
    scheduled = _scheduling_events(history)
    # By identity: two events may be equal.
    completed = {id(event) for event in (_scheduled_by(event, scheduled) for event in history) if event is not None}
    episode, episodes = 0, dict[int, int]()
    rows: list[ShownEvent] = []
    for event in history:
        name = _NAMES[event["EventType"]]
        episode += name == "OrchestratorStarted"
        episodes[id(event)] = episode
        if name not in _HIDDEN and id(event) not in completed:
            scheduled_by = _scheduled_by(event, scheduled)
            rows.append(ShownEvent(event, scheduled_by, episodes[id(scheduled_by or event)]))
    return rows


def _scheduling_events(history: Sequence[Event]) -> dict[tuple[str, int], Event]:
    scheduled: dict[tuple[str, int], Event] = {}
    for event in history:
        name = _NAMES[event["EventType"]]
        if name in _SCHEDULES:
            key = (name, event["EventId"])
            if key in scheduled:
                raise SameKeyError(f"An item with the same key has already been added. Key: {name}_{key[1]}")
            scheduled[key] = event
    return scheduled


def _scheduled_by(event: Event, scheduled: Mapping[tuple[str, int], Event]) -> Event | None:
    """Return the event that scheduled the task which this event completes."""
    kind = _SCHEDULED_BY.get(_NAMES[event["EventType"]])
    return None if kind is None else scheduled.get((kind, event["TaskScheduledId"]))


def _row(shown: ShownEvent, *, show_input: bool, show_output: bool) -> str:
    event, scheduled_by = shown.event, shown.scheduled_by
    name = _NAMES[event["EventType"]]
    is_start = name == "ExecutionStarted"
    dropped = _DROPPED | _DROPPED_AT_START if is_start else set(_DROPPED)
    if not show_input:
        dropped.add("Input")
    if not show_output:
        dropped.add("Result")
    pairs = [("EventType", dump(name))]
    for key, value in event.items():
        if key in dropped:
            continue
        if key == "Result":
            pairs.append((key, as_json(value)))
        elif key == "OrchestrationStatus":
            pairs.append((key, dump(_STATUSES[value])))
        elif key == "Name" and is_start:
            pairs.append(("FunctionName", dump(value)))
        else:
            pairs.append((key, dump(value)))
    if scheduled_by is not None:
        pairs.append(("ScheduledTime", dump(scheduled_by["Timestamp"].removesuffix("Z") + "+00:00")))
        pairs.append(("FunctionName", dump(scheduled_by["Name"])))
        if show_input:
            pairs.append(("Input", dump(scheduled_by["Input"])))
    return json_object(pairs)
