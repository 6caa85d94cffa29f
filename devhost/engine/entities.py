"""Batches of entity operations: one at a time for each entity; state and consumed operations go into one commit."""

import json
import time
from functools import partial
from itertools import islice
from uuid import uuid4

from devhost.engine.core import Core
from devhost.engine.engine_thread import EngineThread
from devhost.hub.instances import Entity, Message, Operation
from devhost.logs import RunReport
from devhost.protocol.clock import TICKS_PER_SECOND, clock_text, ticks_of
from devhost.protocol.entity_call import BrokenAnswer, EntityAnswer, EntityCall, Signal, call_entity
from devhost.protocol.entity_ids import entity_id, split_id
from devhost.protocol.entity_messages import entity_response
from devhost.protocol.events import event_raised

# The real host keeps the senders of the last 30 minutes; a number bounds the row.
_SENDERS_KEPT = 20
_HORIZON_TICKS = 30 * 60 * TICKS_PER_SECOND


class Entities:
    """Runs the operations of entities. Used on the engine thread only.

    A batch has one operation unless host.json asks for more: in the SDK, `results` leak from one operation of a batch
    to the next (docs/devhost/behaviour.md, section 8).
    """

    def __init__(self, core: Core, thread: EngineThread) -> None:
        self._core, self._thread = core, thread
        self._batch = core.config.max_entity_batch

    def run_batch(self, entity: Entity) -> None:
        """Run the operations at the head of the queue; `_finish` follows, perhaps on another engine thread."""
        entity.queued = False
        if entity.is_busy or not entity.operations:
            return
        batch = tuple(islice(entity.operations, self._batch))
        name, key = split_id(entity.entity_id)
        function = self._core.app.entity(name)
        entity.is_busy = True
        finish = partial(
            self._finish,
            entity,
            batch,
            name,
            time.perf_counter(),
        )
        if function is None:
            finish(BrokenAnswer(self._core.unknown("entity", name), "unknown"))
            return
        call = EntityCall(
            name,
            key,
            entity.exists,
            entity.state,
            [operation.request for operation in batch],
        )
        run = partial(call_entity, function.user_function, call)
        self._thread.call(
            ("entity", function.name),
            run,
            finish,
            entity.entity_id,
            partial(BrokenAnswer, reason="timeout"),
        )

    def _finish(
        self,
        entity: Entity,
        batch: tuple[Operation, ...],
        name: str,
        since: float,
        result: EntityAnswer | BrokenAnswer,
    ) -> None:
        core = self._core
        seconds = time.perf_counter() - since
        core.report(
            RunReport(
                name,
                "entity",
                entity.entity_id,
                seconds,
                _failures(batch, result),
            )
        )
        # A purge empties the queue while the batch runs; its result then belongs to nobody.
        was_purged = not entity.operations or entity.operations[0] is not batch[0]
        if not was_purged:
            self._apply(entity, batch, result)
        core.wake_entity(entity)

    def _apply(self, entity: Entity, batch: tuple[Operation, ...], result: EntityAnswer | BrokenAnswer) -> None:
        core = self._core
        for operation in batch:
            entity.operations.popleft()
            core.hub.drop_operation(operation)
        if isinstance(result, BrokenAnswer):
            # A deliberate difference: docs/devhost/behaviour.md, section 12.
            self._warn_of_broken(entity, result)
            results = ((json.dumps(result.text), True),) * len(batch)
        else:
            for operation in batch:
                _note_sender(entity, operation)
            _, entity.updated_at = core.times()
            entity.exists, entity.state = result.exists, result.state
            entity.is_stored, entity.purged = True, False
            core.hub.save_entity(entity)
            results = result.results
            for signal in result.signals:
                self._send(signal)
        for operation, (text, failed) in zip(batch, results, strict=True):
            self._respond(operation, text, failed)

    def _warn_of_broken(self, entity: Entity, answer: BrokenAnswer) -> None:
        name, _ = split_id(entity.entity_id)
        if answer.reason == "unknown":
            self._core.warn_of_unknown(entity.entity_id, "entity", name, answer.text)
        elif answer.reason == "timeout":
            self._core.warn(entity.entity_id, f"{answer.text}. The calls of the batch fail, as on the real host")
        else:
            self._core.warn(entity.entity_id, f"{answer.text} The real host would try the batch again without end")

    def _respond(self, operation: Operation, text: str, failed: bool) -> None:
        request = operation.request
        if request.get("signal") or not request.get("parent"):
            return
        parent = self._core.find(request["parent"])
        if parent is not None and parent.execution_id == request["parentExecution"]:
            response = entity_response(text, failed=failed)
            self._core.deliver(parent, Message(event_raised("", request["id"], response)))

    def _send(self, signal: Signal) -> None:
        request = {"op": signal.operation, "signal": True, "input": signal.input, "id": str(uuid4())}
        target = entity_id(f"@{signal.name}@{signal.key}")
        self._core.deliver_operation(self._core.entity(target), Operation(request))


def _failures(batch: tuple[Operation, ...], result: EntityAnswer | BrokenAnswer) -> str | None:
    """Return the log's text for operations that raised, or for a broken function; None if all went well."""
    if isinstance(result, BrokenAnswer):
        return result.text
    failed = [
        f"operation '{operation.request['op']}' raised: {_error_text(text)}"
        for operation, (text, is_error) in zip(batch, result.results, strict=True)
        if is_error
    ]
    return "; ".join(failed) or None


def _error_text(result: str) -> str:
    """Return the text that a JSON string holds; a function without the SDK's wrapper may return anything else."""
    try:
        value = json.loads(result)
    except ValueError:
        return result
    return value if isinstance(value, str) else result


def _note_sender(entity: Entity, operation: Operation) -> None:
    """Note the time of an orchestration's latest message, as the real host's entity shows it (recording `list_api`)."""
    request = operation.request
    if request.get("parent") and request.get("Timestamp"):
        senders = entity.sorter.setdefault("ReceivedFromInstance", {})
        senders[request["parent"]] = {
            "Last": request["Timestamp"],
            "ExecutionId": request["parentExecution"],
        }
        while len(senders) > _SENDERS_KEPT:
            # The oldest first: a dict keeps its order.
            del senders[next(iter(senders))]
        entity.sorter["ReceiveHorizon"] = clock_text(ticks_of(request["Timestamp"]) - _HORIZON_TICKS)
