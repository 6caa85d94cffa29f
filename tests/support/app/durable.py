"""A durable host for tests of the HTTP side: it remembers what was started and plays what the test tells it to."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from api.durable_port import DurableError, InstanceState
from domain.components import CHAT_TURN
from domain.conversation.chat_turn import TurnRef
from domain.value import Value
from support.orchestrations.memory_host import MemoryHost


@dataclass
class FakeDurable:
    """The `Durable` port. `on_start` does what a turn's orchestration would, or nothing; `on_other` what any other
    would, and gives its output."""

    instances: dict[str, InstanceState] = field(default_factory=dict)
    started: list[TurnRef] = field(default_factory=list)
    others: list[tuple[str, str, Value]] = field(default_factory=list)
    """Orchestrator, instance and input of everything that was started and is no turn."""
    events: list[tuple[str, str]] = field(default_factory=list)
    purged: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    on_start: Callable[[TurnRef], InstanceState] = lambda ref: "alive"
    on_other: Callable[[Value], Any] | None = None
    is_down: bool = False

    async def start(self, orchestrator: str, instance_id: str, order: Value) -> None:
        self._require_up()
        if self.instances.get(instance_id) == "alive":
            return
        self.instances[instance_id] = "alive"
        if isinstance(order, TurnRef):
            assert orchestrator == CHAT_TURN
            self.started.append(order)
            self.instances[instance_id] = self.on_start(order)
            return
        self.others.append((orchestrator, instance_id, order))
        if self.on_other:
            self.outputs[instance_id] = self.on_other(order)
            self.instances[instance_id] = "ended"

    async def state(self, instance_id: str) -> InstanceState:
        self._require_up()
        return self.instances.get(instance_id, "missing")

    async def raise_event(self, instance_id: str, name: str) -> None:
        self._require_up()
        if self.instances.get(instance_id) == "alive":
            self.events.append((instance_id, name))

    async def output(self, instance_id: str) -> Any:
        self._require_up()
        return self.outputs.get(instance_id)

    async def purge(self, instance_id: str) -> None:
        self._require_up()
        if self.instances.pop(instance_id, None):
            self.purged.append(instance_id)

    def end_all(self) -> None:
        """As if every instance had failed or been terminated."""
        self.instances = dict.fromkeys(self.instances, "ended")

    def _require_up(self) -> None:
        if self.is_down:
            raise DurableError("the host is down")


class MemoryDurable:
    """The API's durable port on a host in memory; like the real one it starts no instance that is alive."""

    def __init__(self, host: MemoryHost) -> None:
        self._host = host
        self._lock = threading.Lock()

    async def start(self, orchestrator: str, instance_id: str, order: Value) -> None:
        with self._lock:
            if await self.state(instance_id) != "alive":
                self._host.start(orchestrator, instance_id, order.model_dump(mode="json"))

    async def state(self, instance_id: str) -> InstanceState:
        instance = self._host.instances.get(instance_id)
        if instance is None:
            return "missing"
        return "ended" if instance.ended else "alive"

    async def raise_event(self, instance_id: str, name: str) -> None:
        self._host.raise_event(instance_id, name)

    async def output(self, instance_id: str) -> Any:
        return self._host.instances[instance_id].output

    async def purge(self, instance_id: str) -> None:
        raise NotImplementedError
