"""Says where an orchestrator's code and the host part, why, and what mends it.

The SDK runs the code by rules of its own: it goes on at the first failure of a `task_all`, when a task that was
yielded before ends a compound, when an old event answers a second wait, and it counts a cancelled timer as over
only when it fires. The host keeps to the list (see `replay`). Where that makes it wait for something that the
code no longer needs, an app would hang, run late or get another task's result, here as in production, in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devhost.protocol.actions import (
    Action,
    CallActivity,
    CallChild,
    CallEntity,
    CallHttp,
    ContinueAsNew,
    CreateTimer,
    SignalEntity,
    WaitForEvent,
    WhenAll,
    WhenAny,
)
from devhost.protocol.answers import OrchestratorAnswer
from devhost.protocol.events import Event, EventType
from devhost.protocol.non_determinism import NonDeterminismError
from devhost.protocol.replay import Compound, Node, Replay

_MOST_NAMED = 3


def explain(replay: Replay, history: Sequence[Event], answer: OrchestratorAnswer, broken: str | None) -> str | None:
    """One sentence or more on how `replay`, run over `history`, parts from the code; None if it doesn't.

    `broken` is the text of the non-determinism that the run ended with. Costs next to nothing as long as the two
    agree, except that a list with WithRetry actions is run once more, by the SDK's rules.
    """
    ends = answer.is_done or answer.failure is not None
    if broken is None and (replay.position < len(replay.actions) or (ends and not replay.all_done)):
        return _left_behind(replay, history, answer)
    if answer.retries and (place := _parting(replay, history)) is not None:
        return _other_ids(replay, place)
    if broken is None and _counts_differ(replay, answer, ends):
        return (
            f"The host has given out {replay.next_id} ids, the code {answer.ids_given}, so results go to the wrong "
            "tasks from here on. A task that stands twice in a task_all or task_any is started twice by the host but "
            "is one task in the code; put each task in once."
        )
    may_still_come = replay.open or replay.asleep or any(replay.waiters.values())
    if broken is None and answer.schedules and not ends and replay.all_done and not may_still_come:
        return (
            "The code waits for something that cannot happen any more, so the instance stays Running for ever. "
            "It yields None, or a task_all or task_any whose tasks have since been put into another one; yield a "
            "task that can still end."
        )
    return None


# ---- the host waits, the code went on


class _Named(Replay):
    """Remembers what each node was started for."""

    def __init__(self, other: Replay) -> None:
        super().__init__(other.instance_id, other.execution_id, other.actions)
        self.nodes: list[tuple[Action, Node]] = []

    def start(self, action: Action, parent: Compound | None) -> Node:
        node = super().start(action, parent)
        self.nodes.append((action, node))
        return node


def _left_behind(replay: Replay, history: Sequence[Event], answer: OrchestratorAnswer) -> str:
    named = _Named(replay)
    named.run(history)
    awaited = replay.actions[replay.position - 1]
    within = list(_leaves(awaited))
    pending = [a for a, node in named.nodes if not node.done and any(a is leaf for leaf in within)]
    return (
        f"The host waits for {_few(pending, ' and ')}, which the code no longer needs: it has already gone on to "
        f"{_next(replay, answer)}. {_mend(replay, pending, len(within), history)}"
    )


def _next(replay: Replay, answer: OrchestratorAnswer) -> str:
    if replay.position < len(replay.actions):
        return _said(replay.actions[replay.position])
    return "its failure" if answer.failure else "its end"


def _mend(replay: Replay, pending: Sequence[Action], size: int, history: Sequence[Event]) -> str:
    awaited, *later = replay.actions[replay.position - 1 :]
    following = later[0] if later else None
    if _holds_all(awaited) and len(pending) < size and _some_failed(history):
        return (
            "The code goes on at the first failure of a task_all, the host when all of its tasks have ended; "
            "let the tasks return their failures as values, or yield each of them by itself."
        )
    if _is_long_timer(awaited, following):
        return (
            "A timer of more than six days is made of several, and the code starts the next of them at once, the host "
            "when all is done that was yielded with the first; yield a long timer alone, or in a task_any."
        )
    seen = {e["Name"] for e in history if e["EventType"] == EventType.EVENT_RAISED}
    if any(isinstance(a, WaitForEvent) and a.name in seen for a in pending):
        return (
            "An event that came before it was waited for answers every later wait of its name in the code, but only "
            "one in the host; wait for each event once, keep the task, or give each event a name of its own."
        )
    return (
        "The code goes on when a task ends that it had yielded before, but of a compound the host awaits only the "
        "tasks that were new in it; yield the old task alone, or put no new task beside it."
    )


def _holds_all(action: Action) -> bool:
    if isinstance(action, WhenAny):
        return any(map(_holds_all, action.children))
    return isinstance(action, WhenAll)


def _is_long_timer(awaited: Action, following: Action | None) -> bool:
    """The SDK lists a long timer as a task_all of its first part, and each further part by itself."""
    if isinstance(awaited, WhenAll) and len(awaited.children) == 1 and isinstance(awaited.children[0], CreateTimer):
        return isinstance(following, CreateTimer)
    return isinstance(awaited, WhenAll | WhenAny) and any(_is_long_timer(c, following) for c in awaited.children)


def _some_failed(history: Sequence[Event]) -> bool:
    failures = (EventType.TASK_FAILED, EventType.CHILD_FAILED)
    return any(
        e["EventType"] in failures
        or (e["EventType"] == EventType.EVENT_RAISED and "exceptionType" in (e["Input"] or ""))
        for e in history
    )


# ---- code and host give ids to different things


def _counts_differ(replay: Replay, answer: OrchestratorAnswer, ends: bool) -> bool:
    """When the code has ended, the WithRetry actions that it left behind go on in the host alone."""
    return answer.ids_given not in (None, replay.next_id) and not (ends and answer.retries)


class _CodeOrder(Replay):
    """Starts an action when the history shows that the code had come to it, whatever the host still awaited."""

    def advance(self) -> None:
        """The code alone decides."""

    def start_cancelled(self, action: CreateTimer, node: Node) -> None:
        self.cancelled.append(self.give_id(action, action))

    def meet(self, event: Event) -> None:
        while self.next_id <= event["EventId"] and self.position < len(self.actions):
            self.start_next()
        super().meet(event)

    def run(self, history: Sequence[Event]) -> None:
        super().run(history)
        while self.position < len(self.actions):
            self.start_next()


def _parting(replay: Replay, history: Sequence[Event]) -> int | None:
    """The first id that the code and the host give to different things."""
    code = _CodeOrder(replay.instance_id, replay.execution_id, replay.actions)
    try:
        code.run(history)
    except NonDeterminismError:
        if replay.next_id >= code.next_id:
            return None
    for place in range(max(replay.next_id, code.next_id)):
        if place >= min(replay.next_id, code.next_id) or replay.origins[place] is not code.origins[place]:
            return place
    return None


def _other_ids(replay: Replay, place: int) -> str:
    ours = _said(replay.origins[place]) if place < replay.next_id else "nothing yet"
    if replay.cancelled:
        why = (
            "A timer that is cancelled counts as over from the start in the host, not in the code, so ids shift when "
            "a retry came before the cancel(); do not cancel a timer that stood in a task_any with a WithRetry task."
        )
    else:
        why = (
            "The host does not see that the code waits for a task that it had yielded before, starts what follows "
            "too early in its replay, and a retry in between gets another id; let every WithRetry task end before "
            "you yield an old task again."
        )
    return f"The code and the host give the id {place} to different tasks; the host gives it to {ours}. {why}"


# ---- words


def _leaves(action: Action) -> Iterator[Action]:
    if isinstance(action, WhenAny | WhenAll):
        for child in action.children:
            yield from _leaves(child)
    else:
        yield action


def _few(actions: Sequence[Action], joined_by: str) -> str:
    said = [_said(a) for a in actions[:_MOST_NAMED]]
    if len(actions) > _MOST_NAMED:
        said.append(f"{len(actions) - _MOST_NAMED} more")
    return joined_by.join(said)


def _said(action: Action) -> str:
    match action:
        case CallActivity():
            return f"activity '{action.name}'"
        case CallHttp():
            return f"the HTTP call to {action.request.get('uri')}"
        case CallChild():
            return f"sub-orchestration '{action.name}'"
        case CreateTimer():
            return f"the timer of {action.fire_at}"
        case WaitForEvent():
            return f"event '{action.name}'"
        case CallEntity():
            return f"'{action.operation}' of entity {action.entity_id}"
        case SignalEntity():
            return f"the signal '{action.operation}' to entity {action.entity_id}"
        case ContinueAsNew():
            return "continue_as_new"
        case WhenAny() | WhenAll():
            return _few(list(_leaves(action)), " beside ")
