"""A durable host for tests of the HTTP side: it remembers what was started and plays what the test tells it to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from api.durable_port import DurableError, InstanceState
from domain.outcomes import Value
from domain.turns import TurnRef


@dataclass
class FakeDurable:
    """The `Durable` port. `on_start` does what the orchestration would, or nothing."""

    instances: dict[str, InstanceState] = field(default_factory=dict)
    started: list[TurnRef] = field(default_factory=list)
    on_start: Callable[[TurnRef], InstanceState] = lambda ref: "alive"
    is_down: bool = False

    async def start(self, orchestrator: str, instance_id: str, order: Value) -> None:
        if self.is_down:
            raise DurableError("the host is down")
        assert orchestrator == "chat_turn"
        assert isinstance(order, TurnRef)
        assert self.instances.get(instance_id) != "alive", "a running instance would have been replaced"
        self.started.append(order)
        self.instances[instance_id] = "alive"
        self.instances[instance_id] = self.on_start(order)

    async def state(self, instance_id: str) -> InstanceState:
        if self.is_down:
            raise DurableError("the host is down")
        return self.instances.get(instance_id, "missing")

    def end_all(self) -> None:
        """As if every instance had failed or been terminated."""
        self.instances = dict.fromkeys(self.instances, "ended")
