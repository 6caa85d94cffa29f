"""A host for one instance, in memory: the real SDK, the real interpreter, invented outcomes, a clock of its own."""

from __future__ import annotations

import heapq
import json
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from devhost.protocol import events, sdk_witness
from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer
from devhost.protocol.answers import OrchestratorAnswer
from devhost.protocol.clock import TICKS_PER_SECOND, clock_text, ticks_of
from devhost.protocol.entity_messages import entity_request, entity_response
from devhost.protocol.events import Event
from devhost.protocol.interpreter import Decision, Interpretation, interpret
from devhost.protocol.orchestrator_call import CallSettings, OrchestratorCall, call_orchestrator

START = ticks_of("2026-01-01T00:00:00Z")
Outcome = Callable[[Decision], str | None]
"""What comes of a task: its result as JSON text, or None for a failure."""


@dataclass
class ProgramHost:
    """Runs `wrapper` (the SDK's, of one orchestrator) turn by turn, until it ends or nothing is left to happen.

    `outcome` decides what comes of each task, `rng` how long it takes. `several` lets completions share a turn
    where the answer's list allows that.
    """

    wrapper: Callable[[Any], Any]
    rng: random.Random
    outcome: Outcome
    input_text: str | None = None
    several: bool = True
    now: int = START
    history: list[Event] = field(default_factory=list[Event])
    inputs: dict[int, int] = field(default_factory=dict[int, int])
    answer: OrchestratorAnswer | None = None
    seen: Interpretation | None = None
    ended: bool = False
    turns: int = 0
    due: list[tuple[int, int, Event]] = field(default_factory=list[tuple[int, int, Event]])
    _order: count[int] = field(default_factory=count)

    instance_id = "instance"
    execution_id = "execution"

    def start(self) -> Interpretation:
        sdk_witness.install()
        started = events.execution_started(
            clock_text(self.now), "program", self.instance_id, self.execution_id, self.input_text
        )
        return self._turn([started])

    def raise_event(self, name: str, value: str, *, after_ms: int = 0) -> None:
        """Let an event come in `after_ms` from now."""
        at = self.now + after_ms * TICKS_PER_SECOND // 1000
        self._push(at, events.event_raised(clock_text(at), name, json.dumps(value)))

    def step(self) -> Interpretation | None:
        """The next turn; None if nothing is left to happen."""
        if self.ended or not self.due:
            return None
        at, _, event = heapq.heappop(self.due)
        self.now = max(self.now + 10_000, at)
        batch = [event]
        together = self.several and not (self.answer and self.answer.has_retries)
        while together and self.due and self.due[0][0] <= self.now and self.rng.random() < 0.7:
            batch.append(heapq.heappop(self.due)[2])
        return self._turn(batch)

    def _turn(self, batch: list[Event]) -> Interpretation:
        self.turns += 1
        at = clock_text(self.now)
        self.history += [events.orchestrator_started(at), *({**e, "Timestamp": at} for e in batch)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call = OrchestratorCall("program", self.instance_id, None, self.input_text, self.history)
            self.answer = call_orchestrator(self.wrapper, call, CallSettings())
        self.seen = seen = interpret(self.instance_id, self.execution_id, self.history, self.answer, self.inputs)
        for decision in seen.decisions:
            self._carry_out(at, decision)
        self.history.append(events.orchestrator_completed(at))
        self.ended = seen.may_end or seen.non_determinism is not None
        return seen

    def _carry_out(self, at: str, decision: Decision) -> None:
        task_id = decision.id
        match decision.action:
            case CallActivity() | CallHttp() as action:
                name = action.name if isinstance(action, CallActivity) else events.HTTP_ACTIVITY
                self.history.append(events.task_scheduled(at, task_id, name))
                self._comes(decision, events.task_completed, events.task_failed)
            case CallChild() as action:
                child_id = action.instance_id or f"{self.execution_id}:{task_id}"
                self.history.append(events.child_created(at, task_id, action.name, child_id, action.version))
                self._comes(decision, events.child_completed, events.child_failed)
            case CreateTimer() as action:
                self.history.append(events.timer_created(at, task_id, action.fire_at))
                fired = events.timer_fired(at, task_id, action.fire_at)
                self._push(max(self.now, ticks_of(action.fire_at)), fired)
            case action:
                request = entity_request(
                    at,
                    action.operation,
                    action.input,
                    action.request_id,
                    signal=decision.kind == "entity_signal",
                    parent=self.instance_id,
                    parent_execution=self.execution_id,
                )
                self.history.append(events.event_sent(at, task_id, action.entity_id, request))
                if isinstance(action, CallEntity):
                    result = self.outcome(decision)
                    text = entity_response(json.dumps("failed") if result is None else result, failed=result is None)
                    self._push(self._later(), events.event_raised(at, action.request_id, text))

    def _comes(
        self,
        decision: Decision,
        completed: Callable[[str, int, str | None], Event],
        failed: Callable[[str, int, str | None, str | None], Event],
    ) -> None:
        result, at = self.outcome(decision), self._later()
        when = clock_text(at)
        event = failed(when, decision.id, "failed", "why") if result is None else completed(when, decision.id, result)
        self._push(at, event)

    def _later(self) -> int:
        return self.now + self.rng.choice((1, 5, 20, 100, 400)) * TICKS_PER_SECOND // 1000

    def _push(self, at: int, event: Event) -> None:
        heapq.heappush(self.due, (at, next(self._order), event))
