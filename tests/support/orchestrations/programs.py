"""Random orchestrator programs: values that say what to do, and the orchestrator function that does it."""

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import azure.durable_functions as df
from azure.durable_functions.models.Task import TaskBase
from azure.durable_functions.orchestrator import Orchestrator

EVENT_NAMES = ("go", "stop", "Go")
WEIGHTS = {
    "activity": 30,
    "retry": 14,
    "child": 10,
    "child_retry": 6,
    "timer": 15,
    "long_timer": 1,
    "event": 15,
    "entity": 8,
    "http": 4,
}


class SwappedError(BaseException):
    """A task has got what was another's. Not an Exception, so that neither the program nor the SDK takes it."""


@dataclass(frozen=True)
class New:
    """Create a task; it is known as `name` from then on."""

    name: str
    kind: str
    arg: int
    event: str = ""


@dataclass(frozen=True)
class Group:
    """A task_any or task_all of tasks by name, or of groups; it is known as `name` from then on."""

    name: str
    any: bool
    parts: "tuple[str | Group, ...]"


@dataclass(frozen=True)
class Await:
    """Yield a task or a group, and look at what all tasks in it hold by then."""

    what: str | Group


@dataclass(frozen=True)
class Cancel:
    """Cancel a timer if it is still going."""

    name: str


@dataclass(frozen=True)
class SignalTask:
    """Signal an entity."""

    name: str


@dataclass(frozen=True)
class Attempt:
    """Run the steps; if one raises, run the others."""

    steps: "tuple[Step, ...]"
    otherwise: "tuple[Step, ...]"


Step = New | Await | Cancel | SignalTask | Attempt


@dataclass(frozen=True)
class Program:
    """A whole program; its content decides what the explainer may have to say about it."""

    steps: "tuple[Step, ...]"
    ending: str
    wild: bool
    repeats: bool

    def events(self) -> list[str]:
        """Return the names that it waits for."""
        return sorted({n.event for n in created(self.steps) if n.event})

    def may_be_told(self, explanation: str) -> bool:
        """Return whether the explanation can be true of it. Of tame programs nothing may have to be explained."""
        if not self.wild:
            return False
        if "ids, the code" in explanation:
            return self.repeats
        if "to different tasks" in explanation or "Non-Deterministic" in explanation:
            return any(n.kind.endswith("retry") for n in created(self.steps))
        return True


def created(steps: tuple[Step, ...]) -> Generator[New, None, None]:
    for step in steps:
        if isinstance(step, New):
            yield step
        elif isinstance(step, Attempt):
            yield from created((*step.steps, *step.otherwise))


@dataclass
class Maker:
    """Makes one program.

    A wild one yields tasks again, cancels timers, waits twice for one event, and any of its tasks may fail. A tame
    one does nothing that the SDK and the host are known to see differently; its tasks in groups do not fail for
    good (their names start with `s`). `repeats`: a task may stand twice in one group.
    """

    rng: random.Random
    wild: bool
    repeats: bool
    names: list[str] = field(default_factory=list[str])
    timers: list[str] = field(default_factory=list[str])

    def program(self) -> Program:
        steps = self.steps(self.rng.randint(2, 7), 0)
        ending = self.rng.choices(("return", "raise", "again"), (8, 1, 1))[0]
        return Program(steps, ending, self.wild, self.repeats)

    def steps(self, size: int, depth: int) -> tuple[Step, ...]:
        made: list[Step] = []
        for _ in range(size):
            made += self.step(depth)
        return tuple(made)

    def step(self, depth: int) -> list[Step]:
        choice = self.rng.random()
        if choice < 0.08:
            return [SignalTask(self.fresh())]
        if choice < 0.2 and self.timers and self.wild:
            return [Cancel(self.rng.choice(self.timers))]
        if choice < 0.35 and depth < 2:
            return [
                Attempt(self.steps(self.rng.randint(1, 3), depth + 1), self.steps(self.rng.randint(0, 2), depth + 1))
            ]
        if choice < 0.5 and self.names and self.wild:
            return [Await(self.rng.choice(self.names))]
        created: list[Step] = []
        what = self.what(created, [], 0)
        return [*created, Await(what)]

    def what(self, created: list[Step], used: list[str], depth: int) -> str | Group:
        choice = self.rng.random()
        if choice < 0.5 or depth == 3:
            old = [n for n in self.names if n not in used or self.repeats]
            if self.wild and old and self.rng.random() < 0.25:
                used.append(self.rng.choice(old))
            else:
                used.append(self.task(created, depth))
            return used[-1]
        parts = tuple(self.what(created, used, depth + 1) for _ in range(self.rng.randint(1, 3)))
        group = Group(self.fresh("g"), self.rng.random() < 0.5, parts)
        if self.wild:
            self.names.append(group.name)
        return group

    def task(self, created: list[Step], depth: int) -> str:
        name = self.fresh("s" if depth and not self.wild else "t")
        kind = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if depth and not self.wild and kind == "long_timer":
            kind = "timer"
        event = ""
        if kind == "event":
            event = self.rng.choice(EVENT_NAMES) if self.wild else name
        created.append(New(name, kind, self.rng.randint(1, 4), event))
        self.names.append(name)
        if kind in ("timer", "long_timer"):
            self.timers.append(name)
        return name

    def fresh(self, letter: str = "t") -> str:
        return f"{letter}{self.rng.getrandbits(40):010x}"


