"""The state that the parts of the engine share on the engine thread, and what waits for the next commit."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from devhost.config import HostConfig
from devhost.engine.end_waiters import EndWaiters
from devhost.engine.engine_thread import Command, call_listener
from devhost.functions.functions import DurableKind, IndexedApp
from devhost.hub.hub import Hub
from devhost.hub.instances import Cache, Entity, Instance, Message, Operation
from devhost.hub.rows import Work
from devhost.logs import RunReport
from devhost.protocol.clock import Clock, clock_text, column_text
from devhost.protocol.events import EventType

_KIND_NAMES: dict[DurableKind, tuple[str, str]] = {
    "activity": ("an", "activity"),
    "orchestration": ("an", "orchestrator"),
    "entity": ("an", "entity"),
}
# Entities in memory; half of them is dropped, if idle, when there are more.
_MOST_ENTITIES = 4_000


@dataclass(frozen=True, slots=True)
class Listeners:
    """Callbacks of the host: for each run of a function, and for each warning (instance id, sentence)."""

    on_run: Callable[[RunReport], None]
    on_warning: Callable[[str, str], None]


class Core:
    """Instances, entities and the hub, as the engine thread sees them.

    `ready` holds instances and entities with something to do, and activities to run inline. `post` runs a command
    on the engine thread. `after_commit` and `acknowledged` are carried out when the round has committed.
    """

    def __init__(  # noqa: PLR0913 - made once, of everything that the parts of the engine share
        self,
        app: IndexedApp,
        config: HostConfig,
        hub: Hub,
        listeners: Listeners,
        post: Callable[[Command], None],
        *,
        strict: bool,
    ) -> None:
        self.app, self.config, self.hub, self.post, self.strict = app, config, hub, post, strict
        self._listeners = listeners
        self.clock = Clock(hub.meta("clock_offset", 0))
        self.cache = Cache()
        self.entities: dict[str, Entity] = {}
        self.ready: deque[Instance | Entity | Work] = deque()
        self.after_commit: list[Command] = []
        self.acknowledged: list[tuple[Future[Any], Any]] = []
        self.ended: list[Instance] = []
        self.purged: set[str] = set()
        self.end_waiters = EndWaiters()
        self._touched: list[Instance] = []
        self._touched_entities: list[Entity] = []

    def find(self, instance_id: str) -> Instance | None:
        """Return the instance from memory or from the hub."""
        instance = self.cache.get(instance_id)
        # A purge of this round is not committed yet: the hub still has the row.
        if instance is None and instance_id not in self.purged:
            instance = self.hub.instance(instance_id)
            if instance is not None:
                # Kept, since a message for it usually brings another.
                self.cache.put(instance)
        return instance

    def deliver(self, instance: Instance, message: Message) -> None:
        """Put a message into the instance's inbox, from where this round's commit stores it."""
        if instance.is_terminal:
            self.hub.drop_message(instance, message)
            return
        if event_is(message, EventType.EXECUTION_STARTED) and (
            message.event["OrchestrationInstance"]["ExecutionId"] != instance.execution_id
        ):
            # A start for another execution: the id was taken over while this instance still runs (recording
            # `sub_same_id`).
            instance.deferred.append(message)
            return
        instance.inbox.append(message)
        self._touched.append(instance)
        self.make_ready(instance)

    def make_ready(self, instance: Instance) -> None:
        """Queue the instance for an episode, unless it is queued already or may not run."""
        if not (instance.queued or instance.is_busy or instance.parked):
            instance.queued = True
            self.ready.append(instance)

    def wake(self, instance: Instance) -> None:
        """Note that the instance's episode has ended, and queue the next one if messages have arrived meanwhile."""
        instance.is_busy = False
        if instance.inbox and not instance.is_terminal:
            self._touched.append(instance)
            self.make_ready(instance)

    def entity(self, entity_id: str) -> Entity:
        """Return the entity; it is made if it is new."""
        entity = self.entities.get(entity_id)
        if entity is None:
            now = column_text(self.clock.now())
            entity = self.hub.entity(entity_id) or Entity(entity_id, now, now)
            self.entities[entity_id] = entity
        return entity

    def deliver_operation(self, entity: Entity, operation: Operation) -> None:
        """Put an operation into the entity's queue, from where this round's commit stores it."""
        entity.operations.append(operation)
        self._touched_entities.append(entity)
        self.make_entity_ready(entity)

    def make_entity_ready(self, entity: Entity) -> None:
        """Queue the entity for a batch, unless it is queued or running already."""
        if not (entity.queued or entity.is_busy):
            entity.queued = True
            self.ready.append(entity)

    def wake_entity(self, entity: Entity) -> None:
        """Note that the entity's batch has ended, and queue the next one if operations are left."""
        entity.is_busy = False
        if entity.operations:
            self._touched_entities.append(entity)
            self.make_entity_ready(entity)

    def store_leftovers(self) -> None:
        """Give a row to each message and operation that was delivered but not processed in this round.

        A message from `work` or `timers` needs none as long as its instance can take it in the next round: the row
        that it came from is still there, and after a crash the work is done again or the timer fires again.
        """
        for instance in self._touched:
            for message in instance.inbox:
                if message.row is None and (message.source is None or instance.is_busy or instance.parked):
                    self.hub.add_message(instance, message)
        self._touched.clear()
        for entity in self._touched_entities:
            for operation in entity.operations:
                if operation.row is None:
                    self.hub.add_operation(entity.entity_id, operation)
        self._touched_entities.clear()

    def forget_idle(self) -> None:
        """Drop what memory need not hold any more, and notify waiters of ends. Call right after a commit."""
        for instance in self.ended:
            if instance.is_terminal:
                self.cache.forget(instance)
        self.end_waiters.notify(instance.instance_id for instance in self.ended)
        # Instances that ended in this round are reported once.
        self.ended.clear()
        self.purged.clear()
        self.cache.trim()
        if len(self.entities) > _MOST_ENTITIES:
            for entity in list(self.entities.values())[: _MOST_ENTITIES // 2]:
                if entity.is_idle:
                    del self.entities[entity.entity_id]

    def report(self, run: RunReport) -> None:
        """Pass one run of a function to the host."""
        call_listener(self._listeners.on_run, run)

    def warn(self, instance_id: str, sentence: str) -> None:
        """Pass a warning about an instance to the host."""
        call_listener(self._listeners.on_warning, instance_id, sentence)

    def unknown(self, kind: DurableKind, name: str) -> str:
        """Return why there is no function to call; the real host's text if it has none (`unknown_activity`)."""
        article, kind_name = _KIND_NAMES[kind]
        unserved = self.app.unserved(kind, name)
        if unserved is not None and unserved.unsupported is not None:
            return (
                f"The {kind_name} '{name}' cannot run on this host, which does not support its {unserved.unsupported}."
            )
        names = ", ".join(f"'{n}'" for n in self.app.names(kind))
        text = (
            f"The function '{name}' doesn't exist, is disabled, or is not {article} {kind_name} function. "
            f"Additional info: The following are the known {kind_name} functions: {names}."
        )
        registered = self.app.registered_as(kind, name)
        if unserved is not None:
            text += f" It is disabled by the setting AzureWebJobs.{unserved.name}.Disabled."
        elif registered is not None:
            text += f" It is registered as '{registered}', and goes by that name alone."
        return text

    def warn_of_unknown(self, instance_id: str, kind: DurableKind, name: str, reason: str) -> None:
        """Warn that a call has failed for `reason`, and say what the real host does in this case."""
        unserved = self.app.unserved(kind, name)
        consequence = "The real host would leave the instance in Running for ever"
        if unserved is not None and unserved.unsupported is not None:
            consequence = "The real host would run it"
        self.warn(instance_id, f"{reason} {consequence}.")

    def times(self) -> tuple[str, str]:
        """Return the current time twice: as events carry it, and as columns do."""
        ticks = self.clock.now()
        return clock_text(ticks), column_text(ticks)


def event_is(message: Message, kind: EventType) -> bool:
    """Return whether the message carries an event of this type."""
    return message.event["EventType"] == kind
