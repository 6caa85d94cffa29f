"""What clients ask of the engine, done in its turn; each is acknowledged when its round has committed."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any
from uuid import uuid4

from devhost.engine.births import Births
from devhost.engine.core import Core
from devhost.engine.durable_timers import DurableTimers
from devhost.engine.rewind import Rewind
from devhost.errors import (
    BadRequest,
    EngineError,
    InstanceExists,
    InstanceNotFound,
    InstanceNotTerminal,
    InstanceTerminal,
    UnknownFunction,
    WrongState,
)
from devhost.hub.hub_read import where
from devhost.hub.instances import Instance, Message, Operation
from devhost.hub.records import TERMINAL, InstanceFilter
from devhost.protocol.events import Event, event_raised, execution_resumed, execution_suspended, execution_terminated

_FORBIDDEN_IN_KEYS = frozenset("/\\#?")


class Operations:
    """Each method takes the future that it answers through; errors of the tree go there too."""

    def __init__(self, core: Core, births: Births, timers: DurableTimers) -> None:
        self._core, self._births, self._timers = core, births, timers
        self._rewind = Rewind(core)

    def start(
        self, answer: Future[str], name: str, input_text: str | None, instance_id: str | None, version: str | None
    ) -> None:
        generation = 0
        if instance_id is None:
            instance_id = uuid4().hex
        elif (old := self._core.find(instance_id)) is not None:
            if not old.terminal and self._core.config.overridable_states != "AnyState":
                raise InstanceExists(instance_id, old.status)
            generation = (old.generation or 0) + 1
            self._births.replace(old)
        self._create(name, instance_id, input_text, version, generation)
        self._acknowledge(answer, instance_id)

    def restart(self, answer: Future[str], instance_id: str, new_id: bool) -> None:
        old = self._core.find(instance_id)
        if old is None:
            raise InstanceNotFound(instance_id)
        generation = 0
        if not new_id:
            if not old.terminal:
                raise InstanceExists(instance_id, old.status)
            generation = (old.generation or 0) + 1
            self._births.replace(old)
        again = uuid4().hex if new_id else instance_id
        self._create(old.name, again, old.input, old.version, generation)
        self._acknowledge(answer, again)

    def _create(
        self, name: str, instance_id: str, input_text: str | None, version: str | None, generation: int
    ) -> None:
        version = version or self._core.config.default_version
        self._births.create(name, instance_id, str(uuid4()), input_text, version, generation=generation)

    def raise_event(self, answer: Future[None], instance_id: str, name: str, input_text: str | None) -> None:
        self._send(answer, instance_id, event_raised("", name, input_text))

    def terminate(self, answer: Future[None], instance_id: str, reason: str | None) -> None:
        instance = self._core.find(instance_id)
        if instance is not None and instance.parked and not instance.terminal:
            self._end_parked(instance, reason)
            self._acknowledge(answer, None)
        else:
            self._send(answer, instance_id, execution_terminated("", reason))

    def _end_parked(self, instance: Instance, reason: str | None) -> None:
        instance.inbox.clear()
        instance.status, instance.output = "Terminated", reason
        self._core.hub.drop_run(instance.run, history=False)
        self._core.hub.save(instance)
        self._core.ended.append(instance)

    def suspend(self, answer: Future[None], instance_id: str, reason: str | None) -> None:
        instance = self._receiver(instance_id)
        if instance is not None and instance.status == "Suspended":
            raise WrongState(
                instance_id,
                instance.status,
                f"Cannot suspend the orchestration instance {instance_id} because instance is in the Suspended state.",
            )
        self._send(answer, instance_id, execution_suspended("", reason))

    def resume(self, answer: Future[None], instance_id: str, reason: str | None) -> None:
        instance = self._receiver(instance_id)
        if instance is not None and instance.status != "Suspended":
            raise WrongState(
                instance_id,
                instance.status,
                f"Cannot resume the orchestration instance {instance_id} because instance is in the "
                f"{instance.status} state.",
            )
        self._send(answer, instance_id, execution_resumed("", reason))

    def rewind(self, answer: Future[None], instance_id: str, reason: str | None) -> None:
        instance = self._core.find(instance_id)
        if instance is None:
            raise InstanceNotFound(instance_id)
        if instance.status != "Failed":
            raise WrongState(
                instance_id,
                instance.status,
                f'This orchestration has status {instance.status}, but only orchestrations in the "Failed" state '
                "can be rewound.",
            )
        self._rewind.rewind(instance, reason)
        self._acknowledge(answer, None)

    def purge(self, answer: Future[int], instance_id: str) -> None:
        core = self._core
        instance = core.find(instance_id)
        if instance is None:
            if not instance_id.startswith("@"):
                raise InstanceNotFound(instance_id)
            self._acknowledge(answer, self._purge_entity(instance_id))
            return
        if not instance.terminal:
            raise InstanceNotTerminal(instance_id, instance.status)
        self._delete(instance)
        self._acknowledge(answer, 1)

    def _purge_entity(self, entity_id: str) -> int:
        entity = self._core.entity(entity_id)
        existed = entity.known and not entity.purged
        for operation in entity.operations:
            self._core.hub.drop_operation(operation)
        entity.operations.clear()
        entity.state, entity.exists, entity.purged = None, False, True
        entity.sorter = {}
        self._core.hub.save_entity(entity)
        return int(existed)

    def purge_many(self, answer: Future[int], wanted: InstanceFilter) -> None:
        statuses = (wanted.statuses or TERMINAL) & TERMINAL
        if not statuses:
            raise BadRequest(
                "None of the given statuses is one of an instance that has ended, so nothing would be purged."
            )
        clause, values = where(
            InstanceFilter(wanted.created_from, wanted.created_to, frozenset(statuses), wanted.id_prefix)
        )
        ids = self._core.hub.ids_where(clause, values)
        count = 0
        for instance_id in ids:
            instance = self._core.find(instance_id)
            if instance is not None and instance.terminal:
                self._delete(instance)
                count += 1
        self._acknowledge(answer, count)

    def _delete(self, instance: Instance) -> None:
        self._core.cache.forget(instance)
        self._core.hub.delete(instance)
        self._core.purged.add(instance.instance_id)

    def signal(self, answer: Future[None], name: str, key: str, operation: str, input_text: str | None) -> None:
        core = self._core
        if core.app.entity(name) is None:
            raise UnknownFunction(core.unknown("entity", name.lower()))
        if any(c in _FORBIDDEN_IN_KEYS or ord(c) < 32 or 127 <= ord(c) < 160 for c in key):
            raise BadRequest("entityKey (Parameter 'Entity keys must not contain /, \\, #, ?, or control characters.')")
        request = {"op": operation, "signal": True, "input": input_text, "id": str(uuid4())}
        core.deliver_operation(core.entity(f"@{name.lower()}@{key}"), Operation(request))
        self._acknowledge(answer, None)

    def skip_to_next_timer(self, answer: Future[float | None]) -> None:
        due = self._timers.next_due()
        if due is None:
            self._acknowledge(answer, None)
            return
        skipped = self._core.clock.move_to(due)
        self._core.hub.set_meta("clock_offset", self._core.clock.offset)
        self._acknowledge(answer, skipped)

    def _receiver(self, instance_id: str) -> Instance | None:
        """Who gets a message; None for an entity, which ignores it."""
        instance = self._core.find(instance_id)
        if instance is None:
            if instance_id.startswith("@") and self._core.entity(instance_id).known:
                return None
            raise InstanceNotFound(instance_id)
        if instance.terminal:
            raise InstanceTerminal(instance_id, instance.status)
        return instance

    def _send(self, answer: Future[None], instance_id: str, event: Event) -> None:
        instance = self._receiver(instance_id)
        if instance is not None:
            self._core.deliver(instance, Message(event))
        self._acknowledge(answer, None)

    def _acknowledge(self, answer: Future[Any], value: Any) -> None:
        self._core.acknowledged.append((answer, value))


def attempt(answer: Future[Any], operation: Any, *values: Any) -> None:
    """Do the operation; an error of the tree goes to whoever waits for the answer."""
    if not answer.set_running_or_notify_cancel():
        return
    try:
        operation(answer, *values)
    except EngineError as error:
        answer.set_exception(error)
