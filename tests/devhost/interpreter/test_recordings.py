"""Every episode that the real host ran, decided again by the interpreter."""

import pytest

from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer, Scheduled, SignalEntity
from devhost.protocol.events import EventType
from devhost.protocol.interpreter import Decision, Interpretation, interpret
from devhost.protocol.orchestrator_call import as_replayed
from devhost.protocol.payload import as_json_string
from support.orchestrations import recordings
from support.orchestrations.recordings import RecordedEpisode

SCHEDULING = {
    EventType.TASK_SCHEDULED,
    EventType.CHILD_CREATED,
    EventType.TIMER_CREATED,
    EventType.EVENT_SENT,
}
# Either way on the real host, around a rewind and after continue-as-new.
NOT_COMPARED = {EventType.GENERIC, EventType.ORCHESTRATOR_COMPLETED}
# The real host's answer is not the interpreter's to give where the code calls something that does not exist (this host
# lets the task fail), where the child's id is refused, or where the instance was suspended, terminated or replaced.
NOT_OURS = {
    "alias_by_function_name": "the activity does not exist",
    "alias_by_method": "the activity does not exist",
    "entity_unknown": "the entity does not exist",
    "sub_at_id": "the child's id is refused",
    "sub_own_id": "the child's id is refused",
    "sub_same_id": "one child replaces the other",
    "sub_unknown": "the child does not exist",
    "suspend_api": "what is decided while suspended waits for the resumption",
    "unknown_activity": "the activity does not exist",
    "unknown_then": "the activity does not exist, and takes no id there",
}


def taken_again(turn: RecordedEpisode) -> Interpretation:
    return interpret(turn.instance_id, turn.execution_id, turn.history, turn.answer(), {})


@pytest.mark.parametrize("name", [n for n in recordings.NAMES if n not in NOT_OURS])
def test_decides_what_the_real_host_wrote_next(name: str) -> None:
    for turn in recordings.turns(name):
        if turn.is_last:
            continue
        interpretation = taken_again(turn)
        assert interpretation.non_determinism is None
        assert [_as_event(d) for d in interpretation.decisions] == [
            (e["EventId"], e["EventType"], _said(e)) for e in turn.written if e["EventType"] in SCHEDULING
        ]
        was_rewound_after_its_end = name == "rewind_api"
        assert not interpretation.may_end or was_rewound_after_its_end


@pytest.mark.parametrize("name", [n for n in recordings.NAMES if n not in NOT_OURS])
def test_ends_as_the_real_host_did(name: str) -> None:
    statuses = recordings.statuses(name)
    final = {t.instance_id: t for t in recordings.turns(name)}
    for instance_id, turn in final.items():
        status = statuses.get(instance_id)
        if status is None or status["runtimeStatus"] == "Terminated":
            continue
        interpretation, parsed = taken_again(turn), turn.answer()
        ended = interpretation.may_end or interpretation.non_determinism is not None
        assert ended == (status["runtimeStatus"] in ("Completed", "Failed"))
        if interpretation.non_determinism is not None:
            assert status["output"] == interpretation.non_determinism or "StackTrace" in status
        elif ended and parsed.failure is not None:
            assert status["output"] == parsed.failure.output
        elif ended:
            assert status["output"] == recordings.parsed(parsed.output)
            assert status["customStatus"] == recordings.parsed(parsed.custom_status)


@pytest.mark.parametrize("name", ["again", "can_events", "can_now"])
def test_a_generation_that_continues_as_new_ends_with_the_next_input(name: str) -> None:
    executions = {t.execution_id: t for t in recordings.turns(name)}
    inputs = {t.execution_id: t.history[1]["Input"] for t in executions.values()}
    ends = [taken_again(t) for t in executions.values()]
    assert all(e.may_end for e in ends)
    assert [as_json_string(e.carried_input) for e in ends if e.carried_input is not None] == list(inputs.values())[1:]


@pytest.mark.parametrize("name", recordings.NAMES)
def test_the_context_says_which_events_came_earlier(name: str) -> None:
    for turn in recordings.turns(name):
        unplayed = [{**e, "IsPlayed": False} for e in turn.history]
        assert [e["IsPlayed"] for e in as_replayed(unplayed) if e["EventType"] not in NOT_COMPARED] == [
            e["IsPlayed"] for e in turn.history if e["EventType"] not in NOT_COMPARED
        ]


def _as_event(decision: Decision) -> tuple[int, int, object]:
    kind, text = _kind_and_text(decision.action)
    return decision.id, kind, text


def _kind_and_text(action: Scheduled) -> tuple[int, object]:
    match action:
        case CallActivity():
            return EventType.TASK_SCHEDULED, action.name
        case CallHttp():
            return EventType.TASK_SCHEDULED, "BuiltIn::HttpActivity"
        case CallChild():
            return EventType.CHILD_CREATED, action.name
        case CreateTimer():
            return EventType.TIMER_CREATED, action.fire_at
        case CallEntity() | SignalEntity():
            return EventType.EVENT_SENT, action.entity_id


def _said(event: dict[str, object]) -> object:
    keys = {EventType.TIMER_CREATED: "FireAt", EventType.EVENT_SENT: "InstanceId"}
    return event[keys.get(EventType(event["EventType"]), "Name")]
