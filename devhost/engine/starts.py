"""Starts of orchestrations: under a new id, in place of an instance of that id, or after its end."""

from devhost.engine.core import Core, event_is
from devhost.hub.instances import Instance, Message, Parent
from devhost.protocol import events
from devhost.protocol.events import Event, EventType
from devhost.protocol.versions import runs_version

RUNS_TWICE = "FirstTurnRunsTwice"
"""Key in the start event of an instance that waited for another one's end: its first episode is repeated.

On Azure Storage the messages of such an episode are sent, the commit of its history is lost, and it runs again
(recording `sub_same_id`). Stored rows have the key, so its spelling stays.
"""

VERSION_MISMATCH = "VersionMismatch: Orchestration version did not comply with Worker Versioning"
"""The real host's failure of an instance whose version it must not run."""


class Starts:
    """Makes instances. Used on the engine thread only."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(  # noqa: PLR0913 - the identity of an instance, for every kind of start
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
        """Make an instance under an id that is free or was freed in this round, and queue its first episode."""
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
        instance.is_new = True
        instance.history = []
        self.park(instance)
        # In memory at once: a message of this round may already be for it.
        core.cache.put(instance)
        core.hub.save(instance)
        core.deliver(instance, Message(started_event(instance, at)))
        return instance

    def park(self, instance: Instance) -> bool:
        """Park an instance whose version this app must not run, and return whether it is parked."""
        config = self._core.config
        if not instance.parked and config.version_failure == "Reject" and not self._runs(instance):
            instance.parked = True
            # As on the real host: docs/devhost/behaviour.md, section 11.
            self._core.warn(
                instance.instance_id,
                f"Version '{instance.version}' does not match this app's defaultVersion '{config.default_version}' by "
                f"the versionMatchStrategy {config.version_match}, so the instance stays {instance.status}",
            )
        return instance.parked

    def version_failure(self, instance: Instance) -> str | None:
        """Return the failure of an instance whose version this app must fail, None for any other."""
        if self._core.config.version_failure == "Fail" and not self._runs(instance):
            return VERSION_MISMATCH
        return None

    def _runs(self, instance: Instance) -> bool:
        config = self._core.config
        return runs_version(config.version_match, instance.version, config.default_version)

    def defer(self, instance: Instance, starts: list[Message]) -> None:
        """Keep further starts of the instance's id, sent in the same episode, until the instance has ended."""
        instance.deferred = [Message(m.event) for m in starts]
        for message in instance.deferred:
            self._core.hub.add_message(instance, message)

    def start_deferred(self, ended: Instance) -> None:
        """Start the next of the starts that waited for the end of `ended`."""
        first, *others = ended.deferred
        self.replace(ended)
        self._core.warn(
            ended.instance_id,
            "This id was in use when a parent started it once more. As on the real host, its first episode is run "
            "twice now, and the activities, children and entity operations of that episode with it; give each child "
            "an id that no other has",
        )
        event = first.event
        parent = event["ParentInstance"]
        instance = self.create(
            event["Name"],
            ended.instance_id,
            event["OrchestrationInstance"]["ExecutionId"],
            event["Input"],
            event["Version"],
            generation=None,
            parent=Parent(
                parent["OrchestrationInstance"]["InstanceId"],
                parent["OrchestrationInstance"]["ExecutionId"],
                parent["TaskScheduleId"],
                parent["Name"],
                parent["Version"],
            ),
        )
        for message in unstarted(instance):
            message.event[RUNS_TWICE] = True
        self.defer(instance, others)

    def replace(self, old: Instance) -> None:
        """Delete an instance to make room for a new one of the same id."""
        for message in (*old.inbox, *old.deferred):
            self._core.hub.drop_message(old, message)
        # Code that still holds the object must see that it has ended.
        old.inbox.clear()
        old.status = "Terminated"
        self._core.cache.forget(old)
        self._core.hub.delete(old)


def started_event(instance: Instance, at: str) -> Event:
    """Return the ExecutionStarted event of an instance."""
    return events.execution_started(
        at,
        instance.name,
        instance.instance_id,
        instance.execution_id,
        instance.input,
        version=instance.version,
        parent=None if instance.parent is None else _parent_instance(instance.parent),
        generation=instance.generation,
    )


def _parent_instance(parent: Parent) -> Event:
    return events.parent_instance(
        parent.name,
        parent.instance_id,
        parent.execution_id,
        parent.task_id,
        parent.version,
    )


def unstarted(instance: Instance) -> list[Message]:
    """Return the start message of an instance that has not run yet."""
    if instance.history:
        return []
    return [m for m in instance.inbox if event_is(m, EventType.EXECUTION_STARTED)]
