"""Orchestration steps: what arrived goes into history, the orchestrator runs, and what it decided is carried out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from devhost import events
from devhost.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer, SignalEntity
from devhost.core import Core, event_is
from devhost.durable_timers import DurableTimers
from devhost.entities import entity_id
from devhost.events import Event, EventType, ticks_of
from devhost.http_activity import stored_request
from devhost.hub import Timer, Work
from devhost.instances import Instance, Message, Operation, Parent
from devhost.interpreter import Decision, Interpretation, interpret
from devhost.orchestrator_call import CallSettings, Failure, OrchestratorAnswer, call_orchestrator
from devhost.payload import as_json_string
from devhost.records import RunReport
from devhost.turns import Turns

CONTINUED = "ContinuesAnOlderRun"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What an instance takes up in one step."""

    messages: tuple[Message, ...]
    repeated: int
    at: str
    column: str
    continued: bool
    terminated: Event | None


class Orchestrations:
    """`schedule` starts an activity or HTTP call; it is called when the step is committed."""

    def __init__(self, core: Core, turns: Turns, schedule: Callable[[Work], None], timers: DurableTimers) -> None:
        self._core, self._turns, self._timers = core, turns, timers
        self._schedule = schedule
        self._settings = CallSettings(core.config.default_async_sleep_ms)

    # ---- starting

    def create(
        self,
        name: str,
        instance_id: str,
        execution_id: str,
        input_text: str | None,
        version: str | None,
        *,
        parent: Parent | None = None,
        generation: int | None = 0,
    ) -> Instance:
        """A new instance under an id that is free, or freed in this round; it starts in this round or after it."""
        core = self._core
        at, column = core.times()
        instance = Instance(
            instance_id,
            core.hub.next_run(),
            execution_id,
            name,
            version,
            input_text,
            column,
            column,
            generation,
            parent,
        )
        instance.fresh = True
        instance.history = []
        instance.parked = not self._runs_version(version)
        core.cache.put(instance)
        core.hub.save(instance)
        core.deliver(instance, Message(_started(instance, at)))
        if instance.parked:
            core.warn(
                instance_id,
                f"Version '{version}' is newer than this app's defaultVersion, so the instance stays Pending",
            )
        return instance

    def revive(self, instance: Instance) -> None:
        """The instance comes from the hub and has messages."""
        instance.parked = instance.status == "Pending" and not self._runs_version(instance.version)

    def _defer(self, instance: Instance, starts: list[Message]) -> None:
        """Other starts of its id, sent in the same turn, wait until the instance has ended."""
        instance.deferred = [Message(m.event) for m in starts]
        for message in instance.deferred:
            self._core.hub.add_message(instance, message)

    def _start_deferred(self, ended: Instance) -> None:
        event, *rest = ended.deferred
        self.replace(ended)
        parent = event.event["ParentInstance"]
        again = self.create(
            event.event["Name"], ended.instance_id, event.event["OrchestrationInstance"]["ExecutionId"],
            event.event["Input"], event.event["Version"], generation=None,
            parent=Parent(
                parent["OrchestrationInstance"]["InstanceId"], parent["OrchestrationInstance"]["ExecutionId"],
                parent["TaskScheduleId"], parent["Name"], parent["Version"],
            ),
        )  # fmt: skip
        self._defer(again, rest)

    def replace(self, old: Instance) -> None:
        """Make room for a new instance of the same id."""
        for message in (*old.inbox, *old.deferred):
            self._core.hub.drop_message(old, message)
        old.inbox.clear()
        old.status = "Terminated"
        self._core.cache.forget(old)
        self._core.hub.delete(old)

    def _runs_version(self, version: str | None) -> bool:
        ours = self._core.config.default_version
        return version is None or (ours is not None and _version_key(version) <= _version_key(ours))

    # ---- a step

    def step(self, instance: Instance) -> None:
        """Take up what has arrived. Ends in `_finish`, perhaps on another thread's turn."""
        instance.queued = False
        if instance.terminal or instance.busy:
            return
        core = self._core
        if instance.history is None:
            instance.remember(core.hub.history(instance.run))
            instance.size = core.hub.stored_size(instance.run)
        arrived = self._take(instance)
        if not arrived.messages:
            self._take_out(instance, arrived)
            return
        new = [events.orchestrator_started(arrived.at), *(m.event for m in arrived.messages)]
        if arrived.continued:
            new.append(events.orchestrator_completed(arrived.at))
        history = [*(instance.history or ()), *new]
        instance.busy = True
        function = core.app.orchestrator(instance.name)
        finish = partial(self._finish, instance, arrived, history, len(new), time.perf_counter())
        if function is None:
            finish(self._unknown_orchestrator(instance.name))
            return
        parent = instance.parent.instance_id if instance.parent else None
        call = partial(
            call_orchestrator, function.user_function, instance.name, instance.instance_id, parent, instance.input,
            history, self._settings,
        )  # fmt: skip
        self._turns.call(("orchestration", instance.name.lower()), call, finish)

    def _take(self, instance: Instance) -> Arrivals:
        """The messages of this step, stamped with its time; they stay in the inbox until it is finished.

        ExecutionStarted comes alone, and with retries at most one message: it spares apps most of the SDK's races.
        """
        at, column = self._core.times()
        taken: list[Message] = []
        repeated = 0
        continued = False
        terminated: Event | None = None
        limit = 1 if instance.retries or not instance.history else len(instance.inbox)
        for message in instance.inbox:
            if len(taken) == limit or terminated is not None:
                break
            task_id = message.task_id
            if task_id is not None:
                if task_id in instance.ended:
                    repeated += 1
                    continue
                instance.ended.add(task_id)
            continued = message.event.pop(CONTINUED, False)
            message.event["Timestamp"] = at
            taken.append(message)
            if event_is(message, EventType.EXECUTION_STARTED):
                instance.created_at = column
            elif event_is(message, EventType.EXECUTION_TERMINATED):
                terminated = message.event
        return Arrivals(tuple(taken), repeated, at, column, continued, terminated)

    def _finish(
        self,
        instance: Instance,
        arrived: Arrivals,
        history: list[Event],
        new: int,
        since: float,
        answer: OrchestratorAnswer,
    ) -> None:
        """Put the step into the hub: its events, what it decided, and perhaps its end."""
        core = self._core
        failure = answer.failure
        core.report(
            RunReport(
                instance.name, "orchestration", instance.instance_id, time.perf_counter() - since,
                failure.output if failure else None,
            )
        )  # fmt: skip
        if instance.terminal:
            return
        self._take_out(instance, arrived)
        first = len(history) - new
        step = _Step(instance, arrived, history, answer)
        if answer.schedules:
            step.interpretation = interpret(instance.instance_id, instance.execution_id, history, answer)
            instance.retries = answer.retries
        if answer.custom_status is not None or not arrived.continued:
            instance.custom_status = answer.custom_status
        instance.updated_at = arrived.column
        core.hub.save(instance)
        self._act(step)
        if step.replaced:
            return
        history.append(events.orchestrator_completed(arrived.at))
        instance.history = history
        core.hub.append(instance, history[first:])
        if instance.terminal and instance.deferred:
            self._start_deferred(instance)
        core.wake(instance)

    def _take_out(self, instance: Instance, arrived: Arrivals) -> None:
        for _ in range(len(arrived.messages) + arrived.repeated):
            self._core.hub.drop_message(instance, instance.inbox.popleft())
        for message in arrived.messages:
            self._note_state(instance, message)

    def _note_state(self, instance: Instance, message: Message) -> None:
        match message.event["EventType"]:
            case EventType.EXECUTION_STARTED:
                instance.status = "Running"
            case EventType.SUSPENDED:
                instance.status, instance.output = "Suspended", message.event["Reason"]
            case EventType.RESUMED:
                instance.status = "Running"
            case _:
                pass

    def _act(self, step: _Step) -> None:
        """Carry out the step's decisions, and end the instance if it is time."""
        instance, answer, found = step.instance, step.answer, step.interpretation
        if step.arrived.terminated is not None:
            self._end(step, "Terminated", step.arrived.terminated["Input"], None)
            return
        if instance.status == "Suspended":
            return
        if found is None:
            self._fail(step, answer.failure)
            return
        for decision in found.decisions:
            self._carry_out(step, decision)
        for task_id in found.cancelled_timers:
            if self._timers.drop(instance.run, task_id):
                self._core.hub.drop_timer(instance.run, task_id)
        if found.non_determinism is not None:
            self._end(step, "Failed", found.non_determinism, None)
            return
        stuck = step.trouble or found.stuck
        if stuck is not None and self._complain(instance, stuck):
            self._end(step, "Failed", f"Orchestrator function '{instance.name}' failed: {stuck}", None)
        elif found.may_end and answer.failure is not None:
            self._fail(step, answer.failure)
        elif found.may_end and answer.is_done:
            if found.carried_input is not None:
                self._continue_as_new(step, found.carried_input)
            else:
                self._end(step, "Completed", answer.output, None)

    def _complain(self, instance: Instance, sentence: str) -> bool:
        """Warn once per instance; true when it must fail for it."""
        if not instance.warned:
            instance.warned = True
            self._core.warn(instance.instance_id, sentence)
        return self._core.strict

    def _unknown_orchestrator(self, name: str) -> OrchestratorAnswer:
        known = ", ".join(f"'{n}'" for n in self._core.app.names("orchestration"))
        text = (
            f"Orchestrator function '{name}' failed: The function '{name}' doesn't exist, is disabled, or is not an "
            f"orchestrator function. Additional info: The following are the known orchestrator functions: {known}."
        )
        return OrchestratorAnswer((), True, failure=Failure(text, None), schedules=False)

    # ---- decisions

    def _carry_out(self, step: _Step, decision: Decision) -> None:
        action = decision.action
        match action:
            case CallActivity():
                self._activity(step, decision.id, action)
            case CallHttp():
                self._work(step, decision.id, "http", events.HTTP_ACTIVITY, json.dumps(action.request))
            case CreateTimer():
                self._timer(step, decision.id, action)
            case CallChild():
                self._child(step, decision.id, action)
            case CallEntity() | SignalEntity():
                self._entity(step, decision.id, action)

    def _activity(self, step: _Step, task_id: int, action: CallActivity) -> None:
        if self._core.app.activity(action.name) is not None:
            self._work(step, task_id, "activity", action.name, action.input)
            return
        reason = _unknown(self._core, "activity", action.name)
        stored = events.stored_activity_input(action.input) if self._core.config.store_inputs else None
        step.history.append(events.task_scheduled(step.arrived.at, task_id, action.name, stored))
        failed = events.task_failed(
            step.arrived.at, task_id, f"Activity function '{action.name}' failed: {reason}", None
        )
        self._core.deliver(step.instance, Message(failed))
        self._core.warn(
            step.instance.instance_id, f"{reason} The real host would leave the instance in Running for ever."
        )

    def _work(self, step: _Step, task_id: int, kind: str, name: str, input_text: str | None) -> None:
        instance, core = step.instance, self._core
        stored = stored_request(input_text) if kind == "http" else events.stored_activity_input(input_text)
        shown = stored if core.config.store_inputs else None
        step.history.append(events.task_scheduled(step.arrived.at, task_id, name, shown))
        work = Work(instance.run, task_id, instance.instance_id, kind, name, input_text)
        if not step.doomed:
            core.hub.add_work(work)
        core.after_commit.append(partial(self._schedule, work))

    def _timer(self, step: _Step, task_id: int, action: CreateTimer) -> None:
        step.history.append(events.timer_created(step.arrived.at, task_id, action.fire_at))
        if not (action.cancelled or step.doomed):
            timer = Timer(step.instance.run, task_id, step.instance.instance_id, ticks_of(action.fire_at))
            self._core.hub.add_timer(timer)
            self._timers.add(timer)

    def _child(self, step: _Step, task_id: int, action: CallChild) -> None:
        """Start a child. An id in use is taken over, as on the real host; its own or an entity's id never starts."""
        instance, core, at = step.instance, self._core, step.arrived.at
        child_id = action.instance_id or f"{instance.execution_id}:{task_id:x}"
        version = action.version or core.config.default_version
        if child_id == instance.instance_id or child_id.startswith("@"):
            step.trouble = (
                f"The child id '{child_id}' is the parent's own or begins with '@', so the child never starts and "
                "the orchestration waits for ever; give the child another id"
            )
            return
        stored = as_json_string(action.input or "null")
        step.history.append(
            events.child_created(
                at, task_id, action.name, child_id, version, stored if core.config.store_inputs else None
            )
        )
        if core.app.orchestrator(action.name) is None:
            reason = _unknown(core, "orchestrator", action.name)
            failed = events.child_failed(at, task_id, f"Orchestrator function '{action.name}' failed: {reason}", None)
            core.deliver(instance, Message(failed))
            core.warn(instance.instance_id, f"{reason} The real host would leave the instance in Running for ever.")
            return
        waiting: list[Message] = []
        if action.instance_id is not None and (old := core.find(child_id)) is not None:
            if not old.terminal:
                core.warn(instance.instance_id, f"The child id '{child_id}' is in use; that instance is replaced")
            waiting = [*_unstarted(old), *old.deferred]
            self.replace(old)
        parent = Parent(instance.instance_id, instance.execution_id, task_id, instance.name, instance.version)
        child = self.create(action.name, child_id, uuid4().hex, stored, version, parent=parent, generation=None)
        self._defer(child, waiting)

    def _entity(self, step: _Step, task_id: int, action: CallEntity | SignalEntity) -> None:
        instance, core, at = step.instance, self._core, step.arrived.at
        guid = action.request_id or events.request_guid(instance.instance_id, instance.execution_id, task_id)
        earlier = _last_sent(step.history, action.entity_id)
        sent = at if earlier is None or ticks_of(earlier) < ticks_of(at) else _just_after(earlier)
        request = events.entity_request(
            sent, action.operation, action.input, guid, signal=isinstance(action, SignalEntity),
            parent=instance.instance_id, parent_execution=instance.execution_id, predecessor=earlier,
        )  # fmt: skip
        step.history.append(events.event_sent(at, task_id, action.entity_id, request))
        core.deliver_operation(core.entity(entity_id(action.entity_id)), Operation(json.loads(request)))

    # ---- ends

    def _fail(self, step: _Step, failure: Failure | None) -> None:
        told = failure or Failure(f"Orchestrator function '{step.instance.name}' failed.", None)
        self._end(step, "Failed", told.output, told.details)

    def _end(self, step: _Step, status: str, output: str | None, details: str | None) -> None:
        instance, core, at = step.instance, self._core, step.arrived.at
        code = {
            "Completed": events.Status.COMPLETED,
            "Failed": events.Status.FAILED,
            "Terminated": events.Status.TERMINATED,
        }[status]
        step.history.append(events.execution_completed(at, step.next_id, code, output))
        instance.status, instance.output = status, output
        core.ended.append(instance)
        self._drop_rest(instance, clean=step.is_clean)
        parent = core.find(instance.parent.instance_id) if instance.parent else None
        if instance.parent is None or parent is None or parent.execution_id != instance.parent.execution_id:
            return
        task_id = instance.parent.task_id
        core.deliver(
            parent,
            Message(
                events.child_completed(at, task_id, output)
                if status == "Completed"
                else events.child_failed(at, task_id, output, details)
            ),
        )

    def _drop_rest(self, instance: Instance, *, clean: bool) -> None:
        for message in instance.inbox:
            self._core.hub.drop_message(instance, message)
        instance.inbox.clear()
        if not clean:
            self._core.hub.drop_run(instance.run, history=False)

    def _continue_as_new(self, step: _Step, carried: str) -> None:
        """Begin the next generation in place of this one; events that arrived after this step go with it."""
        instance, core = step.instance, self._core
        kept = [m for m in instance.inbox if event_is(m, EventType.EVENT_RAISED)]
        kept += [m for m in instance.inbox if event_is(m, EventType.EXECUTION_TERMINATED)]
        core.hub.drop_run(instance.run, history=True)
        instance.inbox.clear()
        instance.run, instance.execution_id, instance.generation = core.hub.next_run(), uuid4().hex, None
        instance.input = as_json_string(carried)
        instance.history, instance.stored, instance.size, instance.fresh = [], 0, 0, True
        instance.ended = set()
        instance.busy, step.replaced = False, True
        core.deliver(instance, Message({CONTINUED: True, **_started(instance, step.arrived.at)}))
        for message in kept:
            core.deliver(instance, Message(message.event))


