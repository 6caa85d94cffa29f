"""History as the management API shows it: a completion takes in what scheduled it."""

from collections.abc import Mapping, Sequence
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
    """Two things were scheduled under one id (a non-deterministic orchestrator): the real host cannot show this."""


def history_events(history: Sequence[Event], *, show_input: bool, show_output: bool) -> str:
    """The JSON array `historyEvents`. Raises SameKeyError."""
    scheduled: dict[tuple[str, int], Event] = {}
    over: set[int] = set()
    for event in history:
        name = _NAMES[event["EventType"]]
        if name in _SCHEDULES:
            key = (name, event["EventId"])
            if key in scheduled:
                raise SameKeyError(f"An item with the same key has already been added. Key: {name}_{key[1]}")
            scheduled[key] = event
        elif name in _SCHEDULED_BY and (by := scheduled.get((_SCHEDULED_BY[name], event["TaskScheduledId"]))):
            over.add(id(by))
    rows: list[str] = []
    for event in history:
        name = _NAMES[event["EventType"]]
        if name in _HIDDEN or id(event) in over:
            continue
        by = scheduled.get((_SCHEDULED_BY[name], event["TaskScheduledId"])) if name in _SCHEDULED_BY else None
        rows.append(_row(name, event, by, show_input, show_output))
    return json_array(rows)


def _row(name: str, event: Event, by: Event | None, show_input: bool, show_output: bool) -> str:
    dropped = _DROPPED | _DROPPED_AT_START if name == "ExecutionStarted" else _DROPPED
    pairs = [("EventType", dump(name))]
    for key, value in event.items():
        if key in dropped or (key == "Input" and not show_input) or (key == "Result" and not show_output):
            continue
        if key == "Result":
            pairs.append((key, as_json(value)))
        elif key == "OrchestrationStatus":
            pairs.append((key, dump(_STATUSES[value])))
        else:
            pairs.append(("FunctionName" if key == "Name" and name == "ExecutionStarted" else key, dump(value)))
    if by is not None:
        pairs.append(("ScheduledTime", dump(by["Timestamp"].removesuffix("Z") + "+00:00")))
        pairs.append(("FunctionName", dump(by["Name"])))
        if show_input:
            pairs.append(("Input", dump(by["Input"])))
    return json_object(pairs)
