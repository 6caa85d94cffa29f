"""The host's run of a list of actions against a history (docs/devhost/behaviour.md, section 3.6).

The run starts an action, awaits it, and only then starts the next. Ids follow the order of starting. One goes to
each activity, HTTP call, timer, child, entity call and signal, to each attempt of a WithRetry action and to each of
its waits.
"""

from collections.abc import Sequence

from devhost.protocol.actions import (
    Action,
    CallActivity,
    CallChild,
    CallEntity,
    CallHttp,
    CreateTimer,
    Retry,
    Scheduled,
    SignalEntity,
    WaitForEvent,
    WhenAll,
    WhenAny,
)
from devhost.protocol.clock import clock_text, ticks_of
from devhost.protocol.entity_messages import request_guid
from devhost.protocol.events import Event, EventType
from devhost.protocol.non_determinism import SCHEDULING, Inputs, check, differs

_TICKS_PER_MS = 10_000


class Node:
    """An awaited action. When it ends it notifies its `parent`; only a Chain uses whether the child succeeded."""

    __slots__ = ("done", "parent")

    def __init__(self, parent: "Compound | Chain | None" = None) -> None:
        self.parent = parent
        self.done = False

    def finish(self, ok: bool) -> None:
        """End the action, and pass on whether it succeeded."""
        self.done = True
        if self.parent is not None:
            self.parent.child_ended(ok)


class Compound(Node):
    """A WhenAny or WhenAll: it ends when `pending` more children have ended."""

    __slots__ = ("pending",)

    def __init__(self, parent: "Compound | None", pending: int) -> None:
        super().__init__(parent)
        self.pending = pending

    def child_ended(self, ok: bool) -> None:
        """Count a child that has ended."""
        self.pending -= 1
        if self.pending == 0:
            self.finish(True)


class Chain(Node):
    """A WithRetry action: attempts, with a timer after each one that failed, also after the last one.

    The SDK waits for that last timer too (recording `retry_gone`).
    """

    __slots__ = ("action", "attempts", "is_waiting", "replay", "retry")

    def __init__(
        self, parent: Compound | None, replay: "Replay", action: CallActivity | CallChild, retry: Retry
    ) -> None:
        super().__init__(parent)
        self.replay = replay
        self.action = action
        self.retry = retry
        self.attempts = 0
        self._attempt()

    def _attempt(self) -> None:
        self.attempts += 1
        self.is_waiting = False
        self.replay.schedule(self.action, Node(self), self.action)

    def child_ended(self, ok: bool) -> None:
        """Go on after an attempt or a timer has ended."""
        is_last = self.attempts >= self.retry.max_attempts
        if self.is_waiting:
            if is_last:
                self.finish(False)
            else:
                self._attempt()
        elif ok:
            self.finish(True)
        else:
            self.is_waiting = True
            wait = 0 if is_last else self.retry.interval_ms * _TICKS_PER_MS
            timer = CreateTimer(clock_text(ticks_of(self.replay.now) + wait))
            self.replay.schedule(timer, Node(self), self.action)


