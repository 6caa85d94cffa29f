"""Entity steps: one batch at a time for each entity, its state and the end of its operations in one commit."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from azure.functions import EntityContext

from devhost.core import Core
from devhost.events import TICKS_PER_SECOND, clock_text, entity_response, event_raised, ticks_of
from devhost.failure_texts import exception_text
from devhost.instances import Entity, Message, Operation
from devhost.records import RunReport
from devhost.turns import Turns

_SENDERS_KEPT = 20
_HORIZON_TICKS = 30 * 60 * TICKS_PER_SECOND
Answer = dict[str, Any] | str


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
            finish(self._core.unknown("entity", name))
            return
        context = json.dumps(
            {
                "self": {"name": name, "key": key},
                "exists": entity.exists,
                "state": entity.state,
                "batch": [_as_sent(o) for o in batch],
            }
        )
        self._turns.call(("entity", name), partial(_call, function.user_function, context, len(batch)), finish)

    def _finish(self, entity: Entity, batch: tuple[Operation, ...], name: str, since: float, answer: Answer) -> None:
        core = self._core
        error = answer if isinstance(answer, str) else None
        core.report(RunReport(name, "entity", entity.entity_id, time.perf_counter() - since, error))
        for operation in batch:
            entity.operations.popleft()
            core.hub.drop_operation(operation)
            _note_sender(entity, operation)
        if isinstance(answer, str):
            core.warn(entity.entity_id, f"{answer} The real host would try the batch again without end")
            results = [{"isError": True, "result": json.dumps(answer)} for _ in batch]
        else:
            _, entity.updated_at = core.times()
            entity.exists = bool(answer.get("entityExists"))
            entity.state = answer.get("entityState") if entity.exists else "null"
            entity.known, entity.purged = True, False
            core.hub.save_entity(entity)
            results = answer["results"]
            self._send_signals(answer.get("signals") or ())
        for operation, result in zip(batch, results, strict=True):
            self._respond(operation, result)
        core.wake_entity(entity)

    def _respond(self, operation: Operation, result: dict[str, Any]) -> None:
        request = operation.request
        if request.get("signal") or not request.get("parent"):
            return
        parent = self._core.find(request["parent"])
        if parent is None or parent.execution_id != request["parentExecution"]:
            return
        text = result.get("result")
        response = entity_response("null" if text is None else text, failed=bool(result.get("isError")))
        self._core.deliver(parent, Message(event_raised("", request["id"], response)))

    def _send_signals(self, signals: Any) -> None:
        for signal in signals:
            target = signal["target"]
            entity = self._core.entity(f"@{target['name'].lower()}@{target['key']}")
            request = {"op": signal["name"], "signal": True, "input": signal.get("input"), "id": None}
            self._core.deliver_operation(entity, Operation(request))


def entity_id(given: str) -> str:
    """The scheduler id with its name in lower case; keys differ by case."""
    name, key = split_id(given)
    return f"@{name.lower()}@{key}"


def split_id(entity_id: str) -> tuple[str, str]:
    """Name and key of `@name@key`; the key may hold `@` itself."""
    name, _, key = entity_id[1:].partition("@")
    return name, key


def _call(function: Callable[[Any], Any], context: str, size: int) -> Answer:
    """What the SDK's wrapper answers, or why the answer cannot be used."""
    try:
        returned = function(EntityContext(context))
        answer = json.loads(returned) if isinstance(returned, str) else returned
        if len(answer["results"]) != size:
            return f"The entity function gave {len(answer['results'])} results for {size} operations."
        return answer
    except Exception as error:
        return f"The entity function broke: {exception_text(error)}."


def _as_sent(operation: Operation) -> dict[str, Any]:
    request = operation.request
    return {
        "name": request["op"],
        "input": request.get("input"),
        "isSignal": bool(request.get("signal")),
        "id": request["id"],
    }


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
