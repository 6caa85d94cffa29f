"""A durable host in memory: runs orchestrators through the real SDK, episode by episode, on a clock of its own.

What it schedules, and when an instance may end, is decided by the interpreter that keeps to the real host's order of
awaiting; where the code has gone on to something that the real host would not come to, the run fails.
"""

import heapq
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from devhost.protocol.actions import CallActivity, CallChild, CreateTimer
from devhost.protocol.interpreter import Decision, interpret
from support.orchestrations.replay import ORCHESTRATORS, Event, Handle, Json, golden, replay

Activity = Callable[[Json], Json]
EPOCH = datetime(2026, 2, 16, 14, 30, 22, tzinfo=UTC)
_TICK = timedelta(milliseconds=7)


class MovableClock:
    """The one time of a test; it moves when the host works, when a timer is due, and when the test says so."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


@dataclass
class MemoryInstance:
    """One orchestration: what the host keeps of it."""

    id: str
    name: str
    input: str
    version: str | None
    parent: tuple["MemoryInstance", int] | None = None
    history: list[Event] = field(default_factory=list[Event])
    episodes: list[tuple[int, Json]] = field(default_factory=list[tuple[int, Json]])
    """For each episode the length of the history that the SDK was given, and its answer."""
    inputs: dict[int, int] = field(default_factory=dict[int, int])
    """Marks of what it has scheduled, which the interpreter compares at replay."""
    cancelled: frozenset[int] = frozenset()
    """Timers that need not fire any more."""
    ended: bool = False
    terminated: bool = False

    @property
    def body(self) -> Json:
        return self.episodes[-1][1]

    @property
    def output(self) -> Json:
        return self.body.get("output")

    @property
    def error(self) -> str | None:
        return "terminated" if self.terminated else self.body.get("error")

    def golden(self) -> Json:
        return golden(self.name, self.id, self.input, self.history, self.episodes)


class MemoryHost:
    """Runs orchestrators with Python functions for activities; a function that raises is a failed activity.

    Work is done in the order in which it came up; with `dice`, in any order. `delay` says how long an activity
    lies in its queue before it is done.
    """

    def __init__(
        self,
        activities: Mapping[str, Activity],
        clock: MovableClock | None = None,
        orchestrators: Mapping[str, Handle] | None = None,
        dice: random.Random | None = None,
        version: str | None = "1.0",
    ) -> None:
        self.clock = clock or MovableClock()
        self.instances: dict[str, MemoryInstance] = {}
        self.doomed: dict[str, int] = {}
        """Instances to terminate, each before its n-th episode, counted from 0."""
        self.delay: Callable[[str], timedelta] = lambda _: timedelta(0)
        self.before_timer: Callable[[], None] = lambda: None
        self._activities = activities
        self._orchestrators = ORCHESTRATORS if orchestrators is None else orchestrators
        self._dice = dice
        self._version = version
        self._work: list[Callable[[], None]] = []
        self._timers: list[tuple[datetime, int, Callable[[], bool], Callable[[], None]]] = []
        self._timer_count = 0

    def run(self, name: str, instance_id: str, given: Json, version: str | None = None) -> MemoryInstance:
        """Start an orchestration and go on until nothing moves any more."""
        started = self.start(name, instance_id, given, version)
        self.go_on()
        return started

    def start(self, name: str, instance_id: str, given: Json, version: str | None = None) -> MemoryInstance:
        """Start an orchestration, over an ended one if its id is taken."""
        return self._start(name, instance_id, json.dumps(given), version or self._version, None)

    @property
    def busy(self) -> bool:
        """Whether there is work that waits for no external event."""
        return bool(self._work) or self._next_timer()

    def go_on(self, most_steps: int | None = None) -> None:
        """Work until all that is left waits for external events, or for so many steps."""
        steps = 0
        while self.busy and (most_steps is None or steps < most_steps):
            steps += 1
            if not self._work:
                due, _, _, fire = heapq.heappop(self._timers)
                self.before_timer()
                self.clock.now = max(self.clock.now, due)
                self._work.append(fire)
            self._work.pop(self._dice.randrange(len(self._work)) if self._dice else 0)()

    def raise_event(self, instance_id: str, name: str) -> None:
        """An empty external event; nothing happens where nobody lives."""
        instance = self.instances.get(instance_id)
        if instance and not instance.ended:
            self._work.append(lambda: self._wake(instance, name))

    def terminate(self, instance_id: str) -> None:
        """End an instance as the management API does: its code is not asked, what it began goes on."""
        instance = self.instances[instance_id]
        if not instance.ended:
            instance.ended = instance.terminated = True
            self._tell_parent(instance, failed="terminated")

    def living(self) -> list[str]:
        """The instances that have not ended."""
        return [each.id for each in self.instances.values() if not each.ended]

    def _start(
        self, name: str, instance_id: str, text: str, version: str | None, parent: tuple[MemoryInstance, int] | None
    ) -> MemoryInstance:
        known = self.instances.get(instance_id)
        if known and not known.ended:
            raise AssertionError(f"{instance_id} runs already; the real host would replace it in silence")
        instance = MemoryInstance(instance_id, name, text, version, parent)
        self.instances[instance_id] = instance
        first = _event(0, Name=name, Version=version, Input=json.dumps(text), Tags=None, ParentInstance=None)
        first["OrchestrationInstance"] = {"InstanceId": instance_id, "ExecutionId": f"execution-of-{instance_id}"}
        self._work.append(lambda: self._episode(instance, first))
        return instance

    def _wake(self, instance: MemoryInstance, name: str) -> None:
        if instance.episodes:
            self._episode(instance, _event(15, Name=name, Input=None))
        else:
            self._work.append(lambda: self._wake(instance, name))

    def _episode(self, instance: MemoryInstance, arrived: Event) -> None:
        if not instance.ended and self.doomed.get(instance.id) == len(instance.episodes):
            self.terminate(instance.id)
        if instance.ended:
            return
        self.clock.move(_TICK)
        at = _text(self.clock.now)
        instance.history += [{**event, "Timestamp": at} for event in (_event(12), arrived)]
        handle = self._orchestrators[instance.name]
        answer = replay(handle, instance.name, instance.id, instance.input, instance.history)
        instance.episodes.append((len(instance.history), answer.body))
        found = interpret(instance.id, f"execution-of-{instance.id}", instance.history, answer.read, instance.inputs)
        if found.stuck or found.non_determinism:
            raise AssertionError(f"{instance.id}: {found.stuck or found.non_determinism}")
        instance.cancelled = found.cancelled_timers
        for decision in found.decisions:
            instance.history.append({**_scheduled(decision), "Timestamp": at})
            self._schedule(instance, decision)
        instance.history.append({**_event(13), "Timestamp": at})
        if found.may_end:
            instance.ended = True
            self._tell_parent(instance, failed=answer.body.get("error"))

    def _schedule(self, instance: MemoryInstance, decision: Decision) -> None:
        match decision.action:
            case CreateTimer(fire_at):
                fired = _event(11, TimerId=decision.id, FireAt=fire_at)
                self._later(
                    datetime.fromisoformat(fire_at[:26].rstrip("Z") + "+00:00"),
                    lambda: not instance.ended and decision.id not in instance.cancelled,
                    lambda: self._episode(instance, fired),
                )
            case CallChild(name, text, child, version):
                assert child
                given = version or self._version
                self._work.append(
                    lambda: self._start(name, child, text or "null", given, (instance, decision.id)) and None
                )
            case CallActivity(name, text):
                self._queue(instance, decision.id, name, json.loads(text or "null"))
            case action:
                raise NotImplementedError(f"this host knows no {action}")

    def _queue(self, instance: MemoryInstance, identifier: int, name: str, given: Json) -> None:
        def act() -> None:
            outcome = _outcome(self._activities[name], name, identifier, given)
            self._work.append(lambda: self._episode(instance, outcome))

        if wait := self.delay(name):
            self._later(self.clock.now + wait, lambda: True, act)
        else:
            self._work.append(act)

    def _later(self, due: datetime, wanted: Callable[[], bool], act: Callable[[], None]) -> None:
        self._timer_count += 1
        heapq.heappush(self._timers, (due, self._timer_count, wanted, act))

    def _next_timer(self) -> bool:
        while self._timers and not self._timers[0][2]():
            heapq.heappop(self._timers)
        return bool(self._timers)

    def _tell_parent(self, child: MemoryInstance, failed: str | None) -> None:
        if child.parent is None:
            return
        parent, identifier = child.parent
        if failed is None:
            told = _event(8, TaskScheduledId=identifier, Result=json.dumps(child.output))
        else:
            reason = f"Orchestrator function '{child.name}' failed: {failed}"
            told = _event(9, TaskScheduledId=identifier, Reason=reason, Details=f"Message: {failed}")
        self._work.append(lambda: self._episode(parent, told))


def _scheduled(decision: Decision) -> Event:
    match decision.action:
        case CreateTimer(fire_at):
            return _event(10, decision.id, FireAt=fire_at)
        case CallChild(name, _, child, version):
            return _event(7, decision.id, Name=name, Version=version, InstanceId=child, Input=None)
        case CallActivity(name):
            return _event(4, decision.id, Name=name, Version="", Input=None, Tags=None)
        case action:
            raise NotImplementedError(f"this host knows no {action}")


def _outcome(function: Activity, name: str, identifier: int, given: Json) -> Event:
    try:
        result = function(given)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        reason = f"Activity function '{name}' failed:  {text}"
        return _event(6, TaskScheduledId=identifier, Reason=reason, Details=json.dumps({"Message": f" {text}"}))
    return _event(5, TaskScheduledId=identifier, Result=json.dumps(result))


def _event(kind: int, identifier: int = -1, **fields: Json) -> Event:
    return {"EventType": kind, "EventId": identifier, "IsPlayed": False, "Timestamp": "", **fields}


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
