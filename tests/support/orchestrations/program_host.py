"""Hosts one random program in memory, with invented outcomes, on an invented clock."""

import heapq
import json
import random
from collections.abc import Callable
from itertools import count
from typing import Any

from devhost.protocol import events
from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer
from devhost.protocol.clock import TICKS_PER_SECOND, clock_text, ticks_of
from devhost.protocol.entity_messages import entity_response
from devhost.protocol.events import Event
from devhost.protocol.interpreter import Decision, Interpretation
from support.orchestrations.execution import Execution

Outcome = Callable[[Decision], str | None]
"""Gives the result of a task as JSON text, or None for a failure."""


class ProgramHost(Execution):
    """Runs `wrapper`, the SDK's of one orchestrator, turn by turn until it ends or nothing is left to happen.

    `rng` decides how long a task takes. Completions that are due share a turn where the answer's list allows that.
    """

    def __init__(self, wrapper: Callable[[Any], Any], rng: random.Random, outcome: Outcome) -> None:
        super().__init__(wrapper, "program", "instance", "execution")
        self.ended = False
        self._rng, self._outcome = rng, outcome
        self._now = ticks_of("2026-01-01T00:00:00Z")
        self._due: list[tuple[int, int, Event]] = []
        self._order = count()

    def start(self) -> Interpretation:
        at = clock_text(self._now)
        return self._run(events.execution_started(at, self.name, self.instance_id, self.execution_id, None))

    def raise_event(self, name: str, value: str, *, after_ms: int = 0) -> None:
        """Let an event come in `after_ms` from now."""
        at = self._now + after_ms * TICKS_PER_SECOND // 1000
        self._push(at, events.event_raised(clock_text(at), name, json.dumps(value)))

    def step(self) -> Interpretation | None:
        """Take the next turn, or return None if nothing is left to happen."""
        if self.ended or not self._due:
            return None
        at, _, event = heapq.heappop(self._due)
        # A turn takes a millisecond at least, or all turns of a busy program would have one time.
        self._now = max(self._now + 10_000, at)
        batch = [event]
        # With a WithRetry action in the list each turn takes one event alone, as on the dev host.
        while not self.answer.has_retries and self._is_due() and self._rng.random() < 0.7:
            batch.append(heapq.heappop(self._due)[2])
        return self._run(*batch)

    def _is_due(self) -> bool:
        return bool(self._due) and self._due[0][0] <= self._now

    def _run(self, *batch: Event) -> Interpretation:
        seen = self.take_turn(clock_text(self._now), *batch)
        for decision in seen.decisions:
            self._answer(decision)
        self.ended = seen.may_end or seen.non_determinism is not None
        return seen

    def _answer(self, decision: Decision) -> None:
        """Decide what comes of a task and when."""
        match decision.action:
            case CreateTimer(fire_at):
                fired = events.timer_fired(clock_text(self._now), decision.id, fire_at)
                self._push(max(self._now, ticks_of(fire_at)), fired)
            case CallActivity() | CallHttp():
                self._complete(decision, events.task_completed, events.task_failed)
            case CallChild():
                self._complete(decision, events.child_completed, events.child_failed)
            case CallEntity() as call:
                result = self._outcome(decision)
                text = entity_response(result or json.dumps("failed"), failed=result is None)
                self._push(self._later(), events.event_raised(clock_text(self._now), call.request_id, text))
            case _:
                return

    def _complete(self, decision: Decision, completed: Callable[..., Event], failed: Callable[..., Event]) -> None:
        result, at = self._outcome(decision), self._later()
        when = clock_text(at)
        event = failed(when, decision.id, "failed", "why") if result is None else completed(when, decision.id, result)
        self._push(at, event)

    def _later(self) -> int:
        return self._now + self._rng.choice((1, 5, 20, 100, 400)) * TICKS_PER_SECOND // 1000

    def _push(self, at: int, event: Event) -> None:
        heapq.heappush(self._due, (at, next(self._order), event))
