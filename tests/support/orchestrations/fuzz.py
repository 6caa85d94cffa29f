"""Runs one random program to its end and reports what must not be."""

import json
import random
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from azure.durable_functions.models import DurableOrchestrationContext
from azure.durable_functions.models.actions.NoOpAction import NoOpAction
from azure.durable_functions.models.Task import RetryAbleTask

from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer
from devhost.protocol.answers import OrchestratorAnswer
from devhost.protocol.clock import clock_text, ticks_of
from devhost.protocol.interpreter import Decision, Interpretation
from support.orchestrations.program_host import ProgramHost
from support.orchestrations.programs import Maker, Program, SwappedError, created, orchestrator

MOST_TURNS = 400
ROUNDS_OF_EVENTS = 25
_LABELS = {
    "CallSubOrchestratorAction": "child",
    "CallSubOrchestratorWithRetryAction": "child",
    "CallEntityAction": "entity_call",
}


@dataclass
class Run:
    """The course of a program: `wrong` is what must not be, `explained` the explainer's sentence if there was one."""

    seed: int
    program: Program
    wrong: str | None = None
    explained: str | None = None
    end: str = "waits"
    turns: int = 0
    answers: list[str] = field(default_factory=list[str])


def run(seed: int) -> Run:
    """Run the program of that seed."""
    rng = random.Random(seed)
    program = Maker(rng, wild=rng.random() < 0.6, repeats=rng.random() < 0.1).program()
    result = Run(seed, program)
    failed: set[str] = set()
    again = {f'"{new.name}"' for new in created(program.steps) if new.kind.endswith("retry") and new.arg > 1}

    def outcome(decision: Decision) -> str | None:
        own = _input(decision)
        for_good = not own.startswith('"s')
        if rng.random() < 0.25 and (for_good or (own in again and own not in failed)):
            failed.add(own)
            return None
        return own

    with sdk_ids() as theirs:
        host = ProgramHost(orchestrator(program), rng, outcome)
        raised: set[str] = set()
        for name in program.events():
            for _ in range(rng.randint(0, 3) if program.wild else rng.randint(0, 1)):
                raised.add(name)
                host.raise_event(name, f"event {name}", after_ms=rng.choice((0, 50, 150, 400)))
        _play(host, result, theirs, raised)
        result.answers = host.texts
    if result.explained and result.wrong is None and not program.may_be_told(result.explained):
        result.wrong = f"explains what is not so: {result.explained}"
    return result


def _play(host: ProgramHost, result: Run, theirs: dict[int, str], raised: set[str]) -> None:
    ours: dict[int, str] = {}
    rounds = 0
    seen: Interpretation | None = host.start()
    while seen is not None:
        result.turns += 1
        ours |= {decision.id: _label(decision) for decision in seen.decisions}
        result.explained = result.explained or seen.stuck or seen.non_determinism
        if result.explained is None and isinstance(host.exception, SwappedError):
            result.wrong = f"swapped: {host.exception}"
        elif result.explained is None and host.answer.schedules and not _agree(ours, theirs, host.answer):
            result.wrong = f"ids differ: the host's {ours}, the code's {theirs}"
        if result.wrong or host.ended or result.turns > MOST_TURNS:
            break
        # Nothing is left to happen: the program waits for events, which come now, one round after another.
        seen = host.step()
        while seen is None and rounds < ROUNDS_OF_EVENTS:
            rounds += 1
            for name in result.program.events():
                if result.program.wild or name not in raised:
                    raised.add(name)
                    host.raise_event(name, f"event {name}")
            seen = host.step()
    if host.ended:
        failed = "failed" if host.answer.failure else "returned"
        result.end = "broken" if host.seen.non_determinism else failed
    elif result.explained is None and result.wrong is None:
        result.wrong = "hangs in silence"


def _agree(ours: dict[int, str], theirs: dict[int, str], latest: OrchestratorAnswer) -> bool:
    """Compare the ids of host and SDK.

    The waits of WithRetry actions are nameless in the SDK; when the code has ended, they go on in the host alone.
    """
    if latest.has_retries and (latest.is_done or latest.failure is not None):
        return True
    return theirs.keys() == ours.keys() and all(
        ours[i] == what or (what == "wait" and ours[i].startswith("timer")) for i, what in theirs.items()
    )


@contextmanager
def sdk_ids() -> Generator[dict[int, str]]:
    """Collect the ids that the SDK gives in its latest replay, each with what it is given to."""
    ids: dict[int, str] = {}
    cls: Any = DurableOrchestrationContext
    init, add, record = cls.__init__, cls._add_to_open_tasks, cls._record_fire_and_forget_action

    def start(self: Any, *args: Any, **kwargs: Any) -> None:
        ids.clear()
        init(self, *args, **kwargs)

    def add_noting(self: Any, task: Any) -> None:
        # A task is added again whenever it is yielded again, and keeps its id.
        is_new = hasattr(task, "action_repr") and task.id is None and not hasattr(task, "children")
        before = self._sequence_number
        add(self, task)
        if is_new and self._sequence_number == before + 1:
            ids[before] = _task_label(task)

    def record_noting(self: Any, action: Any) -> None:
        if not self.will_continue_as_new and action.action_type == 9:
            ids[self._sequence_number] = f"entity_signal {action.input_}"
        record(self, action)

    stand_ins = {"_add_to_open_tasks": add_noting, "_record_fire_and_forget_action": record_noting}
    with patch.multiple(cls, __init__=start, **stand_ins):
        yield ids


def _task_label(task: Any) -> str:
    action: Any = task.action_repr
    if isinstance(action, NoOpAction):
        assert isinstance(task.parent, RetryAbleTask)
        if "timer" in (action.metadata or ""):
            return "wait"
        action = task.parent.actions
    name = type(action).__name__
    if name == "CreateTimerAction":
        return f"timer {clock_text(ticks_of(action.fire_at.strftime('%Y-%m-%dT%H:%M:%S.%fZ')))}"
    if name == "CallHttpAction":
        return f"http {action.http_request.uri}"
    value = action._input if name.startswith("CallSub") else action.input_
    return f"{_LABELS.get(name, 'activity')} {value}"


def _label(decision: Decision) -> str:
    match decision.action:
        case CreateTimer(fire_at):
            value = fire_at
        case CallHttp() as call:
            value = call.request["uri"]
        case action:
            value = action.input
    return f"{decision.kind} {value}"


def _input(decision: Decision) -> str:
    """Return the task's own name as JSON, which is its input and is to be its result."""
    action = decision.action
    if isinstance(action, CallHttp):
        return json.dumps(action.request["uri"].rpartition("/")[2])
    assert isinstance(action, CallActivity | CallChild | CallEntity)
    return action.input or "null"


def summary(runs: list[Run]) -> str:
    ends = Counter(run.end + (", explained" if run.explained else "") for run in runs)
    return f"{len(runs)} programs, {sum(run.turns for run in runs)} turns: {dict(ends)}"
