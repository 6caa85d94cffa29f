"""What the parts of the engine share: the state that the turn's owner works on, and what waits for its commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from devhost.config import HostConfig
from devhost.engine.end_waiters import EndWaiters
from devhost.engine.turns import Command, quietly
from devhost.functions.functions import DurableKind, IndexedApp
from devhost.hub.hub import Hub, Work
from devhost.hub.instances import Cache, Entity, Instance, Message, Operation
from devhost.logs import RunReport
from devhost.protocol.clock import Clock, column_text
from devhost.protocol.events import EventType, clock_text

_KIND_NAMES: dict[DurableKind, tuple[str, str]] = {
    "activity": ("an", "activity"),
    "orchestration": ("an", "orchestrator"),
    "entity": ("an", "entity"),
}


@dataclass(frozen=True, slots=True)
class Listeners:
    """Whom the engine tells: of each run of a function, and (instance id, sentence) of what its user should know."""

    on_run: Callable[[RunReport], None] | None = None
    on_warning: Callable[[str, str], None] | None = None


class Core:
    """`ready` are the instances and entities that can take a step, and activities that the turn runs itself; `post`
    hands a command to the turn."""

    def __init__(
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

    # ---- instances

    def find(self, instance_id: str) -> Instance | None:
        """The instance, from memory or the hub."""
        found = self.cache.get(instance_id)
        if found is None and instance_id not in self.purged:
            found = self.hub.instance(instance_id)
            if found is not None:
                self.cache.put(found)
        return found

    def deliver(self, instance: Instance, message: Message) -> None:
        """Put the message into the instance's inbox; it is in history or has a row when the present round commits."""
        if instance.terminal:
            self.hub.drop_message(instance, message)
            return
        if event_is(message, EventType.EXECUTION_STARTED) and (
            message.event["OrchestrationInstance"]["ExecutionId"] != instance.execution_id
        ):
            instance.deferred.append(message)
            return
        instance.inbox.append(message)
        self._touched.append(instance)
        self.make_ready(instance)

    def make_ready(self, instance: Instance) -> None:
        if not (instance.queued or instance.busy or instance.parked):
            instance.queued = True
            self.ready.append(instance)

    def wake(self, instance: Instance) -> None:
        """The instance has taken a step: let it take another if there is more for it."""
        instance.busy = False
        if instance.inbox and not instance.terminal:
            self._touched.append(instance)
            self.make_ready(instance)

    # ---- entities

    def entity(self, entity_id: str) -> Entity:
        """The entity, made if it is new."""
        found = self.entities.get(entity_id)
        if found is None:
            now = column_text(self.clock.now())
            found = self.hub.entity(entity_id) or Entity(entity_id, now, now)
            self.entities[entity_id] = found
        return found

    def deliver_operation(self, entity: Entity, operation: Operation) -> None:
        entity.operations.append(operation)
        self._touched_entities.append(entity)
        self.make_entity_ready(entity)

    def make_entity_ready(self, entity: Entity) -> None:
        if not (entity.queued or entity.busy):
            entity.queued = True
            self.ready.append(entity)

    def wake_entity(self, entity: Entity) -> None:
        entity.busy = False
        if entity.operations:
            self._touched_entities.append(entity)
            self.make_entity_ready(entity)

    # ---- the round's end

    def store_leftovers(self) -> None:
        """Give a row to what was delivered and not taken yet, where nothing else stands for it."""
        for instance in self._touched:
            for message in instance.inbox:
                if message.row is None and (message.source is None or instance.busy or instance.parked):
                    self.hub.add_message(instance, message)
        self._touched.clear()
        for entity in self._touched_entities:
            for operation in entity.operations:
                if operation.row is None:
                    self.hub.add_operation(entity.entity_id, operation)
        self._touched_entities.clear()

    def forget_idle(self) -> None:
        """Keep memory bounded; call right after a commit."""
        for instance in self.ended:
            if instance.terminal:
                self.cache.forget(instance)
        self.end_waiters.tell(instance.instance_id for instance in self.ended)
        self.ended.clear()
        self.purged.clear()
        self.cache.trim()
        if len(self.entities) > 4_000:
            for entity in list(self.entities.values())[:2_000]:
                if not (entity.busy or entity.queued or entity.operations):
                    del self.entities[entity.entity_id]

    # ---- telling

    def report(self, run: RunReport) -> None:
        if self._listeners.on_run is not None:
            quietly(self._listeners.on_run, run)

    def warn(self, instance_id: str, sentence: str) -> None:
        if self._listeners.on_warning is not None:
            quietly(self._listeners.on_warning, instance_id, sentence)

    def unknown(self, kind: DurableKind, name: str) -> str:
        """What the real host says of a function that is not there."""
        article, what = _KIND_NAMES[kind]
        known = ", ".join(f"'{n}'" for n in self.app.names(kind))
        registered = self.app.registered_as(kind, name)
        return (
            f"The function '{name}' doesn't exist, is disabled, or is not {article} {what} function. "
            f"Additional info: The following are the known {what} functions: {known}."
            + (f" It is registered as '{registered}', and goes by that name alone." if registered else "")
        )

    def times(self) -> tuple[str, str]:
        """Now, as events and as columns carry it."""
        ticks = self.clock.now()
        return clock_text(ticks), column_text(ticks)


def event_is(message: Message, kind: EventType) -> bool:
    return message.event["EventType"] == kind
