"""Entity steps: one batch at a time for each entity, its state and the end of its operations in one commit."""

from __future__ import annotations

import json
import time
from functools import partial
from uuid import uuid4

from devhost.engine.core import Core
from devhost.engine.turns import Turns
from devhost.hub.instances import Entity, Message, Operation
from devhost.logs import RunReport
from devhost.protocol.entity_call import BrokenAnswer, EntityAnswer, Signal, call_entity
from devhost.protocol.entity_ids import entity_id, split_id
from devhost.protocol.events import TICKS_PER_SECOND, clock_text, entity_response, event_raised, ticks_of

_SENDERS_KEPT = 20
_HORIZON_TICKS = 30 * 60 * TICKS_PER_SECOND


class Entities:
    """`results` leak from one operation of a batch to the next in the SDK, so a batch has one unless the app asks."""

    def __init__(self, core: Core, turns: Turns) -> None:
        self._core, self._turns = core, turns
        self._batch = core.config.max_entity_batch

    def step(self, entity: Entity) -> None:
        """Run the operations at the head of the queue."""
        entity.queued = False
        if entity.busy or not entity.operations:
            return
        batch = tuple(entity.operations[i] for i in range(min(self._batch, len(entity.operations))))
        name, key = split_id(entity.entity_id)
        function = self._core.app.entity(name)
        entity.busy = True
        finish = partial(self._finish, entity, batch, name, time.perf_counter())
        if function is None:
            finish(BrokenAnswer(self._core.unknown("entity", name)))
            return
        call = partial(
            call_entity, function.user_function, name, key, entity.exists, entity.state, [o.request for o in batch]
        )  # fmt: skip
        self._turns.call(("entity", name), call, finish, entity.entity_id, BrokenAnswer)

    def _finish(
        self,
        entity: Entity,
        batch: tuple[Operation, ...],
        name: str,
        since: float,
        answer: EntityAnswer | BrokenAnswer,
    ) -> None:
        core = self._core
        core.report(
            RunReport(name, "entity", entity.entity_id, time.perf_counter() - since, _what_failed(batch, answer))
        )
        was_purged = not entity.operations or entity.operations[0] is not batch[0]
        if not was_purged:
            self._apply(entity, batch, answer)
        core.wake_entity(entity)

    def _apply(self, entity: Entity, batch: tuple[Operation, ...], answer: EntityAnswer | BrokenAnswer) -> None:
        core = self._core
        for operation in batch:
            entity.operations.popleft()
            core.hub.drop_operation(operation)
        if isinstance(answer, BrokenAnswer):
            core.warn(entity.entity_id, f"{answer.text} The real host would try the batch again without end")
            results = ((json.dumps(answer.text), True),) * len(batch)
        else:
            for operation in batch:
                _note_sender(entity, operation)
            _, entity.updated_at = core.times()
            entity.exists, entity.state = answer.exists, answer.state
            entity.known, entity.purged = True, False
            core.hub.save_entity(entity)
            results = answer.results
            for signal in answer.signals:
                self._send(signal)
        for operation, (text, failed) in zip(batch, results, strict=True):
            self._respond(operation, text, failed)

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


def _what_failed(batch: tuple[Operation, ...], answer: EntityAnswer | BrokenAnswer) -> str | None:
    """What the log says of a call or signal that raised, or of a function that broke; None if all went well."""
    if isinstance(answer, BrokenAnswer):
        return answer.text
    failed = [
        f"operation '{operation.request['op']}' raised: {_shown(text)}"
        for operation, (text, is_error) in zip(batch, answer.results, strict=True)
        if is_error
    ]
    return "; ".join(failed) or None


def _shown(error: str) -> str:
    """The text in the JSON string; functions without the SDK's wrapper may give anything."""
    try:
        found = json.loads(error)
    except ValueError:
        return error
    return found if isinstance(found, str) else error


def _note_sender(entity: Entity, operation: Operation) -> None:
    """Keep when each orchestration was last heard of, as the real host's entity shows it."""
    request = operation.request
    if request.get("parent") and request.get("Timestamp"):
        senders = entity.sorter.setdefault("ReceivedFromInstance", {})
        senders[request["parent"]] = {
            "Last": request["Timestamp"],
            "ExecutionId": request["parentExecution"],
        }
        while len(senders) > _SENDERS_KEPT:
            del senders[next(iter(senders))]
        entity.sorter["ReceiveHorizon"] = clock_text(ticks_of(request["Timestamp"]) - _HORIZON_TICKS)
