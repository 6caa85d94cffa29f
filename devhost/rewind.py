"""Rewind: a failed instance goes on as if its failed tasks had not run yet, its failed children with it."""

from __future__ import annotations

from devhost.core import Core
from devhost.durable_timers import DurableTimers
from devhost.errors import WrongState
from devhost.events import Event, EventType, generic_event
from devhost.instances import Instance, Message


class Rewind:
    """What failed is replaced in history by GenericEvents with the old ids, so that the replay schedules it again."""

    def __init__(self, core: Core, timers: DurableTimers) -> None:
        self._core, self._timers = core, timers

    def rewind(self, instance: Instance, reason: str | None) -> None:
        """Raises WrongState when the replay of what would be left could not work."""
        core = self._core
        if instance.history is None:
            instance.remember(core.hub.history(instance.run))
        history = instance.history or []
        if not _leaves_a_whole(history):
            raise WrongState(
                instance.instance_id,
                instance.status,
                "This orchestration has a retry chain that cannot be cut out of its history; on the real host its "
                "replay would be non-deterministic. Start it again instead.",
            )
        failed_children = [self._child(e, history) for e in history if e["EventType"] == EventType.CHILD_FAILED]
        children = [c for c in failed_children if c is not None and c.status == "Failed"]
        self._rewrite(instance, history)
        for child in children:
            self.rewind(child, reason)
        if not children:
            core.deliver(instance, Message(generic_event("", -1, reason)))

    def _child(self, failed: Event, history: list[Event]) -> Instance | None:
        task_id = failed["TaskScheduledId"]
        created = next(e for e in history if e["EventType"] == EventType.CHILD_CREATED and e["EventId"] == task_id)
        return self._core.find(created["InstanceId"])

    def _rewrite(self, instance: Instance, history: list[Event]) -> None:
        core = self._core
        failed = {e["TaskScheduledId"] for e in history if e["EventType"] == EventType.TASK_FAILED}
        replaced = [_generic(e) if _is_cut(e, failed) else e for e in history]
        core.hub.drop_run(instance.run, history=True)
        instance.run = core.hub.next_run()
        instance.stored = 0
        instance.size = 0
        core.hub.append(instance, replaced)
        instance.remember(replaced)
        instance.status, instance.output = "Running", None
        instance.retries = True
        _, instance.updated_at = core.times()
        core.cache.put(instance)
        core.hub.save(instance)


def _is_cut(event: Event, failed: set[int]) -> bool:
    match event["EventType"]:
        case EventType.TASK_FAILED | EventType.CHILD_FAILED | EventType.EXECUTION_COMPLETED:
            return True
        case EventType.TASK_SCHEDULED:
            return event["EventId"] in failed
        case _:
            return False


def _generic(event: Event) -> Event:
    return generic_event(event["Timestamp"], event["EventId"], None)


def _leaves_a_whole(history: list[Event]) -> bool:
    return True
