"""The check that the code schedules the same as in earlier episodes, and the texts of its failure.

The texts are the real host's where they are recorded (`nondet`, `nondet_fewer`, `nondet_kind`, `await_retry_in_any`).
"""

from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer, Scheduled, SignalEntity
from devhost.protocol.events import HTTP_ACTIVITY, Event, EventType
from devhost.protocol.payload import storable

_KINDS: dict[type[Scheduled], int] = {
    CallActivity: EventType.TASK_SCHEDULED,
    CallHttp: EventType.TASK_SCHEDULED,
    CallChild: EventType.CHILD_CREATED,
    CreateTimer: EventType.TIMER_CREATED,
    CallEntity: EventType.EVENT_SENT,
    SignalEntity: EventType.EVENT_SENT,
}
SCHEDULING = frozenset(_KINDS.values())
"""The types of the events that record what was scheduled."""


Inputs = dict[int, int]
"""By task id, a number that represents the input of the action which was scheduled."""


class NonDeterminismError(Exception):
    """A list of actions that does not match the history; the text becomes the failed instance's output."""


def check(event: Event, action: Scheduled | None) -> Scheduled:
    """Return the action that has the event's id now, if it fits the event. Raises NonDeterminismError."""
    if action is None:
        raise NonDeterminismError(_missing(event))
    if _KINDS[type(action)] != event["EventType"]:
        raise NonDeterminismError(_other_kind(event, action))
    name = _name(action)
    if name is not None and name.lower() != event["Name"].lower():
        raise NonDeterminismError(_other_name(event, name))
    return action


def input_mark(action: Scheduled) -> int:
    """Return a number that represents the action's input while this process lives."""
    if isinstance(action, CallHttp):
        return hash(str(action.request))
    return hash(None if isinstance(action, CreateTimer) else action.input)


def differs(event: Event, action: Scheduled, inputs: Inputs) -> bool:
    """Return whether an action that fits its event in kind and name has another input, time or target now.

    The host keeps to what was scheduled first and says nothing, as the real one does. The event holds times and
    targets. Inputs are not in it, so that of the first episode that this process has seen counts.
    """
    if isinstance(action, CallActivity):
        # Nearly all actions are of this kind, and each is compared in every episode.
        mark = hash(action.input)
    elif _is_elsewhere(event, action):
        return True
    else:
        mark = input_mark(action)
    return inputs.setdefault(event["EventId"], mark) != mark


def _is_elsewhere(event: Event, action: Scheduled) -> bool:
    match action:
        case CreateTimer():
            return action.fire_at != event["FireAt"]
        case CallChild():
            return storable(action.instance_id or "") not in ("", event["InstanceId"])
        case CallEntity() | SignalEntity():
            return action.entity_id != event["InstanceId"]
        case _:
            return False


def _name(action: Scheduled) -> str | None:
    """Return the name to compare with the history, None where only the kind is compared."""
    if isinstance(action, CallActivity | CallChild):
        return action.name
    return HTTP_ACTIVITY if isinstance(action, CallHttp) else None


_EARLIER = "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled"
_QUESTION = "Was a change made to the orchestrator code after this instance had already started running?"
_TASK_NAMES: dict[int, str] = {
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
    scheduled = f"{_EARLIER} {_TASK_NAMES[event['EventType']]} with sequence"
    named = f"ID {event['EventId']} and name '{event['Name']}'" if "Name" in event else f"number {event['EventId']}"
    version = f" (version '{event['Version'] or ''}')," if "Version" in event else ""
    return (
        f"{scheduled} {named}{version} but the current replay execution hasn't (yet?) scheduled this task. {_QUESTION}"
    )


def _other_kind(event: Event, action: Scheduled) -> str:
    named = f" '{event['Name']}'," if "Name" in event else ""
    return (
        f"{_EARLIER} {_TASK_NAMES[event['EventType']]} with sequence number {event['EventId']} named{named} but the "
        f"current orchestration replay instead produced a {_ACTION_NAMES[_KINDS[type(action)]]} action with this "
        f"sequence number. {_QUESTION}"
    )


def _other_name(event: Event, name: str) -> str:
    task = _TASK_NAMES[event["EventType"]]
    return (
        f"{_EARLIER} {task} with sequence number {event['EventId']} named '{event['Name']}', but the current "
        f"orchestration replay instead scheduled {task} named '{name}' with this sequence number. {_QUESTION}"
    )
