"""What the host does about an orchestrator's answer.

The real host runs the answer's list of actions against the history anew on every turn: it starts an action, awaits
it, and only then starts the next. `interpret` does the same and is pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from devhost.actions import Scheduled
from devhost.events import Event
from devhost.orchestrator_call import OrchestratorAnswer

Kind = Literal["activity", "http", "timer", "child", "entity_call", "entity_signal"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to schedule, as event `id`.

    `action` is a CallActivity, CallHttp, CreateTimer, CallChild, CallEntity or SignalEntity, as `kind` says. An
    attempt of a WithRetry action is a plain one of the same kind; its waits are timers. A timer that is listed as
    `cancelled` gets its TimerCreated event, but never fires. Entity requests carry their `request_id`.
    """

    id: int
    kind: Kind
    action: Scheduled


@dataclass(frozen=True, slots=True)
class Interpretation:
    """`decisions`: what is new, ascending by id; write their events in this order.
    `cancelled_timers`: ids of all timers listed as cancelled; none of them may fire any more.
    `may_end`: nothing keeps the execution from ending with this answer.
    `open_ids`: activities, children and timers that run; while there are any, an answer that is done waits.
    `carried_input`: the next generation's input when the answer continues as new.
    `non_determinism`: why the execution must fail now; `decisions` are then scheduled all the same, as the real
    host does, except that nothing is waiting for them.
    `stuck`: the explainer's sentence when the code has gone on past something that the host still waits for.
    `next_id`: the EventId of ExecutionCompleted or ContinueAsNew.
    """

    decisions: tuple[Decision, ...]
    cancelled_timers: frozenset[int]
    may_end: bool
    open_ids: tuple[int, ...]
    carried_input: str | None
    non_determinism: str | None
    stuck: str | None
    next_id: int


def interpret(
    instance_id: str, execution_id: str, history: Sequence[Event], answer: OrchestratorAnswer
) -> Interpretation:
    """`history` is the whole history of the execution, with this turn's new events at its end."""
    raise NotImplementedError
