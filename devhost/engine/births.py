"""How an orchestration comes to be under an id: new, in place of another, or after it."""

from __future__ import annotations

from devhost.engine.core import Core, event_is
from devhost.hub.instances import Instance, Message, Parent
from devhost.protocol import events
from devhost.protocol.events import Event, EventType

RUNS_TWICE = "FirstTurnRunsTwice"
"""In the start event of an instance that waited for the end of another: its first turn is run twice.

On Azure Storage the messages of such a turn are sent, the commit of its history is lost, and it runs again."""


class Births:
    """Used by the turn's owner."""

    def __init__(self, core: Core) -> None:
        self._core = core

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
        core.deliver(instance, Message(started_event(instance, at)))
        if instance.parked:
            core.warn(
                instance_id,
                f"Version '{version}' is newer than this app's defaultVersion, so the instance stays Pending",
            )
        return instance

    def revive(self, instance: Instance) -> None:
        """The instance comes from the hub and has messages."""
        instance.parked = instance.status == "Pending" and not self._runs_version(instance.version)

    def defer(self, instance: Instance, starts: list[Message]) -> None:
        """Other starts of its id, sent in the same turn, wait until the instance has ended."""
        instance.deferred = [Message(m.event) for m in starts]
        for message in instance.deferred:
            self._core.hub.add_message(instance, message)

    def start_deferred(self, ended: Instance) -> None:
        event, *rest = ended.deferred
        self.replace(ended)
        parent = event.event["ParentInstance"]
        self._core.warn(
            ended.instance_id,
            "This id was in use when a parent started it once more. As on the real host, its first turn is run twice "
            "now, and the activities, children and entity operations of that turn with it; give each child an id of "
            "its own",
        )
        again = self.create(
            event.event["Name"], ended.instance_id, event.event["OrchestrationInstance"]["ExecutionId"],
            event.event["Input"], event.event["Version"], generation=None,
            parent=Parent(
                parent["OrchestrationInstance"]["InstanceId"], parent["OrchestrationInstance"]["ExecutionId"],
                parent["TaskScheduleId"], parent["Name"], parent["Version"],
            ),
        )  # fmt: skip
        for message in unstarted(again):
            message.event[RUNS_TWICE] = True
        self.defer(again, rest)

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


def started_event(instance: Instance, at: str) -> Event:
    p = instance.parent
    parent = events.parent_instance(p.name, p.instance_id, p.execution_id, p.task_id, p.version) if p else None
    return events.execution_started(
        at, instance.name, instance.instance_id, instance.execution_id, instance.input,
        version=instance.version, parent=parent, generation=instance.generation,
    )  # fmt: skip


def unstarted(instance: Instance) -> list[Message]:
    """The start message of an instance that has not run yet."""
    return [m for m in instance.inbox if event_is(m, EventType.EXECUTION_STARTED) and not instance.history]


def _version_key(version: str) -> list[tuple[int, str]]:
    """Versions compare by their numbers, part by part; what is no number compares as text."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in version.split(".")]
