"""The one small port to the durable client: start, wake, ask after, purge."""

from typing import Any, Literal, Protocol

import azure.durable_functions as df

from domain.value import Value

InstanceState = Literal["alive", "ended", "missing"]

_ENDED = {
    df.OrchestrationRuntimeStatus.Completed,
    df.OrchestrationRuntimeStatus.Failed,
    df.OrchestrationRuntimeStatus.Terminated,
    df.OrchestrationRuntimeStatus.Canceled,
}


class DurableError(Exception):
    """The durable host can't be reached or refused; trying again is safe."""


class Durable(Protocol):
    """The port. Its calls raise `DurableError`."""

    async def start(self, orchestrator: str, instance_id: str, order: Value) -> None:
        """Return once the host has accepted the instance. An *ended* instance of that id is replaced."""
        ...

    async def state(self, instance_id: str) -> InstanceState:
        """`ended` means in any way: completed, failed, terminated."""
        ...

    async def raise_event(self, instance_id: str, name: str) -> None:
        """Wake an instance with an empty event; one that has ended or never was is left alone."""
        ...

    async def output(self, instance_id: str) -> Any:
        """What the instance returned; None while it has not ended well."""
        ...

    async def purge(self, instance_id: str) -> None:
        """Remove an ended instance with its history; one that is gone already is no error."""
        ...


class SdkDurable:
    """The port on the SDK's client, which a function gets by its binding."""

    def __init__(self, client: df.DurableOrchestrationClient) -> None:
        self._client = client

    async def start(self, orchestrator: str, instance_id: str, order: Value) -> None:
        try:
            await self._client.start_new(orchestrator, instance_id, order.model_dump(mode="json"))
        except Exception as error:
            if await self.state(instance_id) == "alive":
                return
            raise DurableError(f"{orchestrator} {instance_id} could not be started") from error

    async def state(self, instance_id: str) -> InstanceState:
        try:
            status = await self._client.get_status(instance_id)
        except Exception as error:
            raise DurableError(f"the state of {instance_id} could not be read") from error
        if not status:
            return "missing"
        return "ended" if status.runtime_status in _ENDED else "alive"

    async def raise_event(self, instance_id: str, name: str) -> None:
        if await self.state(instance_id) != "alive":
            return
        try:
            await self._client.raise_event(instance_id, name)
        except Exception as error:
            raise DurableError(f"{instance_id} could not be woken") from error

    async def output(self, instance_id: str) -> Any:
        try:
            status = await self._client.get_status(instance_id)
        except Exception as error:
            raise DurableError(f"the state of {instance_id} could not be read") from error
        done = status and status.runtime_status == df.OrchestrationRuntimeStatus.Completed
        return status.output if done else None

    async def purge(self, instance_id: str) -> None:
        try:
            await self._client.purge_instance_history(instance_id)
        except Exception as error:
            raise DurableError(f"{instance_id} could not be purged") from error
