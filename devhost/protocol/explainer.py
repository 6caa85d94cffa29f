"""Explanations of where an orchestrator's code and the host differ, with the reason and a remedy.

The SDK runs the code by other rules than the host. It goes on at the first failure of a `task_all`, when a task that
was yielded before ends a compound, and when an old event answers a second wait. It counts a cancelled timer as ended
only when it fires. The host follows the list of actions (see `replay`). Where it then waits for something that the
code no longer needs, an app hangs, runs late or gets another task's result, and no message says so. In production it
is the same (docs/devhost/behaviour.md, section 3.6).
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

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

# More names than this make a sentence that nobody reads.
_MOST_NAMED = 3


def explain(
    replay: Replay, history: Sequence[Event], result: OrchestratorAnswer, non_determinism: str | None
) -> str | None:
    """Return how `replay`, which was run over `history`, differs from the code; None if it does not.

    `non_determinism` is the failure that the run ended with. This costs next to nothing as long as the two agree,
    except that a list with WithRetry actions is run once more, by the SDK's rules.
    """
    ends = result.is_done or result.failure is not None
    is_behind = replay.position < len(replay.actions) or (ends and not replay.all_done)
    if non_determinism is None and is_behind:
        return _left_behind(replay, history, result)
    if result.has_retries:
        place = _first_difference(replay, history)
        if place is not None:
            return _other_ids(replay, place)
    if non_determinism is not None:
        return None
    if _counts_differ(replay, result, ends):
        return (
            f"The host has started {replay.next_id} tasks, the code knows {result.ids_given}, so from here on results "
            "go to the wrong tasks. The host starts a task once for each time that a task_all or task_any lists it; "
            "list each task only once."
        )
    if result.schedules and not ends and replay.all_done and not _has_open_tasks(replay):
        return (
            "The code waits for something that can never happen, so the instance stays Running for ever. The code has "
            "yielded None, or a task_all or task_any whose tasks were later yielded in another one; yield a task that "
            "can still end."
        )
    if replay.changed is not None:
        return _changed(replay.changed)
    return None


def lingering(replay: Replay) -> str | None:
    """Return a sentence about the tasks that keep an instance Running whose code has ended, None if there are none.

    While the host awaits listed actions, it is silent: then `explain` says what the host waits for.
    """
    if not replay.all_done or not replay.open:
        return None
    pending = [replay.origins[task_id] for task_id in replay.open]
    return (
        f"The code has ended, but the instance stays Running until {_few(pending, ' and ')} has ended. "
        f"{' '.join(dict.fromkeys(_ending(action, replay.actions) for action in pending))}"
    )


def _ending(action: Action, listed: Sequence[Action]) -> str:
    """Return how the code can keep the action from outlasting it."""
    if not isinstance(action, CreateTimer):
        return (
            "Only a timer can be cancelled: yield the task before the code ends, or give it a time limit of its own "
            "so that it ends soon."
        )
    if any(map(partial(_begins_long_timer, action), listed)):
        return (
            "A timer of more than six days is made of several timers, which cancel() does not cancel; wait for at "
            "most six days at a time."
        )
    return "Cancel a timer that is no longer needed: timer.cancel()."


def _begins_long_timer(timer: Action, action: Action) -> bool:
    """Return whether the timer is the first part of a long one that is listed in the action."""
    if isinstance(action, WhenAll) and len(action.children) == 1:
        return action.children[0] is timer
    return isinstance(action, WhenAll | WhenAny) and any(map(partial(_begins_long_timer, timer), action.children))


def _changed(action: Action) -> str:
    changes: dict[type[Action], str] = {CreateTimer: "time", CallChild: "input or instance id", CallHttp: "request"}
    return (
        f"The code is not deterministic: at replay {_described(action)} has another "
        f"{changes.get(type(action), 'input')} than when it was scheduled, and the host keeps to the first. Take times "
        "from context.current_utc_datetime, ids from context.new_uuid(), and all else that changes from the input or "
        "from an activity."
    )


def _has_open_tasks(replay: Replay) -> bool:
    return bool(replay.open or replay.unfired or any(replay.waiters.values()))


class _Named(Replay):
    """A run that keeps the action of each node."""

    def __init__(self, other: Replay) -> None:
        super().__init__(other.instance_id, other.execution_id, other.actions, other.inputs)
        self.nodes: list[tuple[Action, Node]] = []

    def start(self, action: Action, parent: Compound | None) -> Node:
        node = super().start(action, parent)
        self.nodes.append((action, node))
        return node


def _left_behind(replay: Replay, history: Sequence[Event], result: OrchestratorAnswer) -> str:
    named = _Named(replay)
    named.run(history)
    awaited = replay.actions[replay.position - 1]
    leaves = list(_leaves(awaited))
    leaf_ids = set(map(id, leaves))
    pending = [action for action, node in named.nodes if not node.done and id(action) in leaf_ids]
    return (
        f"The host waits for {_few(pending, ' and ')}, but the code has already gone on to "
        f"{_next(replay, result)}. {_remedy(replay, pending, len(leaves), history)}"
    )


def _next(replay: Replay, result: OrchestratorAnswer) -> str:
    if replay.position < len(replay.actions):
        return _described(replay.actions[replay.position])
    return "its failure" if result.failure else "its end"


def _remedy(replay: Replay, pending: Sequence[Action], size: int, history: Sequence[Event]) -> str:
    awaited, *later = replay.actions[replay.position - 1 :]
    following = later[0] if later else None
    if _holds_all(awaited) and len(pending) < size and _some_failed(history):
        return (
            "The code goes on at the first failure of a task_all, but the host waits until all of its tasks have "
            "ended; let the tasks return their failures as values, or yield each task alone."
        )
    if _is_long_timer(awaited, following):
        return (
            "A timer of more than six days is made of several timers. The code starts the next of them at once, the "
            "host only when everything has ended that was yielded with the first; yield a long timer alone, or in a "
            "task_any."
        )
    if any(isinstance(a, WaitForEvent) and a.name in replay.came_early for a in pending):
        return (
            "If an event comes before the code waits for it, the code takes it for every later wait of that name, but "
            "the host for one only; wait for each event once and keep the task, or use another event name for each "
            "wait."
        )
    return (
        "In a task_any or task_all the host waits only for the tasks that were not yielded before, but the code also "
        "goes on when one that was yielded before ends; yield the old task alone, or yield no new task beside it."
    )


def _holds_all(action: Action) -> bool:
    if isinstance(action, WhenAny):
        return any(map(_holds_all, action.children))
    return isinstance(action, WhenAll)


def _is_long_timer(awaited: Action, following: Action | None) -> bool:
    """Return whether the action is the first part of a long timer (recording `long_timer`).

    The SDK lists that part in a task_all, and each further part by itself.
    """
    if isinstance(awaited, WhenAll) and len(awaited.children) == 1 and isinstance(awaited.children[0], CreateTimer):
        return isinstance(following, CreateTimer)
    return isinstance(awaited, WhenAll | WhenAny) and any(_is_long_timer(c, following) for c in awaited.children)


def _some_failed(history: Sequence[Event]) -> bool:
    return any(map(_is_failure, history))


def _is_failure(event: Event) -> bool:
    if event["EventType"] == EventType.EVENT_RAISED:
        # The response of an entity whose operation raised.
        return "exceptionType" in (event["Input"] or "")
    return event["EventType"] in (EventType.TASK_FAILED, EventType.CHILD_FAILED)


def _counts_differ(replay: Replay, result: OrchestratorAnswer, ends: bool) -> bool:
    """Return whether SDK and host have assigned different numbers of ids."""
    # When the code has ended, the WithRetry actions that it no longer awaits go on in the host alone.
    return result.ids_given not in (None, replay.next_id) and not (ends and result.has_retries)


class _CodeOrder(Replay):
    """A run by the SDK's rules: an action starts when the history shows that the code had come to it."""

    def advance(self) -> None:
        """Start nothing: `match_scheduled` and the end of the history do."""

    def start_cancelled(self, action: CreateTimer, node: Node) -> None:
        """Give the timer an id only: the SDK lets it go on until it fires."""
        self.cancelled.append(self.give_id(action, action))

    def match_scheduled(self, event: Event) -> None:
        """Start listed actions until the event's id is assigned."""
        while self.next_id <= event["EventId"] and self.position < len(self.actions):
            self.start_next()
        super().match_scheduled(event)

    def run(self, history: Sequence[Event]) -> None:
        """Run the list over the history, and start the rest of it then."""
        super().run(history)
        while self.position < len(self.actions):
            self.start_next()


