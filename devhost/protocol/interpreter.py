"""What the host does about an orchestrator's answer.

The real host runs the answer's list of actions against the history anew on every turn: it starts an action,
awaits it, and only then starts the next. `interpret` does the same. It is pure, and quick enough to be called with
the whole history on every turn: it costs a small part of what the SDK's own replay costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from devhost.protocol import explainer
from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer, Scheduled, SignalEntity
from devhost.protocol.answers import OrchestratorAnswer
from devhost.protocol.events import Event, request_guid
from devhost.protocol.non_determinism import NonDeterminismError
from devhost.protocol.replay import Replay

Kind = Literal["activity", "http", "timer", "child", "entity_call", "entity_signal"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to schedule, as event `id`.

    `action` is a CallActivity, CallHttp, CreateTimer, CallChild, CallEntity or SignalEntity, as `kind` says. An
    attempt of a WithRetry action is a plain one of the same kind; its waits are timers. A timer that is listed as
    `cancelled` is created, and fires, like any other; only nothing waits for it. Entity requests carry their
    `request_id`.
    """

    id: int
    kind: Kind
    action: Scheduled


@dataclass(frozen=True, slots=True)
class Interpretation:
    """`decisions`: what is new, ascending by id; write their events in this order.
    `cancelled_timers`: ids of all timers listed as cancelled. They fire in time all the same, as on the real host,
    but keep no instance from ending.
    `may_end`: the answer ends the execution (returns, fails, continues as new), and nothing keeps it from that.
    `open_ids`: activities, children and timers that run; while there are any, an answer that is done waits.
    `carried_input`: the next generation's input text when the answer continues as new; else None.
    `non_determinism`: why the execution must fail now; `decisions` are then scheduled all the same, as the real
    host does, though nothing waits for them.
    `stuck`: the explainer's sentence when code and host have parted (see `explainer`).
    `early_events`: names of events that arrived and that nobody has waited for yet.
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


def interpret(
    instance_id: str, execution_id: str, history: Sequence[Event], answer: OrchestratorAnswer
) -> Interpretation:
    """`history` is the whole history of the execution, with this turn's new events at its end."""
    replay = Replay(instance_id, execution_id, answer.actions)
    broken: str | None = None
    try:
        if answer.schedules:
            replay.run(history)
    except NonDeterminismError as found:
        broken = str(found)
    ends = answer.is_done or answer.failure is not None
    return Interpretation(
        decisions=tuple(_decision(replay, task_id) for task_id in replay.scheduled),
        cancelled_timers=frozenset(replay.cancelled),
        may_end=ends and not replay.open and (replay.all_done or not answer.schedules),
        open_ids=tuple(replay.open),
        carried_input=None if answer.failure else replay.carried_input,
        non_determinism=broken,
        stuck=explainer.explain(replay, history, answer, broken),
        next_id=replay.next_id,
        early_events=tuple(name for name, count in replay.early.items() if count),
    )


def _decision(replay: Replay, task_id: int) -> Decision:
    match replay.scheduled[task_id]:
        case CallActivity() as action:
            return Decision(task_id, "activity", action._replace(retry=None))
        case CallHttp() as action:
            return Decision(task_id, "http", action)
        case CreateTimer() as action:
            return Decision(task_id, "timer", action)
        case CallChild() as action:
            return Decision(task_id, "child", action._replace(retry=None))
        case CallEntity() as action:
            return Decision(task_id, "entity_call", action)
        case SignalEntity() as action:
            guid = request_guid(replay.instance_id, replay.execution_id, task_id)
            return Decision(task_id, "entity_signal", action._replace(request_id=guid))
