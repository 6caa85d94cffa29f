"""Plays one orchestrator by hand: each turn brings what the test says and gives what the host schedules."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from azure.durable_functions.orchestrator import Orchestrator

from devhost.protocol import events, sdk_witness
from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer
from devhost.protocol.answers import OrchestratorAnswer
from devhost.protocol.clock import clock_text, ticks_of
from devhost.protocol.entity_messages import entity_request, entity_response, request_guid
from devhost.protocol.events import Event
from devhost.protocol.interpreter import Decision, Interpretation, interpret
from devhost.protocol.orchestrator_call import CallSettings, OrchestratorCall, call_orchestrator


class Script:
    """`seen` and `answer` are those of the latest turn; `history` holds all events."""

    answer: OrchestratorAnswer
    seen: Interpretation

    def __init__(self, function: Callable[[Any], Any], start: str = "2026-01-01T00:00:00Z") -> None:
        sdk_witness.install()
        self.wrapper = Orchestrator.create(function)
        self.now = ticks_of(start)
        self.history: list[Event] = []
        self.inputs: dict[int, int] = {}

    @property
    def at(self) -> str:
        return clock_text(self.now)

    def start(self) -> list[str]:
        return self.turn(events.execution_started(self.at, "o", "i1", "x1", None))

    def turn(self, *arrived: Event, after_ms: int = 1) -> list[str]:
        """What this turn schedules, as `kind#id`."""
        self.now += after_ms * 10_000
        self.history += [events.orchestrator_started(self.at), *arrived]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call = OrchestratorCall("o", "i1", None, None, self.history)
            self.answer = call_orchestrator(self.wrapper, call, CallSettings())
        self.seen = interpret("i1", "x1", self.history, self.answer, self.inputs)
        self.history += [*map(self._event, self.seen.decisions), events.orchestrator_completed(self.at)]
        return [f"{d.kind}#{d.id}" for d in self.seen.decisions]

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
        """The response of an entity."""
        return self.raised(self.request_id(task_id), entity_response(result, failed=failed))

    def _event(self, decision: Decision) -> Event:
        match decision.action:
            case CallActivity() as action:
                return events.task_scheduled(self.at, decision.id, action.name)
            case CallHttp():
                return events.task_scheduled(self.at, decision.id, events.HTTP_ACTIVITY)
            case CallChild() as action:
                child_id = action.instance_id or f"x1:{decision.id}"
                return events.child_created(self.at, decision.id, action.name, child_id, None)
            case CreateTimer() as action:
                return events.timer_created(self.at, decision.id, action.fire_at)
            case action:
                request = entity_request(
                    self.at,
                    action.operation,
                    action.input,
                    action.request_id,
                    signal=not isinstance(action, CallEntity),
                    parent="i1",
                    parent_execution="x1",
                )
                return events.event_sent(self.at, decision.id, action.entity_id, request)
