"""History events: constructors that write exactly the keys, and the order of keys, of the real host.

An event is a plain JSON-ready dict, as the orchestrator function receives it. Each constructor takes the event's
time as text (see `clock_text`), so that whoever keeps the clock decides it once. `IsPlayed` is always written as
false: it depends on the turn that reads the history, and `orchestrator_call` sets it there.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from typing import Any, TypeAlias
from uuid import UUID, uuid5

Event: TypeAlias = dict[str, Any]

HTTP_ACTIVITY = "BuiltIn::HttpActivity"
TICKS_PER_SECOND = 10_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GUID_NAMESPACE = UUID("5b0cdbb0-76c5-5a0d-8d1b-3f6f0a6f5d11")
_MESSAGE_TYPE = "Microsoft.Azure.WebJobs.Extensions.DurableTask.{0}, Microsoft.Azure.WebJobs.Extensions.DurableTask"
_NO_PREDECESSOR = "0001-01-01T00:00:00"


class EventType(IntEnum):
    """The number that stands for each kind of event."""

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
    """The number that stands for each orchestration status inside an ExecutionCompleted event."""

    RUNNING = 0
    COMPLETED = 1
    CONTINUED_AS_NEW = 2
    FAILED = 3
    CANCELED = 4
    TERMINATED = 5
    PENDING = 6
    SUSPENDED = 7


# ---- times


def clock_text(ticks: int | None = None) -> str:
    """The time as the real host writes it: UTC, up to seven digits of fraction without trailing zeros, then `Z`.

    `ticks` counts 100 ns since 1970; without it, now.
    """
    seconds, fraction = divmod(time.time_ns() // 100 if ticks is None else ticks, TICKS_PER_SECOND)
    return f"{second_text(seconds)}.{fraction:07}".rstrip("0").rstrip(".") + "Z"


@lru_cache(maxsize=64)
def second_text(seconds: int) -> str:
    """A whole second since 1970; kept, since each second is written many times."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def ticks_of(text: str) -> int:
    """The inverse of `clock_text`; a fraction may have any number of digits, what exceeds 100 ns is cut."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    since = datetime.fromisoformat(whole).replace(tzinfo=UTC) - _EPOCH
    return (since // timedelta(seconds=1)) * TICKS_PER_SECOND + int(fraction[:7].ljust(7, "0"))


# ---- turns


def orchestrator_started(at: str) -> Event:
    return _event(EventType.ORCHESTRATOR_STARTED, at)


def orchestrator_completed(at: str) -> Event:
    return _event(EventType.ORCHESTRATOR_COMPLETED, at)


# ---- the execution itself


def parent_instance(name: str, instance_id: str, execution_id: str, task_id: int, version: str | None) -> Event:
    """The `ParentInstance` value of a child's ExecutionStarted."""
    return {
        "Name": name,
        "OrchestrationInstance": {"InstanceId": instance_id, "ExecutionId": execution_id},
        "TaskScheduleId": task_id,
        "Version": version,
    }


