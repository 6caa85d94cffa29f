"""What an orchestrator decided to schedule: each decision becomes an event in history and a row of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from uuid import uuid4

from devhost.engine.births import Births, unstarted
from devhost.engine.core import Core
from devhost.engine.durable_timers import DurableTimers, LaterSignals
from devhost.engine.http_activity import stored_request
from devhost.engine.step import Step
from devhost.hub.hub import Timer, Work
from devhost.hub.instances import Message, Operation, Parent
from devhost.protocol import events
from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer, SignalEntity
from devhost.protocol.entity_ids import entity_id
from devhost.protocol.events import Event, EventType, ticks_of
from devhost.protocol.failure_texts import orchestrator_failure, plain_activity_failure
from devhost.protocol.interpreter import Decision
from devhost.protocol.payload import as_json_string, storable


class Decisions:
    """`schedule` starts an activity or HTTP call; it is called when the step is committed."""

    def __init__(
        self,
        core: Core,
        births: Births,
        timers: DurableTimers,
        later: LaterSignals,
        schedule: Callable[[Work], None],
    ) -> None:
        self._core, self._births, self._timers, self._later = core, births, timers, later
        self._schedule = schedule

    def carry_out(self, step: Step, decision: Decision) -> None:
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

    def _activity(self, step: Step, task_id: int, action: CallActivity) -> None:
        if self._core.app.activity(action.name) is not None:
            self._work(step, task_id, "activity", action.name, action.input)
            return
        reason = self._core.unknown("activity", action.name)
        stored = events.stored_activity_input(action.input) if self._core.config.store_inputs else None
        step.history.append(events.task_scheduled(step.arrived.at, task_id, action.name, stored))
        failed = events.task_failed(step.arrived.at, task_id, plain_activity_failure(action.name, reason), None)
        self._core.deliver(step.instance, Message(failed))
        self._core.warn(
            step.instance.instance_id, f"{reason} The real host would leave the instance in Running for ever."
        )

    def _work(self, step: Step, task_id: int, kind: str, name: str, input_text: str | None) -> None:
        instance, core = step.instance, self._core
        stored = stored_request(input_text) if kind == "http" else events.stored_activity_input(input_text)
        shown = stored if core.config.store_inputs else None
        step.history.append(events.task_scheduled(step.arrived.at, task_id, name, shown))
        run = -core.hub.next_run() if step.arrived.rehearsal else instance.run
        work = Work(run, task_id, instance.instance_id, kind, name, input_text)
        if step.keeps:
            core.hub.add_work(work)
        core.after_commit.append(partial(self._schedule, work))

    def _timer(self, step: Step, task_id: int, action: CreateTimer) -> None:
        step.history.append(events.timer_created(step.arrived.at, task_id, action.fire_at))
        if step.keeps:
            timer = Timer(step.instance.run, task_id, step.instance.instance_id, ticks_of(action.fire_at))
            self._core.hub.add_timer(timer)
            self._timers.add(timer)

    def _child(self, step: Step, task_id: int, action: CallChild) -> None:
        """Start a child. An id in use is taken over, as on the real host; its own or an entity's id never starts."""
        instance, core, at = step.instance, self._core, step.arrived.at
        child_id = storable(action.instance_id or f"{instance.execution_id}:{task_id:x}")
        version = storable(action.version) if action.version else core.config.default_version
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
            reason = core.unknown("orchestration", action.name)
            failed = events.child_failed(at, task_id, orchestrator_failure(action.name, reason), None)
            core.deliver(instance, Message(failed))
            core.warn(instance.instance_id, f"{reason} The real host would leave the instance in Running for ever.")
            return
        waiting: list[Message] = []
        if (action.instance_id or instance.rehearsed) and (old := core.find(child_id)) is not None:
            if not old.terminal and not instance.rehearsed:
                core.warn(instance.instance_id, f"The child id '{child_id}' is in use; that instance is replaced")
            waiting = [] if instance.rehearsed else [*unstarted(old), *old.deferred]
            self._births.replace(old)
        parent = Parent(instance.instance_id, instance.execution_id, task_id, instance.name, instance.version)
        child = self._births.create(action.name, child_id, uuid4().hex, stored, version, parent=parent, generation=None)
        self._births.defer(child, waiting)

    def _entity(self, step: Step, task_id: int, action: CallEntity | SignalEntity) -> None:
        instance, core, at = step.instance, self._core, step.arrived.at
        execution, known = instance.execution_id, action.request_id
        if step.arrived.rehearsal:
            execution, known = uuid4().hex, ""
        guid = known or events.request_guid(instance.instance_id, execution, task_id)
        due = action.fire_at if isinstance(action, SignalEntity) else None
        earlier = None if due else _last_sent(step.history, action.entity_id)
        sent = at if earlier is None or ticks_of(earlier) < ticks_of(at) else _just_after(earlier)
        request = events.entity_request(
            sent, action.operation, action.input, guid, signal=isinstance(action, SignalEntity),
            parent=instance.instance_id, parent_execution=execution, predecessor=earlier,
            due=due,
        )  # fmt: skip
        step.history.append(events.event_sent(at, task_id, action.entity_id, request, due))
        target, operation = storable(entity_id(action.entity_id)), Operation(json.loads(request))
        if due is not None and ticks_of(due) > core.clock.now():
            self._later.add(target, operation, ticks_of(due))
        else:
            core.deliver_operation(core.entity(target), operation)


def _last_sent(history: list[Event], entity: str) -> str | None:
    """When the execution last wrote to that entity."""
    for event in reversed(history):
        if event["EventType"] == EventType.EVENT_SENT and event["InstanceId"] == entity:
            return json.loads(event["Input"])["Timestamp"]
    return None


def _just_after(time_text: str) -> str:
    """A tick later; without a zone, as the real host writes such times."""
    return events.clock_text(ticks_of(time_text) + 1).removesuffix("Z")
