"""Durable timers and scheduled signals, kept in heaps with the next one first."""

import heapq

from devhost.engine.core import Core
from devhost.hub.instances import Message, Operation
from devhost.hub.rows import Timer
from devhost.protocol.clock import clock_text
from devhost.protocol.events import timer_fired

# Below this it is not worth building the heap anew.
_SLACK = 1_000


class DurableTimers:
    """The timers that have not fired. Used on the engine thread only.

    A timer never fires early, unlike on the real host (docs/devhost/behaviour.md, section 12).
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._heap: list[tuple[int, int, int]] = []
        self._pending: dict[tuple[int, int], Timer] = {}

    def add(self, timer: Timer) -> None:
        """Fire the timer when its time has come."""
        self._pending[timer.run, timer.task_id] = timer
        heapq.heappush(self._heap, (timer.due, timer.run, timer.task_id))

    def drop(self, run: int, task_id: int) -> None:
        """Forget a timer of an execution that has ended."""
        self._pending.pop((run, task_id), None)
        # Dropped timers stay in the heap until they come first; it is built anew when most of it is dropped ones.
        if len(self._heap) > 2 * len(self._pending) + _SLACK:
            self._heap = [entry for entry in self._heap if entry[1:] in self._pending]
            heapq.heapify(self._heap)

    def next_due(self) -> int | None:
        """Return the tick at which the next timer fires."""
        while self._heap and self._heap[0][1:] not in self._pending:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def fire_due(self) -> None:
        """Deliver a TimerFired for each timer whose time has come."""
        while (due := self.next_due()) is not None and due <= self._core.clock.now():
            timer = self._pending.pop(heapq.heappop(self._heap)[1:])
            instance = self._core.find(timer.instance_id)
            # A timer of an earlier generation has no meaning for this one.
            if instance is not None and instance.run == timer.run and not instance.is_terminal:
                event = timer_fired("", timer.task_id, clock_text(timer.due))
                self._core.deliver(instance, Message(event, source="timers"))


class LaterSignals:
    """Scheduled signals: operations on entities that must not run before their time."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._heap: list[tuple[int, int, str, Operation]] = []
        # Keeps signals of the same tick in order, and operations from being compared.
        self._count = 0

    def add(self, entity_id: str, operation: Operation, due: int) -> None:
        """Keep the operation until tick `due`, durably."""
        if operation.row is None:
            self._core.hub.add_operation(entity_id, operation, due)
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, entity_id, operation))

    def next_due(self) -> int | None:
        """Return the tick at which the next signal is sent."""
        return self._heap[0][0] if self._heap else None

    def send_due(self) -> None:
        """Deliver the signals whose time has come."""
        while self._heap and self._heap[0][0] <= self._core.clock.now():
            _, _, entity_id, operation = heapq.heappop(self._heap)
            self._core.deliver_operation(self._core.entity(entity_id), operation)
