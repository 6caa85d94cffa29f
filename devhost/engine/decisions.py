"""The decisions of an orchestrator: each becomes an event in history and a row in the hub."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from devhost.engine.core import Core
from devhost.engine.durable_timers import DurableTimers, LaterSignals
from devhost.engine.episode import Episode
from devhost.engine.http_activity import stored_request
from devhost.engine.starts import Starts, unstarted
from devhost.hub.instances import Instance, Message, Operation, Parent
from devhost.hub.rows import Timer, Work
from devhost.protocol import events
from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer, Scheduled, SignalEntity
from devhost.protocol.clock import clock_text, ticks_of
from devhost.protocol.entity_ids import entity_id
from devhost.protocol.entity_messages import entity_request, request_guid
from devhost.protocol.events import Event, EventType
from devhost.protocol.failure_texts import orchestrator_failure, plain_activity_failure
from devhost.protocol.interpreter import Decision
from devhost.protocol.payload import as_json_string, storable


class Decisions:
    """Carries out decisions. `schedule` starts an activity or HTTP call; it is called after the episode's commit."""

    def __init__(
        self,
        core: Core,
        starts: Starts,
        timers: DurableTimers,
        later: LaterSignals,
        schedule: Callable[[Work], None],
    ) -> None:
        self._core, self._starts, self._timers, self._later = core, starts, timers, later
        self._schedule = schedule
        self._by_type: dict[type[Scheduled], Callable[[Episode, int, Any], None]] = {
            CallActivity: self._activity,
            CallHttp: self._http_call,
            CreateTimer: self._timer,
            CallChild: self._child,
            CallEntity: self._entity,
            SignalEntity: self._entity,
        }

    def carry_out(self, episode: Episode, decision: Decision) -> None:
        """Append the decision's event to the history, and put what it starts into the hub."""
        carry_out = self._by_type[type(decision.action)]
        carry_out(episode, decision.id, decision.action)

    def _activity(self, episode: Episode, task_id: int, action: CallActivity) -> None:
        core, instance, at = self._core, episode.instance, episode.arrived.at
        if core.app.activity(action.name) is not None:
            self._work(
                episode,
                task_id,
                "activity",
                action.name,
                action.input,
            )
            return
        # A deliberate difference (docs/devhost/behaviour.md, section 12): the real host is silent here.
        reason = core.unknown("activity", action.name)
        stored = events.stored_activity_input(action.input) if core.config.store_inputs else None
        episode.history.append(events.task_scheduled(at, task_id, action.name, stored))
        # It fails through the inbox like any activity, so that the code sees it in the next episode.
        failed = events.task_failed(at, task_id, plain_activity_failure(action.name, reason), None)
        core.deliver(instance, Message(failed))
        core.warn_of_unknown(instance.instance_id, "activity", action.name, reason)

    def _http_call(self, episode: Episode, task_id: int, action: CallHttp) -> None:
        self._work(
            episode,
            task_id,
            "http",
            events.HTTP_ACTIVITY,
            json.dumps(action.request),
        )

    def _work(self, episode: Episode, task_id: int, kind: str, name: str, input_text: str | None) -> None:
        instance, core = episode.instance, self._core
        stored = None
        if core.config.store_inputs:
            stored = stored_request(input_text) if kind == "http" else events.stored_activity_input(input_text)
        episode.history.append(events.task_scheduled(episode.arrived.at, task_id, name, stored))
        is_discarded = episode.arrived.is_discarded
        # The second run of a repeated first episode schedules the same task ids, so this work needs its own run.
        run = core.hub.next_run() if is_discarded else instance.run
        work = Work(
            run,
            task_id,
            instance.instance_id,
            kind,
            name,
            input_text,
            has_receiver=not is_discarded,
        )
        if episode.is_awaited:
            core.hub.add_work(work)
        # Not before the commit: a crash must not leave an effect of work that no history knows.
        core.after_commit.append(partial(self._schedule, work))

    def _timer(self, episode: Episode, task_id: int, action: CreateTimer) -> None:
        episode.history.append(events.timer_created(episode.arrived.at, task_id, action.fire_at))
        if episode.is_awaited:
            timer = Timer(episode.instance.run, task_id, episode.instance.instance_id, ticks_of(action.fire_at))
            self._core.hub.add_timer(timer)
            self._timers.add(timer)

    def _child(self, episode: Episode, task_id: int, action: CallChild) -> None:
        """Start a child. Its id is the action's, or else made of the execution id and the task id."""
        instance, core, at = episode.instance, self._core, episode.arrived.at
        child_id = storable(action.instance_id or f"{instance.execution_id}:{task_id:x}")
        version = storable(action.version) if action.version else core.config.default_version
        # As on the real host (docs/devhost/behaviour.md, section 11), such a child never starts.
        if child_id == instance.instance_id or child_id.startswith("@"):
            episode.trouble = (
                f"The child id '{child_id}' is the parent's own or begins with '@', so the child never starts and "
                "the orchestration waits for ever; give the child another id"
            )
            return
        input_text = as_json_string(action.input or "null")
        shown_input = input_text if core.config.store_inputs else None
        episode.history.append(
            events.child_created(
                at,
                task_id,
                action.name,
                child_id,
                version,
                shown_input,
            )
        )
        if core.app.orchestrator(action.name) is None:
            reason = core.unknown("orchestration", action.name)
            failed = events.child_failed(at, task_id, orchestrator_failure(action.name, reason), None)
            core.deliver(instance, Message(failed))
            core.warn_of_unknown(instance.instance_id, "orchestration", action.name, reason)
            return
        waiting = self._free_id(instance, child_id) if action.instance_id or instance.is_repeating else []
        parent = Parent(
            instance.instance_id,
            instance.execution_id,
            task_id,
            instance.name,
            instance.version,
        )
        child = self._starts.create(
            action.name, child_id, uuid4().hex, input_text, version, parent=parent, generation=None
        )
        self._starts.defer(child, waiting)

    def _free_id(self, parent: Instance, child_id: str) -> list[Message]:
        """Replace the instance of the child's id, if there is one, and return the starts that still wait for it.

        An id in use is taken over in silence, as on the real host (recording `sub_same_id`).
        """
        old = self._core.find(child_id)
        if old is None:
            return []
        waiting: list[Message] = []
        if not parent.is_repeating:
            if not old.is_terminal:
                self._core.warn(parent.instance_id, f"The child id '{child_id}' is in use; that instance is replaced")
            waiting = [*unstarted(old), *old.deferred]
        self._starts.replace(old)
        return waiting

    def _entity(self, episode: Episode, task_id: int, action: CallEntity | SignalEntity) -> None:
        instance, core, at = episode.instance, self._core, episode.arrived.at
        execution, guid = instance.execution_id, action.request_id
        if episode.arrived.is_discarded:
            # Nobody waits for the response: an execution id of no instance keeps it from being delivered.
            execution = uuid4().hex
            guid = ""
        guid = guid or request_guid(instance.instance_id, execution, task_id)
        is_signal = isinstance(action, SignalEntity)
        due = action.fire_at if isinstance(action, SignalEntity) else None
        predecessor = None if due else _last_sent(episode.history, action.entity_id)
        sent = at
        # The entity sorts a sender's messages by time, so a second one of the same moment is a tick later.
        if predecessor is not None and ticks_of(predecessor) >= ticks_of(at):
            sent = _just_after(predecessor)
        request = entity_request(
            sent,
            action.operation,
            action.input,
            guid,
            signal=is_signal,
            parent=instance.instance_id,
            parent_execution=execution,
            predecessor=predecessor,
            due=due,
        )
        episode.history.append(
            events.event_sent(
                at,
                task_id,
                action.entity_id,
                request,
                due,
            )
        )
        target, operation = storable(entity_id(action.entity_id)), Operation(json.loads(request))
        if due is not None and ticks_of(due) > core.clock.now():
            self._later.add(target, operation, ticks_of(due))
        else:
            core.deliver_operation(core.entity(target), operation)


def _last_sent(history: list[Event], entity: str) -> str | None:
    """Return the time of the execution's latest message to that entity."""
    for event in reversed(history):
        if event["EventType"] == EventType.EVENT_SENT and event["InstanceId"] == entity:
            return json.loads(event["Input"])["Timestamp"]
    return None


def _just_after(time_text: str) -> str:
    """Return the time one tick later, without a zone, as the real host writes such times (`entity_more`)."""
    return clock_text(ticks_of(time_text) + 1).removesuffix("Z")