class Replay:
    """One run: create it, `run` it over the history, then read its state.

    `scheduled`: actions that have an id but no event yet. `open`: running activities, children and timers, by id.
    `waiters`: the nodes that wait for an event, by its name, newest last. `early`: by name, the number of events that
    came before a wait and were not taken. `came_early`: the names of all events that came before a wait. `origins`:
    for each id the listed action that it belongs to. `cancelled`: the ids of timers listed as cancelled. `unfired`:
    those of them that have not fired. `position`: the number of listed actions that are started; `blocked`: the node
    of the last one. `inputs`: those of earlier episodes. `changed`: the first action that differs from what was
    scheduled, though not in kind and name.
    """

    def __init__(self, instance_id: str, execution_id: str, actions: Sequence[Action], inputs: Inputs) -> None:
        self.instance_id = instance_id
        self.execution_id = execution_id
        self.actions = actions
        self.inputs = inputs
        self.changed: Scheduled | None = None
        self.now = ""
        self.scheduled: dict[int, Scheduled] = {}
        self.open: dict[int, Node] = {}
        self.waiters: dict[str, list[Node]] = {}
        self.early: dict[str, int] = {}
        self.came_early: set[str] = set()
        self.origins: list[Action] = []
        self.cancelled: list[int] = []
        self.unfired: set[int] = set()
        self.carried_input: str | None = None
        self.position = 0
        self.blocked: Node | None = None

    @property
    def next_id(self) -> int:
        return len(self.origins)

    @property
    def all_done(self) -> bool:
        """True if every listed action has been started and awaited."""
        return self.position == len(self.actions) and (self.blocked is None or self.blocked.done)

    def run(self, history: Sequence[Event]) -> None:
        """Run the list over the history. Raises NonDeterminismError where they do not match."""
        for event in history:
            kind = event["EventType"]
            if kind in SCHEDULING:
                self.match_scheduled(event)
            elif kind in _ENDS:
                ok, key = _ENDS[kind]
                node = self.open.pop(event[key], None)
                if node is not None:
                    node.finish(ok)
                    self.advance()
                else:
                    # A cancelled timer that fires, or a second result of a task: nothing waits for either.
                    self.unfired.discard(event[key])
            elif kind == EventType.EVENT_RAISED:
                self.receive(event["Name"])
            elif kind == EventType.ORCHESTRATOR_STARTED:
                self.now = event["Timestamp"]
            elif kind == EventType.EXECUTION_STARTED:
                self.advance()

    def advance(self) -> None:
        """Start listed actions until one has to be awaited."""
        while self.position < len(self.actions) and (self.blocked is None or self.blocked.done):
            self.start_next()

    def start_next(self) -> None:
        """Start the next listed action."""
        self.blocked = self.start(self.actions[self.position], None)
        self.position += 1

    def start(self, action: Action, parent: Compound | None) -> Node:
        """Start one action, a compound's children left to right."""
        if isinstance(action, (CallActivity, CallChild)):
            if action.retry is not None:
                return Chain(parent, self, action, action.retry)
            return self.schedule(action, Node(parent), action)
        if isinstance(action, CallHttp):
            return self.schedule(action, Node(parent), action)
        if isinstance(action, (WhenAll, WhenAny)):
            return self._start_compound(action, parent)
        node = Node(parent)
        if isinstance(action, CreateTimer):
            if not action.cancelled:
                return self.schedule(action, node, action)
            self.start_cancelled(action, node)
        elif isinstance(action, WaitForEvent):
            self.wait(action.name, node)
        elif isinstance(action, CallEntity):
            # An entity answers by raising an event with this name.
            guid = request_guid(self.instance_id, self.execution_id, self.next_id)
            self.give_id(action._replace(request_id=guid), action)
            self.wait(guid, node)
        elif isinstance(action, SignalEntity):
            self.give_id(action, action)
            node.finish(True)
        else:
            self.carried_input = action.input
            node.finish(True)
        return node

    def _start_compound(self, action: WhenAny | WhenAll, parent: Compound | None) -> Node:
        size = len(action.children)
        compound = Compound(parent, min(size, 1) if isinstance(action, WhenAny) else size)
        for child in action.children:
            self.start(child, compound)
        if size == 0:
            compound.finish(True)
        return compound

    def start_cancelled(self, action: CreateTimer, node: Node) -> None:
        """Start a timer that is listed as cancelled: it gets an id and ends at once, though it will fire.

        So does the real host (recording `cancelled_timer`).
        """
        task_id = self.give_id(action, action)
        self.cancelled.append(task_id)
        self.unfired.add(task_id)
        node.finish(True)

    def schedule(self, action: Scheduled, node: Node, origin: Action) -> Node:
        """Give an id to the action that `node` awaits."""
        self.open[self.give_id(action, origin)] = node
        return node

    def wait(self, name: str, node: Node) -> None:
        """Await the next event of that name, or take one that came before."""
        if self.early.get(name):
            self.early[name] -= 1
            node.finish(True)
        else:
            self.waiters.setdefault(name, []).append(node)

    def receive(self, name: str) -> None:
        """Give an event to the newest waiter of exactly that name, as the SDK does, or keep it."""
        waiting = self.waiters.get(name)
        if waiting:
            # The newest waiter gets the event, in the SDK and on the real host (docs/devhost/behaviour.md, section
            # 3.11).
            waiting.pop().finish(True)
            self.advance()
        else:
            self.early[name] = self.early.get(name, 0) + 1
            self.came_early.add(name)

    def match_scheduled(self, event: Event) -> None:
        """Compare a scheduling event of an earlier episode with its action, which need not be scheduled again."""
        task_id = event["EventId"]
        action = check(event, self.scheduled.get(task_id))
        # After the check: an action that does not fit is scheduled all the same.
        del self.scheduled[task_id]
        if self.changed is None and differs(event, action, self.inputs):
            self.changed = action

    def give_id(self, action: Scheduled, origin: Action) -> int:
        """Give the next id to `action`, which belongs to the listed action `origin`."""
        task_id = len(self.origins)
        self.origins.append(origin)
        self.scheduled[task_id] = action
        return task_id


_ENDS: dict[int, tuple[bool, str]] = {
    EventType.TASK_COMPLETED: (True, "TaskScheduledId"),
    EventType.TASK_FAILED: (False, "TaskScheduledId"),
    EventType.CHILD_COMPLETED: (True, "TaskScheduledId"),
    EventType.CHILD_FAILED: (False, "TaskScheduledId"),
    EventType.TIMER_FIRED: (True, "TimerId"),
}
