"""Plays one orchestrator by hand: each turn brings what the test says and gives what the host schedules."""

from collections.abc import Callable
from typing import Any

from azure.durable_functions.orchestrator import Orchestrator

from devhost.protocol import events
from devhost.protocol.clock import clock_text, ticks_of
from devhost.protocol.entity_messages import entity_response, request_guid
from devhost.protocol.events import Event
from support.orchestrations.execution import Execution


class Script(Execution):
    """An execution on a clock that each turn moves."""

    def __init__(self, function: Callable[[Any], Any], start: str = "2026-01-01T00:00:00Z") -> None:
        super().__init__(Orchestrator.create(function), "o", "i1", "x1")
        self.now = ticks_of(start)

    @property
    def at(self) -> str:
        return clock_text(self.now)

    def start(self) -> list[str]:
        return self.turn(events.execution_started(self.at, "o", "i1", "x1", None))

    def turn(self, *arrived: Event, after_ms: int = 1) -> list[str]:
        """Return what this turn schedules, as `kind#id`."""
        self.now += after_ms * 10_000
        return [f"{decision.kind}#{decision.id}" for decision in self.take_turn(self.at, *arrived).decisions]

    def completed(self, task_id: int, result: str | None = '"ok"') -> Event:
        return events.task_completed(self.at, task_id, result)

    def failed(self, task_id: int) -> Event:
        return events.task_failed(self.at, task_id, "boom", "details")

    def fired(self, task_id: int) -> Event:
        return events.timer_fired(self.at, task_id, self.at)

    def raised(self, name: str, input_text: str | None = "1") -> Event:
        return events.event_raised(self.at, name, input_text)

    def request_id(self, task_id: int) -> str:
        return request_guid("i1", "x1", task_id)

    def answered(self, task_id: int, result: str, *, failed: bool = False) -> Event:
        """Return the response of an entity."""
        return self.raised(self.request_id(task_id), entity_response(result, failed=failed))
