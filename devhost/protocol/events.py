"""History events: constructors that write exactly the keys, and the order of keys, of the real host.

An event is a plain JSON-ready dict, as the orchestrator function receives it; every recording shows some. Each
constructor takes the event's time as text (see `clock.clock_text`), so that one episode has one time. `IsPlayed` is
always written as false: it depends on the episode that reads the history, and `orchestrator_call` sets it there.
"""

import json
from enum import IntEnum
from typing import Any, TypeAlias

Event: TypeAlias = dict[str, Any]

HTTP_ACTIVITY = "BuiltIn::HttpActivity"


class EventType(IntEnum):
    """The number of each kind of event."""

    EXECUTION_STARTED = 0
    EXECUTION_COMPLETED = 1
    EXECUTION_FAILED = 2
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    CHILD_CREATED = 7
    CHILD_COMPLETED = 8
    CHILD_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    ORCHESTRATOR_STARTED = 12
    ORCHESTRATOR_COMPLETED = 13
    EVENT_SENT = 14
    EVENT_RAISED = 15
    CONTINUED_AS_NEW = 16
    GENERIC = 17
    SUSPENDED = 19
    RESUMED = 20


class Status(IntEnum):
    """The number of each orchestration status in an ExecutionCompleted event."""

    RUNNING = 0
    COMPLETED = 1
    CONTINUED_AS_NEW = 2
    FAILED = 3
    CANCELED = 4
    TERMINATED = 5
    PENDING = 6
    SUSPENDED = 7


def orchestrator_started(at: str) -> Event:
    """Make the event that begins an episode."""
    return _event(EventType.ORCHESTRATOR_STARTED, at)


def orchestrator_completed(at: str) -> Event:
    """Make the event that ends an episode."""
    return _event(EventType.ORCHESTRATOR_COMPLETED, at)


def parent_instance(name: str, instance_id: str, execution_id: str, task_id: int, version: str | None) -> Event:
    """Make the `ParentInstance` value of a child's ExecutionStarted."""
    return {
        "Name": name,
        "OrchestrationInstance": {"InstanceId": instance_id, "ExecutionId": execution_id},
        "TaskScheduleId": task_id,
        "Version": version,
    }


def execution_started(  # noqa: PLR0913 - the fields of the event
    at: str,
    name: str,
    instance_id: str,
    execution_id: str,
    input_text: str | None,
    *,
    version: str | None = None,
    parent: Event | None = None,
    generation: int | None = 0,
) -> Event:
    """Make the event that starts an execution. `input_text` is the stored input as JSON text.

    `generation` is 0 for a start by a client, 1 when the id is used again, None for a child and after a
    continue-as-new.
    """
    return {
        "OrchestrationInstance": {"InstanceId": instance_id, "ExecutionId": execution_id},
        "EventType": EventType.EXECUTION_STARTED.value,
        "ParentInstance": parent,
        "Name": name,
        "Version": version,
        "Input": input_text,
        "Tags": None,
        "Correlation": None,
        "ParentTraceContext": None,
        "ScheduledStartTime": None,
        "Generation": generation,
        "GenerateNewTrace": False,
        "EventId": -1,
        "IsPlayed": False,
        "Timestamp": at,
    }


def execution_completed(at: str, event_id: int, status: Status, result: str | None) -> Event:
    """Make the event that ends an execution; `result` is JSON text, or plain text if it failed or was terminated."""
    return _event(
        EventType.EXECUTION_COMPLETED,
        at,
        event_id,
        OrchestrationStatus=status.value,
        Result=result,
        FailureDetails=None,
    )


def execution_terminated(at: str, reason: str | None) -> Event:
    """Make the event of a client's terminate."""
    return _event(EventType.EXECUTION_TERMINATED, at, Input=reason)


def execution_suspended(at: str, reason: str | None) -> Event:
    """Make the event of a client's suspend."""
    return _event(EventType.SUSPENDED, at, Reason=reason)


def execution_resumed(at: str, reason: str | None) -> Event:
    """Make the event of a client's resume."""
    return _event(EventType.RESUMED, at, Reason=reason)