def orchestrator(program: Program) -> Callable[[Any], str]:
    """Return the SDK's wrapper of a function that follows the program and returns what it has seen."""

    def run(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
        seen: list[Any] = []
        yield from _ProgramRun(context, seen).steps(program.steps)
        if program.ending == "raise":
            raise ValueError("the program's end")
        if program.ending == "again":
            context.continue_as_new("again")
        return seen

    return Orchestrator.create(run)


class _ProgramRun:
    def __init__(self, context: df.DurableOrchestrationContext, seen: list[Any]) -> None:
        self.context = context
        self.seen = seen
        self.tasks: dict[str, TaskBase] = {}
        self.made: dict[str, New] = {}
        self.fire_at: dict[str, datetime] = {}

    def steps(self, steps: tuple[Step, ...]) -> Generator[Any, Any, None]:
        for step in steps:
            match step:
                case New():
                    self.made[step.name] = step
                    self.tasks[step.name] = self.task(step)
                case Await():
                    yield from self.await_(step.what)
                case Cancel():
                    timer = self.tasks.get(step.name)
                    if timer is not None and not timer.is_completed:
                        timer.cancel()  # type: ignore[attr-defined]
                case SignalTask():
                    self.context.signal_entity(df.EntityId("thing", "k"), "poke", step.name)
                case Attempt():
                    try:
                        yield from self.steps(step.steps)
                    except Exception as error:
                        self.seen.append(["caught", str(error)])
                        yield from self.steps(step.otherwise)

    def await_(self, what: str | Group) -> Generator[Any, Any, None]:
        names = list(_names(what))
        if any(n not in self.tasks for n in names):
            return
        try:
            value = yield self.whole(what)
        except Exception:
            self.look(names)
            raise
        self.look(names)
        if isinstance(what, str):
            self.check(what, value)

    def look(self, names: list[str]) -> None:
        """Whatever has come by now must be the task's own."""
        for name in names:
            task = self.tasks[name]
            if task.is_completed and not isinstance(task.result, Exception):
                self.check(name, task.result)

    def check(self, name: str, value: Any) -> None:
        made = self.made.get(name)
        if made is None:
            return
        if name in self.fire_at:
            if self.context.current_utc_datetime < self.fire_at[name]:
                raise SwappedError(f"timer {name} is early")
            return
        own = f"event {made.event}" if made.kind == "event" else name
        if value != own:
            raise SwappedError(f"{name} ({made.kind}) got {value!r}")
        self.seen.append(name)

    def whole(self, what: str | Group) -> TaskBase:
        if isinstance(what, str):
            return self.tasks[what]
        parts = [self.whole(p) for p in what.parts]
        whole = self.context.task_any(parts) if what.any else self.context.task_all(parts)
        self.tasks[what.name] = whole
        return whole

    def task(self, new: New) -> TaskBase:
        context = self.context
        # Waits that differ from task to task, so that completions overtake each other.
        retry = df.RetryOptions(100 * new.arg, new.arg)
        match new.kind:
            case "activity":
                return context.call_activity("act", new.name)
            case "retry":
                return context.call_activity_with_retry("act", retry, new.name)
            case "child":
                return context.call_sub_orchestrator("child", new.name)
            case "child_retry":
                return context.call_sub_orchestrator_with_retry("child", retry, new.name)
            case "timer" | "long_timer":
                wait = timedelta(milliseconds=100 * new.arg) if new.kind == "timer" else timedelta(days=7)
                self.fire_at[new.name] = context.current_utc_datetime + wait
                return context.create_timer(self.fire_at[new.name])
            case "event":
                return context.wait_for_external_event(new.event)
            case "entity":
                return context.call_entity(df.EntityId("thing", "k"), "get", new.name)
            case _:
                return context.call_http("GET", f"http://localhost/{new.name}")


def _names(what: str | Group) -> Generator[str, None, None]:
    if isinstance(what, str):
        yield what
    else:
        for part in what.parts:
            yield from _names(part)