def execution_started(
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
    """`input_text` is the stored input as JSON text. `generation` is 0 for a start by a client, 1 when the id is
    used again, None for a child and for what continues as new."""
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
    """`result` is the output as JSON text; for a failed or terminated execution the plain text."""
    return _event(
        EventType.EXECUTION_COMPLETED,
        at,
        event_id,
        OrchestrationStatus=status.value,
        Result=result,
        FailureDetails=None,
    )


def execution_terminated(at: str, reason: str | None) -> Event:
    return _event(EventType.EXECUTION_TERMINATED, at, Input=reason)


def execution_suspended(at: str, reason: str | None) -> Event:
    return _event(EventType.SUSPENDED, at, Reason=reason)


def execution_resumed(at: str, reason: str | None) -> Event:
    return _event(EventType.RESUMED, at, Reason=reason)


def generic_event(at: str, event_id: int, data: str | None) -> Event:
    """What a rewind leaves in place of a row, or the rewind itself with its reason as `data`."""
    return {
        "Data": data,
        "EventType": EventType.GENERIC.value,
        "EventId": event_id,
        "IsPlayed": False,
        "Timestamp": at,
    }


# ---- what the orchestrator scheduled


def task_scheduled(at: str, task_id: int, name: str, stored_input: str | None = None) -> Event:
    """`stored_input` is None unless the host stores inputs; then `stored_activity_input` of the input text."""
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
    """How a host that stores inputs writes an activity's input text into TaskScheduled."""
    return json.dumps([input_text], ensure_ascii=False)


def child_created(
    at: str, task_id: int, name: str, instance_id: str, version: str | None, stored_input: str | None = None
) -> Event:
    """`stored_input` is None unless the host stores inputs; then the input text encoded once more as JSON."""
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
    return _event(EventType.TIMER_CREATED, at, task_id, FireAt=fire_at)


def event_sent(at: str, task_id: int, entity_id: str, request: str, due: str | None = None) -> Event:
    """`entity_id` is the scheduler id `@name@key`, `request` the text of `entity_request`, `due` as there."""
    name = f"op@{_seven_digits(due)}" if due else "op"
    return _event(EventType.EVENT_SENT, at, task_id, InstanceId=entity_id, Name=name, Input=request)


# ---- what came back


def task_completed(at: str, task_id: int, result: str | None) -> Event:
    return _event(EventType.TASK_COMPLETED, at, TaskScheduledId=task_id, Result=result)


def task_failed(at: str, task_id: int, reason: str | None, details: str | None) -> Event:
    return _event(
        EventType.TASK_FAILED,
        at,
        TaskScheduledId=task_id,
        Reason=reason,
        Details=details,
        FailureDetails=None,
    )


def child_completed(at: str, task_id: int, result: str | None) -> Event:
    return _event(EventType.CHILD_COMPLETED, at, TaskScheduledId=task_id, Result=result)


def child_failed(at: str, task_id: int, reason: str | None, details: str | None) -> Event:
    return _event(
        EventType.CHILD_FAILED,
        at,
        TaskScheduledId=task_id,
        Reason=reason,
        Details=details,
        FailureDetails=None,
    )


def timer_fired(at: str, task_id: int, fire_at: str) -> Event:
    return _event(EventType.TIMER_FIRED, at, TimerId=task_id, FireAt=fire_at)


def event_raised(at: str, name: str, input_text: str | None) -> Event:
    """`input_text` is the payload as JSON text, None for no payload. An entity's response has its request's GUID
    as name and `entity_response` as text."""
    return _event(EventType.EVENT_RAISED, at, Name=name, Input=input_text, ParentTraceContext=None)


# ---- entity messages


def request_guid(instance_id: str, execution_id: str, task_id: int) -> str:
    """The id of the request that task `task_id` sends to an entity; the same on every replay."""
    return str(uuid5(_GUID_NAMESPACE, f"{execution_id}:{task_id}:{instance_id}"))


def entity_request(
    at: str,
    operation: str,
    input_text: str | None,
    guid: str,
    *,
    signal: bool,
    parent: str | None,
    parent_execution: str | None,
    predecessor: str | None = None,
    due: str | None = None,
) -> str:
    """The JSON text of a request to an entity. `input_text` is the input as JSON text, or None; it travels as a
    JSON string that holds that text. `predecessor` is the time of the sender's previous message to it;
    `due`, of a scheduled signal, the time before which it must not be delivered."""
    request: dict[str, Any] = {"$type": _MESSAGE_TYPE.format("RequestMessage"), "op": operation}
    if signal:
        request["signal"] = True
    if input_text is not None:
        request["input"] = json.dumps(input_text, ensure_ascii=False)
    request["id"] = guid
    if parent is not None:
        request |= {"parent": parent, "parentExecution": parent_execution}
    if due is not None:
        request["due"] = due
    request |= {
        "Timestamp": _NO_PREDECESSOR if due else at,
        "Predecessor": predecessor or _NO_PREDECESSOR,
        "requestTime": at.removesuffix("Z") + "+00:00",
    }
    return json.dumps(request, ensure_ascii=False, separators=(",", ":"))


def entity_response(result: str, *, failed: bool) -> str:
    """The JSON text of an entity's response; `result` is JSON text, of the error's text if it failed."""
    response = {"$type": _MESSAGE_TYPE.format("ResponseMessage"), "result": result}
    if failed:
        response["exceptionType"] = "Error"
    return json.dumps(response, ensure_ascii=False, separators=(",", ":"))


def _seven_digits(text: str) -> str:
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction.ljust(7, '0')}Z"


def _event(kind: EventType, at: str, event_id: int = -1, **fields: Any) -> Event:
    return {"EventType": kind.value, **fields, "EventId": event_id, "IsPlayed": False, "Timestamp": at}
