"""Whether what an earlier turn has scheduled is what the code schedules now, and what a failed instance shows if not.

The wording is the real host's where it is on record.
"""

from __future__ import annotations

from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer, Scheduled, SignalEntity
from devhost.protocol.events import HTTP_ACTIVITY, Event, EventType

_KINDS: dict[type[Scheduled], int] = {
    CallActivity: EventType.TASK_SCHEDULED,
    CallHttp: EventType.TASK_SCHEDULED,
    CallChild: EventType.CHILD_CREATED,
    CreateTimer: EventType.TIMER_CREATED,
    CallEntity: EventType.EVENT_SENT,
    SignalEntity: EventType.EVENT_SENT,
}
SCHEDULING = frozenset(_KINDS.values())
"""The types of the events that say what was scheduled."""


class NonDeterminismError(Exception):
    """The list does not fit the history; the text is what the failed instance shows."""


def check(event: Event, action: Scheduled | None) -> None:
    """Compare a scheduling event with what the code gives its id to now. Raises NonDeterminismError."""
    if action is None:
        raise NonDeterminismError(_missing(event))
    if _KINDS[type(action)] != event["EventType"]:
        raise NonDeterminismError(_other_kind(event, action))
    name = _name(action)
    if name is not None and name.lower() != event["Name"].lower():
        raise NonDeterminismError(_other_name(event, name))


def _name(action: Scheduled) -> str | None:
    """The name by which history and list are compared; None where only the kind is."""
    if isinstance(action, CallActivity | CallChild):
        return action.name
    return HTTP_ACTIVITY if isinstance(action, CallHttp) else None


_EARLIER = "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled"
_ASK = "Was a change made to the orchestrator code after this instance had already started running?"
_WHAT: dict[int, str] = {
    EventType.TASK_SCHEDULED: "an activity task",
    EventType.CHILD_CREATED: "a sub-orchestration task",
    EventType.TIMER_CREATED: "a timer task",
    EventType.EVENT_SENT: "a send event task",
}
_ACTION_NAMES: dict[int, str] = {
    EventType.TASK_SCHEDULED: "ScheduleTaskOrchestratorAction",
    EventType.CHILD_CREATED: "CreateSubOrchestrationAction",
    EventType.TIMER_CREATED: "CreateTimerOrchestratorAction",
    EventType.EVENT_SENT: "SendEventOrchestratorAction",
}


def _missing(event: Event) -> str:
    what = f"{_EARLIER} {_WHAT[event['EventType']]} with sequence"
    named = f"ID {event['EventId']} and name '{event['Name']}'" if "Name" in event else f"number {event['EventId']}"
    version = f" (version '{event['Version'] or ''}')," if "Version" in event else ""
    return f"{what} {named}{version} but the current replay execution hasn't (yet?) scheduled this task. {_ASK}"


def _other_kind(event: Event, action: Scheduled) -> str:
    named = f" '{event['Name']}'," if "Name" in event else ""
    return (
        f"{_EARLIER} {_WHAT[event['EventType']]} with sequence number {event['EventId']} named{named} but the "
        f"current orchestration replay instead produced a {_ACTION_NAMES[_KINDS[type(action)]]} action with this "
        f"sequence number. {_ASK}"
    )


def _other_name(event: Event, name: str) -> str:
    what = _WHAT[event["EventType"]]
    return (
        f"{_EARLIER} {what} with sequence number {event['EventId']} named '{event['Name']}', but the current "
        f"orchestration replay instead scheduled {what} named '{name}' with this sequence number. {_ASK}"
    )