class _Step:
    """One step on its way into the hub. `replaced`: the instance went on as a new generation. `trouble`: a warning."""

    def __init__(self, instance: Instance, arrived: Arrivals, history: list[Event], answer: OrchestratorAnswer) -> None:
        self.instance, self.arrived, self.history, self.answer = instance, arrived, history, answer
        self.interpretation: Interpretation | None = None
        self.trouble: str | None = None
        self.replaced = False

    @property
    def doomed(self) -> bool:
        """Whether the instance fails now, so that nothing that it schedules is waited for."""
        return self.interpretation is not None and self.interpretation.non_determinism is not None

    @property
    def next_id(self) -> int:
        if self.interpretation is not None and self.interpretation.non_determinism is None:
            return self.interpretation.next_id
        return max((e["EventId"] for e in self.history), default=-1) + 1

    @property
    def is_clean(self) -> bool:
        """Whether nothing that the execution scheduled is left in the hub."""
        found = self.interpretation
        return found is not None and found.may_end and found.non_determinism is None and not self.trouble


def _started(instance: Instance, at: str) -> Event:
    p = instance.parent
    parent = events.parent_instance(p.name, p.instance_id, p.execution_id, p.task_id, p.version) if p else None
    return events.execution_started(
        at, instance.name, instance.instance_id, instance.execution_id, instance.input,
        version=instance.version, parent=parent, generation=instance.generation,
    )  # fmt: skip


def _unstarted(instance: Instance) -> list[Message]:
    """The start message of an instance that has not run yet."""
    return [m for m in instance.inbox if event_is(m, EventType.EXECUTION_STARTED) and not instance.history]


def _last_sent(history: list[Event], entity: str) -> str | None:
    """When the execution last wrote to that entity."""
    for event in reversed(history):
        if event["EventType"] == EventType.EVENT_SENT and event["InstanceId"] == entity:
            return json.loads(event["Input"])["Timestamp"]
    return None


def _just_after(time_text: str) -> str:
    """A tick later; without a zone, as the real host writes such times."""
    return events.clock_text(ticks_of(time_text) + 1).removesuffix("Z")


def _unknown(core: Core, what: str, name: str) -> str:
    kind, article = ("activity", "an activity") if what == "activity" else ("orchestration", "an orchestrator")
    known = ", ".join(f"'{n}'" for n in core.app.names(kind))  # pyright: ignore[reportArgumentType]
    return (
        f"The function '{name}' doesn't exist, is disabled, or is not {article} function. "
        f"Additional info: The following are the known {what} functions: {known}."
    )


def _version_key(version: str) -> list[tuple[int, str]]:
    """Versions compare by their numbers, part by part; what is no number compares as text."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in version.split(".")]
