"""Runs one random program to its end and reports what must not be."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from azure.durable_functions.models import DurableOrchestrationContext
from azure.durable_functions.models.actions.NoOpAction import NoOpAction
from azure.durable_functions.models.Task import RetryAbleTask

from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer
from devhost.protocol.answers import OrchestratorAnswer
from devhost.protocol.clock import clock_text, ticks_of
from devhost.protocol.interpreter import Decision, Interpretation
from support.interpreter.memory_host import ProgramHost
from support.interpreter.programs import Maker, Program, SwappedError, created, orchestrator

MOST_TURNS = 400
ROUNDS_OF_EVENTS = 25


@dataclass
class Run:
    """How a program went: `wrong` says what must not be; `explained` what the explainer said, if anything."""

    seed: int
    program: Program
    wrong: str | None = None
    explained: str | None = None
    end: str = "waits"
    turns: int = 0
    swapped: str | None = None
    answers: list[str] = field(default_factory=list[str])


def run(seed: int) -> Run:
    """Run the program of that seed."""
    rng = random.Random(seed)
    program = Maker(rng, wild=rng.random() < 0.6, repeats=rng.random() < 0.1).program()
    result = Run(seed, program)
    failed: set[str] = set()
    again = {f'"{n.name}"' for n in created(program.steps) if n.kind.endswith("retry") and n.arg > 1}

    def outcome(decision: Decision) -> str | None:
        own = _own(decision)
        for_good = not own.startswith('"s')
        if rng.random() < 0.25 and (for_good or (own in again and own not in failed)):
            failed.add(own)
            return None
        return own

    with sdk_ids() as theirs:
        host = ProgramHost(_noting(orchestrator(program), result), rng, outcome)
        raised: set[str] = set()
        for name in program.events():
            for _ in range(rng.randint(0, 3) if program.wild else rng.randint(0, 1)):
                raised.add(name)
                host.raise_event(name, f"event {name}", after_ms=rng.choice((0, 50, 150, 400)))
        _play(host, result, theirs, raised)
    if result.explained and result.wrong is None and not program.may_be_told(result.explained):
        result.wrong = f"explains what is not so: {result.explained}"
    return result


def _play(host: ProgramHost, result: Run, theirs: dict[int, str], raised: set[str]) -> None:
    ours: dict[int, str] = {}
    rounds = 0
    seen: Interpretation | None = host.start()
    while seen is not None:
        result.turns += 1
        assert host.answer is not None
        ours |= {d.id: _label(d) for d in seen.decisions}
        result.explained = result.explained or seen.stuck or seen.non_determinism
        if result.explained is None and result.swapped:
            result.wrong = f"swapped: {result.swapped}"
        elif result.explained is None and host.answer.schedules and not _agree(ours, theirs, host.answer):
            result.wrong = f"ids differ: the host's {ours}, the code's {theirs}"
        if result.wrong or host.ended or result.turns > MOST_TURNS:
            break
        seen = host.step()
        while seen is None and rounds < ROUNDS_OF_EVENTS:
            rounds += 1
            for name in result.program.events():
                if result.program.wild or name not in raised:
                    raised.add(name)
                    host.raise_event(name, f"event {name}")
            seen = host.step()
    if host.ended and host.seen and host.answer:
        result.end = "broken" if host.seen.non_determinism else "failed" if host.answer.failure else "returned"
    elif result.explained is None and result.wrong is None:
        result.wrong = "hangs in silence"


def _noting(wrapper: Callable[[Any], str], result: Run) -> Callable[[Any], str]:
    def noted(context: Any) -> str:
        try:
            result.answers.append(wrapper(context))
        except SwappedError as swapped:
            result.swapped = str(swapped)
            raise
        except Exception as error:
            result.answers.append(str(error))
            raise
        return result.answers[-1]

    return noted


def _agree(ours: dict[int, str], theirs: dict[int, str], answer: OrchestratorAnswer) -> bool:
    """The waits of WithRetry actions are nameless in the SDK; when the code has ended, they go on in the host alone."""
    if answer.has_retries and (answer.is_done or answer.failure is not None):
        return True
    return theirs.keys() == ours.keys() and all(
        ours[i] == what or (what == "wait" and ours[i].startswith("timer")) for i, what in theirs.items()
    )


@contextmanager
def sdk_ids() -> Generator[dict[int, str]]:
    """What the SDK gives which id to, in its latest replay."""
    found: dict[int, str] = {}
    cls: Any = DurableOrchestrationContext
    init, add, record = cls.__init__, cls._add_to_open_tasks, cls._record_fire_and_forget_action

    def started(self: Any, *args: Any, **kwargs: Any) -> None:
        found.clear()
        init(self, *args, **kwargs)

    def added(self: Any, task: Any) -> None:
        is_new = hasattr(task, "action_repr") and task.id is None and not hasattr(task, "children")
        before = self._sequence_number
        add(self, task)
        if is_new and self._sequence_number == before + 1:
            found[before] = _task_label(task)

    def recorded(self: Any, action: Any) -> None:
        if not self.will_continue_as_new and action.action_type == 9:
            found[self._sequence_number] = f"signal {action.input_}"
        record(self, action)

    cls.__init__, cls._add_to_open_tasks, cls._record_fire_and_forget_action = started, added, recorded
    try:
        yield found
    finally:
        cls.__init__, cls._add_to_open_tasks, cls._record_fire_and_forget_action = init, add, record


def _task_label(task: Any) -> str:
    action: Any = task.action_repr
    if isinstance(action, NoOpAction):
        assert isinstance(task.parent, RetryAbleTask)
        if "timer" in (action.metadata or ""):
            return "wait"
        action = task.parent.actions
    match type(action).__name__:
        case "CreateTimerAction":
            return f"timer {clock_text(ticks_of(action.fire_at.strftime('%Y-%m-%dT%H:%M:%S.%fZ')))}"
        case "CallHttpAction":
            return f"http {action.http_request.uri}"
        case "CallSubOrchestratorAction" | "CallSubOrchestratorWithRetryAction":
            return f"child {action._input}"
        case "CallEntityAction":
            return f"call {action.input_}"
        case _:
            return f"activity {action.input_}"


def _label(decision: Decision) -> str:
    match decision.action:
        case CreateTimer() as timer:
            return f"timer {timer.fire_at}"
        case CallHttp() as call:
            return f"http {call.request['uri']}"
        case CallChild() as call:
            return f"child {call.input}"
        case CallActivity() as call:
            return f"activity {call.input}"
        case CallEntity() as call:
            return f"call {call.input}"
        case signal:
            return f"signal {signal.input}"


def _own(decision: Decision) -> str:
    action = decision.action
    if isinstance(action, CallHttp):
        return json.dumps(action.request["uri"].rpartition("/")[2])
    assert isinstance(action, CallActivity | CallChild | CallEntity)
    return action.input or "null"


def summary(runs: list[Run]) -> str:
    ends = Counter(r.end + (", explained" if r.explained else "") for r in runs)
    return f"{len(runs)} programs, {sum(r.turns for r in runs)} turns: {dict(ends)}"
