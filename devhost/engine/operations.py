"""Client operations, carried out on the engine thread and acknowledged when their round has committed."""

from concurrent.futures import Future
from typing import Any
from uuid import uuid4

from devhost.engine.core import Core
from devhost.engine.durable_timers import DurableTimers
from devhost.engine.rewind import Rewind
from devhost.engine.starts import Starts
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
    """One method for each operation. `reply` is the client's future; errors of `devhost.errors` go there too."""

    def __init__(self, core: Core, starts: Starts, timers: DurableTimers) -> None:
        self._core, self._starts, self._timers = core, starts, timers
        self._rewind = Rewind(core)

    def start(
        self, reply: Future[str], name: str, input_text: str | None, instance_id: str | None, version: str | None
    ) -> None:
        generation = 0
        if instance_id is None:
            instance_id = uuid4().hex
        else:
            generation = self._free_id(instance_id)
        self._create(
            name,
            instance_id,
            input_text,
            version,
            generation,
        )
        self._acknowledge(reply, instance_id)

    def _free_id(self, instance_id: str) -> int:
        """Delete the instance of this id, if it may be replaced, and return the generation of the next one."""
        old = self._core.find(instance_id)
        if old is None:
            return 0
        if not old.is_terminal and self._core.config.overridable_states != "AnyState":
            raise InstanceExists(instance_id, old.status)
        self._starts.replace(old)
        return (old.generation or 0) + 1

    def restart(self, reply: Future[str], instance_id: str, new_id: bool) -> None:
        old = self._core.find(instance_id)
        if old is None:
            raise InstanceNotFound(instance_id)
        generation = 0
        if not new_id:
            if not old.is_terminal:
                raise InstanceExists(instance_id, old.status)
            generation = (old.generation or 0) + 1
            self._starts.replace(old)
        started_id = uuid4().hex if new_id else instance_id
        self._create(
            old.name,
            started_id,
            old.input,
            old.version,
            generation,
        )
        self._acknowledge(reply, started_id)

    def _create(
        self, name: str, instance_id: str, input_text: str | None, version: str | None, generation: int
    ) -> None:
        version = version or self._core.config.default_version
        self._starts.create(
            name,
            instance_id,
            str(uuid4()),
            input_text,
            version,
            generation=generation,
        )

    def raise_event(self, reply: Future[None], instance_id: str, name: str, input_text: str | None) -> None:
        self._send(reply, instance_id, event_raised("", name, input_text))

    def terminate(self, reply: Future[None], instance_id: str, reason: str | None) -> None:
        instance = self._core.find(instance_id)
        if instance is not None and not instance.is_terminal and self._starts.park(instance):
            self._end_parked(instance, reason)
            self._acknowledge(reply, None)
        else:
            self._send(reply, instance_id, execution_terminated("", reason))

    def _end_parked(self, instance: Instance, reason: str | None) -> None:
        """End an instance whose version never runs, without an episode or events.

        As on the real host: docs/devhost/behaviour.md, section 11.
        """
        instance.inbox.clear()
        instance.status, instance.output = "Terminated", reason
        self._core.hub.drop_run(instance.run, history=False)
        self._core.hub.save(instance)
        self._core.ended.append(instance)

    def suspend(self, reply: Future[None], instance_id: str, reason: str | None) -> None:
        instance = self._receiver(instance_id)
        if instance is not None and instance.status == "Suspended":
            raise WrongState(
                instance_id,
                instance.status,
                f"Cannot suspend the orchestration instance {instance_id} because instance is in the Suspended state.",
            )
        self._send(reply, instance_id, execution_suspended("", reason))

    def resume(self, reply: Future[None], instance_id: str, reason: str | None) -> None:
        instance = self._receiver(instance_id)
        if instance is not None and instance.status != "Suspended":
            raise WrongState(
                instance_id,
                instance.status,
                f"Cannot resume the orchestration instance {instance_id} because instance is in the "
                f"{instance.status} state.",
            )
        self._send(reply, instance_id, execution_resumed("", reason))

    def rewind(self, reply: Future[None], instance_id: str, reason: str | None) -> None:
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
        self._acknowledge(reply, None)

    def purge(self, reply: Future[int], instance_id: str) -> None:
        core = self._core
        instance = core.find(instance_id)
        if instance is None:
            if not instance_id.startswith("@"):
                raise InstanceNotFound(instance_id)
            self._acknowledge(reply, self._purge_entity(instance_id))
            return
        if not instance.is_terminal:
            raise InstanceNotTerminal(instance_id, instance.status)
        self._delete(instance)
        self._acknowledge(reply, 1)

    def _purge_entity(self, entity_id: str) -> int:
        entity = self._core.entity(entity_id)
        existed = entity.is_stored and not entity.purged
        for operation in entity.operations:
            self._core.hub.drop_operation(operation)
        entity.operations.clear()
        entity.state, entity.exists, entity.purged = None, False, True
        entity.sorter = {}
        self._core.hub.save_entity(entity)
        return int(existed)

    def purge_many(self, reply: Future[int], selection: InstanceFilter) -> None:
        # Only what has ended is purged, unlike on the real host (docs/devhost/behaviour.md, section 12).
        statuses = (selection.statuses or TERMINAL) & TERMINAL
        if not statuses:
            raise BadRequest("Nothing was purged: none of the statuses is one of an instance that has ended.")
        clause, values = where(
            InstanceFilter(selection.created_from, selection.created_to, frozenset(statuses), selection.id_prefix)
        )
        ids = self._core.hub.ids_where(clause, values)
        count = 0
        for instance_id in ids:
            instance = self._core.find(instance_id)
            if instance is not None and instance.is_terminal:
                self._delete(instance)
                count += 1
        self._acknowledge(reply, count)

    def _delete(self, instance: Instance) -> None:
        self._core.cache.forget(instance)
        self._core.hub.delete(instance)
        self._core.purged.add(instance.instance_id)

    def signal(self, reply: Future[None], name: str, key: str, operation: str, input_text: str | None) -> None:
        core = self._core
        if core.app.entity(name) is None:
            raise UnknownFunction(core.unknown("entity", name.lower()))
        if any(map(_is_forbidden_in_keys, key)):
            raise BadRequest("entityKey (Parameter 'Entity keys must not contain /, \\, #, ?, or control characters.')")
        request = {"op": operation, "signal": True, "input": input_text, "id": str(uuid4())}
        core.deliver_operation(core.entity(f"@{name.lower()}@{key}"), Operation(request))
        self._acknowledge(reply, None)

    def skip_to_next_timer(self, reply: Future[float | None]) -> None:
        due = self._timers.next_due()
        if due is None:
            self._acknowledge(reply, None)
            return
        skipped = self._core.clock.move_to(due)
        self._core.hub.set_meta("clock_offset", self._core.clock.offset)
        self._acknowledge(reply, skipped)

    def _receiver(self, instance_id: str) -> Instance | None:
        """Return the instance that gets a message, None for an entity, which ignores it."""
        instance = self._core.find(instance_id)
        if instance is None:
            if instance_id.startswith("@") and self._core.entity(instance_id).is_stored:
                return None
            raise InstanceNotFound(instance_id)
        if instance.is_terminal:
            raise InstanceTerminal(instance_id, instance.status)
        return instance

    def _send(self, reply: Future[None], instance_id: str, event: Event) -> None:
        instance = self._receiver(instance_id)
        if instance is not None:
            self._core.deliver(instance, Message(event))
        self._acknowledge(reply, None)

    def _acknowledge(self, reply: Future[Any], value: Any) -> None:
        self._core.acknowledged.append((reply, value))


def _is_forbidden_in_keys(character: str) -> bool:
    code = ord(character)
    return character in _FORBIDDEN_IN_KEYS or code < 32 or 127 <= code < 160


def attempt(reply: Future[Any], operation: Any, *values: Any) -> None:
    """Carry out the operation; an EngineError becomes the reply."""
    # From here on the client cannot cancel the future any more, so that a reply can be set.
    if not reply.set_running_or_notify_cancel():
        return
    try:
        operation(reply, *values)
    except EngineError as error:
        reply.set_exception(error)
