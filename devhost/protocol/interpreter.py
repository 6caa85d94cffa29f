"""The host's reading of an orchestrator's answer: what to schedule, and whether the execution ends.

In every episode the real host runs the answer's list of actions against the whole history: it starts an action,
awaits it, and only then starts the next (docs/devhost/behaviour.md, section 3.6; recordings `await_…`). `interpret`
does the same. It is pure, and costs a small part of the SDK's own replay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from devhost.protocol import explainer
from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer, Scheduled, SignalEntity
from devhost.protocol.answers import OrchestratorAnswer
from devhost.protocol.entity_messages import request_guid
from devhost.protocol.events import Event
from devhost.protocol.non_determinism import Inputs, NonDeterminismError, input_mark
from devhost.protocol.replay import Replay

Kind = Literal["activity", "http", "timer", "child", "entity_call", "entity_signal"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One action to schedule, as event `id`.

    `kind` names the type of `action`. An attempt of a WithRetry action is a plain action of the same kind; its waits
    are timers. A timer that is listed as `cancelled` is created and fires like any other, but nothing waits for it
    (recording `cancelled_timer`). Entity requests have their `request_id`.
    """

    id: int
    kind: Kind
    action: Scheduled


@dataclass(frozen=True, slots=True)
class Interpretation:
    """The result of `interpret`.

    `decisions`: the new actions, ascending by id. Write their events in this order.
    `cancelled_timers`: ids of all timers listed as cancelled. They fire on time, as on the real host, but do not
    keep an instance from ending.
    `may_end`: the answer ends the execution (returns, fails, continues as new), and no open task delays it.
    `open_ids`: activities, children and timers that run; while there are any, an answer that is done waits.
    `carried_input`: the next generation's input text if the answer continues as new, else None.
    `non_determinism`: the reason why the execution must fail now. The decisions are scheduled nevertheless, as on the
    real host (docs/devhost/behaviour.md, section 11), but nothing waits for them.
    `stuck`: the explainer's sentence if code and host differ (see `explainer`).
    `lingering`: a sentence about work that keeps an instance Running though its code has ended.
    `early_events`: names of events that arrived before anything waited for them.
    `next_id`: the EventId of the ExecutionCompleted or ContinueAsNew event.
    """

    decisions: tuple[Decision, ...]
    cancelled_timers: frozenset[int]
    may_end: bool
    open_ids: tuple[int, ...]
    carried_input: str | None
    non_determinism: str | None
    stuck: str | None
    next_id: int
    early_events: tuple[str, ...] = ()
    lingering: str | None = None


def interpret(
    instance_id: str,
    execution_id: str,
    history: Sequence[Event],
    result: OrchestratorAnswer,
    inputs: Inputs,
) -> Interpretation:
    """Run the answer's actions over the execution's whole history, with this episode's new events at its end.

    `inputs` are those of earlier episodes; those of the new actions are added.
    """
    replay = Replay(instance_id, execution_id, result.actions, inputs)
    non_determinism: str | None = None
    try:
        if result.schedules:
            replay.run(history)
    except NonDeterminismError as error:
        non_determinism = str(error)
    ends = result.is_done or result.failure is not None
    inputs.update(zip(replay.scheduled, map(input_mark, replay.scheduled.values()), strict=True))
    return Interpretation(
        decisions=tuple(_decision(replay, task_id) for task_id in replay.scheduled),
        cancelled_timers=frozenset(replay.cancelled),
        # Open tasks delay the end (docs/devhost/behaviour.md, section 3.8; recordings `open_…`).
        may_end=ends and not replay.open and (replay.all_done or not result.schedules),
        open_ids=tuple(replay.open),
        # A failure wins over a continue-as-new of the same episode (docs/devhost/behaviour.md, section 3.8).
        carried_input=None if result.failure else replay.carried_input,
        non_determinism=non_determinism,
        stuck=explainer.explain(replay, history, result, non_determinism),
        lingering=explainer.lingering(replay) if ends else None,
        next_id=replay.next_id,
        early_events=tuple(name for name, count in replay.early.items() if count),
    )


def _decision(replay: Replay, task_id: int) -> Decision:
    action = replay.scheduled[task_id]
    kind = _KINDS[type(action)]
    if isinstance(action, CallActivity | CallChild):
        return Decision(task_id, kind, action._replace(retry=None))
    if isinstance(action, SignalEntity):
        guid = request_guid(replay.instance_id, replay.execution_id, task_id)
        return Decision(task_id, kind, action._replace(request_id=guid))
    return Decision(task_id, kind, action)


_KINDS: dict[type[Scheduled], Kind] = {
    CallActivity: "activity",
    CallHttp: "http",
    CreateTimer: "timer",
    CallChild: "child",
    CallEntity: "entity_call",
    SignalEntity: "entity_signal",
}