def _first_difference(replay: Replay, history: Sequence[Event]) -> int | None:
    """Return the first id that the code and the host give to different tasks."""
    # Run once more by the SDK's rules: ids that differ show where code and host part.
    code = _CodeOrder(replay.instance_id, replay.execution_id, replay.actions, replay.inputs)
    try:
        code.run(history)
    except NonDeterminismError:
        if replay.next_id >= code.next_id:
            return None
    for place, (host_action, code_action) in enumerate(zip(replay.origins, code.origins, strict=False)):
        if host_action is not code_action:
            return place
    return None if replay.next_id == code.next_id else min(replay.next_id, code.next_id)


def _other_ids(replay: Replay, place: int) -> str:
    host_task = _described(replay.origins[place]) if place < replay.next_id else "nothing yet"
    if replay.cancelled:
        reason = (
            "For the host a cancelled timer is over from the start, for the code it is not, so the ids differ if a "
            "retry came before cancel(); do not cancel a timer that was yielded in a task_any with a WithRetry task."
        )
    else:
        reason = (
            "The host does not see that the code waits for a task that it yielded before, and starts what follows too "
            "early in its replay, so a retry in between gets another id; let every WithRetry task end before you "
            "yield an old task again."
        )
    return f"The code and the host give the id {place} to different tasks; the host gives it to {host_task}. {reason}"


def _leaves(action: Action) -> Iterator[Action]:
    if isinstance(action, WhenAny | WhenAll):
        for child in action.children:
            yield from _leaves(child)
    else:
        yield action


def _few(actions: Sequence[Action], joined_by: str) -> str:
    texts = [_described(action) for action in actions[:_MOST_NAMED]]
    if len(actions) > _MOST_NAMED:
        texts.append(f"{len(actions) - _MOST_NAMED} more")
    return joined_by.join(texts)


def _described(action: Action) -> str:
    return _DESCRIPTIONS[type(action)](action)


_DESCRIPTIONS: dict[type[Action], Callable[[Any], str]] = {
    CallActivity: lambda action: f"activity '{action.name}'",
    CallHttp: lambda action: f"the HTTP call to {action.request.get('uri')}",
    CallChild: lambda action: f"sub-orchestration '{action.name}'",
    CreateTimer: lambda action: f"the timer of {action.fire_at}",
    WaitForEvent: lambda action: f"event '{action.name}'",
    CallEntity: lambda action: f"'{action.operation}' of entity {action.entity_id}",
    SignalEntity: lambda action: f"the signal '{action.operation}' to entity {action.entity_id}",
    ContinueAsNew: lambda action: "continue_as_new",
    WhenAny: lambda action: _few(list(_leaves(action)), " beside "),
    WhenAll: lambda action: _few(list(_leaves(action)), " beside "),
}
