"""The pending durable timers, the next one first."""

from __future__ import annotations

import heapq

from devhost.clock import Clock
from devhost.core import Core
from devhost.events import clock_text, timer_fired
from devhost.hub import Timer
from devhost.instances import Message


class DurableTimers:
    """Never fires one before its time. Used by the turn's owner."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._clock: Clock = core.clock
        self._heap: list[tuple[int, int, int]] = []
        self._pending: dict[tuple[int, int], Timer] = {}

    def add(self, timer: Timer) -> None:
        self._pending[timer.run, timer.task_id] = timer
        heapq.heappush(self._heap, (timer.due, timer.run, timer.task_id))

    def drop(self, run: int, task_id: int) -> bool:
        """Forget a timer; whether it was pending."""
        return self._pending.pop((run, task_id), None) is not None

    def next_due(self) -> int | None:
        """The tick at which the next timer fires."""
        while self._heap and self._heap[0][1:] not in self._pending:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def fire_due(self) -> None:
        """Deliver every timer whose time has come."""
        while (due := self.next_due()) is not None and due <= self._clock.now():
            timer = self._pending.pop(heapq.heappop(self._heap)[1:])
            instance = self._core.find(timer.instance_id)
            if instance is not None and instance.run == timer.run and not instance.terminal:
                event = timer_fired("", timer.task_id, clock_text(timer.due))
                self._core.deliver(instance, Message(event, source="timers"))