def generic_event(at: str, event_id: int, data: str | None) -> Event:
    """Make the event that a rewind puts in place of another, or the rewind itself with its reason as `data`."""
    return {
        "Data": data,
        "EventType": EventType.GENERIC.value,
        "EventId": event_id,
        "IsPlayed": False,
        "Timestamp": at,
    }


def task_scheduled(at: str, task_id: int, name: str, stored_input: str | None = None) -> Event:
    """Make the event of a scheduled activity or HTTP call.

    `stored_input` is None unless the host stores inputs; then it is `stored_activity_input` of the input text.
    """
    return _event(
        EventType.TASK_SCHEDULED,
        at,
        task_id,
        Name=name,
        Version="",
        Input=stored_input,
        ParentTraceContext=None,
        Tags=None,
    )


def stored_activity_input(input_text: str | None) -> str:
    """Return an activity's input text as a host that stores inputs writes it (recording `options_inputs`)."""
    return json.dumps([input_text], ensure_ascii=False)


def child_created(  # noqa: PLR0913 - the fields of the event
    at: str, task_id: int, name: str, instance_id: str, version: str | None, stored_input: str | None = None
) -> Event:
    """Make the event of a scheduled child.

    `stored_input` is None unless the host stores inputs; then it is the input text encoded once more as JSON.
    """
    return _event(
        EventType.CHILD_CREATED,
        at,
        task_id,
        Name=name,
        Version=version,
        InstanceId=instance_id,
        Input=stored_input,
        ClientSpanId=None,
        Tags=None,
    )


def timer_created(at: str, task_id: int, fire_at: str) -> Event:
    """Make the event of a created timer."""
    return _event(EventType.TIMER_CREATED, at, task_id, FireAt=fire_at)


def event_sent(at: str, task_id: int, entity_id: str, request: str, due: str | None = None) -> Event:
    """Make the event of a message to the entity `@name@key`; `request` and `due` are those of `entity_request`."""
    name = f"op@{_seven_digits(due)}" if due else "op"
    return _event(
        EventType.EVENT_SENT,
        at,
        task_id,
        InstanceId=entity_id,
        Name=name,
        Input=request,
    )


def task_completed(at: str, task_id: int, result: str | None) -> Event:
    """Make the event of an activity's result."""
    return _event(EventType.TASK_COMPLETED, at, TaskScheduledId=task_id, Result=result)


def task_failed(at: str, task_id: int, reason: str | None, details: str | None) -> Event:
    """Make the event of an activity's failure."""
    return _event(
        EventType.TASK_FAILED,
        at,
        TaskScheduledId=task_id,
        Reason=reason,
        Details=details,
        FailureDetails=None,
    )


def child_completed(at: str, task_id: int, result: str | None) -> Event:
    """Make the event of a child's result."""
    return _event(EventType.CHILD_COMPLETED, at, TaskScheduledId=task_id, Result=result)


def child_failed(at: str, task_id: int, reason: str | None, details: str | None) -> Event:
    """Make the event of a child's failure."""
    return _event(
        EventType.CHILD_FAILED,
        at,
        TaskScheduledId=task_id,
        Reason=reason,
        Details=details,
        FailureDetails=None,
    )


def timer_fired(at: str, task_id: int, fire_at: str) -> Event:
    """Make the event of a fired timer."""
    return _event(EventType.TIMER_FIRED, at, TimerId=task_id, FireAt=fire_at)


def event_raised(at: str, name: str, input_text: str | None) -> Event:
    """Make the event of an external event; `input_text` is its payload as JSON text, None for none.

    An entity's response has the request's GUID as name and `entity_response` as payload.
    """
    return _event(
        EventType.EVENT_RAISED,
        at,
        Name=name,
        Input=input_text,
        ParentTraceContext=None,
    )


def _seven_digits(text: str) -> str:
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction.ljust(7, '0')}Z"


def _event(kind: EventType, at: str, event_id: int = -1, **fields: Any) -> Event:
    return {"EventType": kind.value, **fields, "EventId": event_id, "IsPlayed": False, "Timestamp": at}
