"""A durable host in memory: runs orchestrators through the real SDK, episode by episode, on a clock that tests move.

The dev host's interpreter decides what is scheduled and when an instance may end. It awaits in the real host's order;
where the code has gone on to something that the real host would not come to, the run fails.
"""

import heapq
import json
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from devhost.protocol import events
from devhost.protocol.actions import CallActivity, CallChild, CreateTimer
from devhost.protocol.events import Event
from devhost.protocol.interpreter import Decision
from support.orchestrations.execution import Execution, Handle, Json
from support.orchestrations.replay import ORCHESTRATORS, as_golden
from support.suppliers.companies import NOW

Activity = Callable[[Json], Json]
VERSION = "1.2"
"""The version of new instances in the app's host.json."""
# Each episode has a time of its own, as on a real host; the golden histories are recorded with this step.
_TICK = timedelta(milliseconds=7)


class MovableClock:
    """The one time of a test; it moves when the host works, when a timer is due, and when the test says so."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


class MemoryInstance(Execution):
    """One orchestration, as the host keeps it."""

    def __init__(
        self,
        handle: Handle,
        name: str,
        instance_id: str,
        text: str,
        version: str | None,
        parent: tuple["MemoryInstance", int] | None,
    ) -> None:
        super().__init__(handle, name, instance_id, f"execution-of-{instance_id}", json.dumps(text))
        self.text, self.version, self.parent = text, version, parent
        self.episodes: list[tuple[int, Json]] = []
        """For each episode the length of the history that the SDK was given, and its answer."""
        self.ended = self.terminated = False

    @property
    def output(self) -> Json:
        return self.body.get("output")

    @property
    def error(self) -> str | None:
        return "terminated" if self.terminated else self.body.get("error")

    def golden(self) -> Json:
        return as_golden(self.name, self.instance_id, self.text, self.history, self.episodes)


class MemoryHost:
    """Runs orchestrators with Python functions for activities. A function that raises is a failed activity.

    Work is done in the order in which it came up; with `dice`, in any order. `delay` gives the time that an activity
    lies in its queue before it is done.
    """

    def __init__(
        self,
        activities: Mapping[str, Activity],
        clock: MovableClock | None = None,
        dice: random.Random | None = None,
        version: str | None = VERSION,
    ) -> None:
        self.clock = clock or MovableClock()
        self.instances: dict[str, MemoryInstance] = {}
        self.doomed: dict[str, int] = {}
        """Instances to terminate, each before its n-th episode, counted from 0."""
        self.delay: Callable[[str], timedelta] = lambda _: timedelta(0)
        self.before_timer: Callable[[], None] = lambda: None
        self._activities = activities
        self._orchestrators: Mapping[str, Handle] = ORCHESTRATORS
        self._dice = dice
        self._version = version
        self._work: list[Callable[[], object]] = []
        self._timers: list[tuple[datetime, int, Callable[[], bool], Callable[[], None]]] = []
        self._timer_count = 0

    def run(self, name: str, instance_id: str, order: Json) -> MemoryInstance:
        """Start an orchestration and go on until nothing moves any more."""
        started = self.start(name, instance_id, order)
        self.go_on()
        return started

    def start(self, name: str, instance_id: str, order: Json, version: str | None = None) -> MemoryInstance:
        """Start an orchestration, over an ended one if its id is taken."""
        return self._start(name, instance_id, json.dumps(order), version or self._version, None)

    @property
    def busy(self) -> bool:
        """Return whether there is work that waits for no external event."""
        return bool(self._work) or self._next_timer()

    def go_on(self, most_steps: int | None = None) -> None:
        """Work until all that is left waits for external events, or for so many steps."""
        steps = 0
        while self.busy and (most_steps is None or steps < most_steps):
            steps += 1
            if not self._work:
                due, _, _, fire = heapq.heappop(self._timers)
                # Before the clock moves: what a test does here comes at the last moment before the deadline.
                self.before_timer()
                self.clock.now = max(self.clock.now, due)
                self._work.append(fire)
            # The real host promises no order among what is ready, which the dice stand for.
            self._work.pop(self._dice.randrange(len(self._work)) if self._dice else 0)()

    def raise_event(self, instance_id: str, name: str) -> None:
        """Raise an empty external event; nothing happens where no instance is alive."""
        instance = self.instances.get(instance_id)
        if instance and not instance.ended:
            self._work.append(lambda: self._wake(instance, name))

    def terminate(self, instance_id: str) -> None:
        """End an instance as the management API does: its code is not asked, what it began goes on."""
        instance = self.instances[instance_id]
        if not instance.ended:
            # Activities and children that are under way go on, as the real host lets them.
            instance.ended = instance.terminated = True
            self._tell_parent(instance)

    def living(self) -> list[str]:
        """Return the instances that have not ended."""
        return [instance.instance_id for instance in self.instances.values() if not instance.ended]

    def _start(
        self, name: str, instance_id: str, text: str, version: str | None, parent: tuple[MemoryInstance, int] | None
    ) -> MemoryInstance:
        current = self.instances.get(instance_id)
        if current and not current.ended:
            raise AssertionError(f"{instance_id} runs already; the real host would replace it in silence")
        # The handle is looked up in each episode, for an upgrade may replace it in between.
        instance = MemoryInstance(
            lambda context: self._orchestrators[name](context), name, instance_id, text, version, parent
        )
        self.instances[instance_id] = instance
        started = events.execution_started(
            "", name, instance_id, instance.execution_id, instance.stored_input, version=version
        )
        self._work.append(lambda: self._run_episode(instance, started))
        return instance

    def _wake(self, instance: MemoryInstance, name: str) -> None:
        if instance.episodes:
            self._run_episode(instance, events.event_raised("", name, None))
        else:
            # An event for an instance that has not run yet waits behind its start, as in the instance's queue.
            self._work.append(lambda: self._wake(instance, name))

    def _run_episode(self, instance: MemoryInstance, arrived: Event) -> None:
        if not instance.ended and self.doomed.get(instance.instance_id) == len(instance.episodes):
            self.terminate(instance.instance_id)
        if instance.ended:
            return
        # Two episodes at one time would make histories whose order says nothing.
        self.clock.move(_TICK)
        length = len(instance.history) + 2
        seen = instance.take_turn(self.clock.now.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z", arrived)
        if instance.exception and not instance.answer.schedules:
            raise instance.exception
        instance.episodes.append((length, instance.body))
        if seen.stuck or seen.non_determinism:
            # The real host would wait for ever without a word, so the test fails where that would begin.
            raise AssertionError(f"{instance.instance_id}: {seen.stuck or seen.non_determinism}")
        for decision in seen.decisions:
            self._schedule(instance, decision)
        if seen.may_end:
            instance.ended = True
            self._tell_parent(instance)

    def _schedule(self, instance: MemoryInstance, decision: Decision) -> None:
        match decision.action:
            case CreateTimer(fire_at):
                fired = events.timer_fired("", decision.id, fire_at)
                self._later(
                    datetime.fromisoformat(fire_at[:26].rstrip("Z") + "+00:00"),
                    lambda: not instance.ended and decision.id not in instance.seen.cancelled_timers,
                    lambda: self._run_episode(instance, fired),
                )
            case CallChild(name, text, child, version):
                assert child
                own = version or self._version
                self._work.append(lambda: self._start(name, child, text or "null", own, (instance, decision.id)))
            case CallActivity(name, text):
                self._queue(instance, decision.id, name, json.loads(text or "null"))
            case action:
                raise NotImplementedError(f"this host has no {action}")

    def _queue(self, instance: MemoryInstance, task_id: int, name: str, order: Json) -> None:
        def act() -> None:
            outcome = _outcome(self._activities[name], name, task_id, order)
            self._work.append(lambda: self._run_episode(instance, outcome))

        if wait := self.delay(name):
            self._later(self.clock.now + wait, lambda: True, act)
        else:
            self._work.append(act)

    def _later(self, due: datetime, is_awaited: Callable[[], bool], act: Callable[[], None]) -> None:
        self._timer_count += 1
        heapq.heappush(self._timers, (due, self._timer_count, is_awaited, act))

    def _next_timer(self) -> bool:
        # Cancelled timers and those of ended instances would keep the clock moving for nothing.
        while self._timers and not self._timers[0][2]():
            heapq.heappop(self._timers)
        return bool(self._timers)

    def _tell_parent(self, child: MemoryInstance) -> None:
        if child.parent is None:
            return
        parent, task_id = child.parent
        if child.error is None:
            event = events.child_completed("", task_id, json.dumps(child.output))
        else:
            reason = f"Orchestrator function '{child.name}' failed: {child.error}"
            event = events.child_failed("", task_id, reason, f"Message: {child.error}")
        self._work.append(lambda: self._run_episode(parent, event))


def _outcome(function: Activity, name: str, task_id: int, order: Json) -> Event:
    try:
        result = function(order)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        reason = f"Activity function '{name}' failed:  {text}"
        return events.task_failed("", task_id, reason, json.dumps({"Message": f" {text}"}))
    return events.task_completed("", task_id, json.dumps(result))
