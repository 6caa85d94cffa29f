"""The port to the durable client: start an instance, read its state, raise an event, purge it."""

from typing import Any, Literal, Protocol

import azure.durable_functions as df
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus

from domain.value import Value

InstanceState = Literal["alive", "ended", "missing"]

_ENDED = {
    df.OrchestrationRuntimeStatus.Completed,
    df.OrchestrationRuntimeStatus.Failed,
    df.OrchestrationRuntimeStatus.Terminated,
    df.OrchestrationRuntimeStatus.Canceled,
}


class DurableError(Exception):
    """The durable host cannot be reached or refused the call. Trying again is safe."""


class Durable(Protocol):
    """The port to the durable client. Each call raises `DurableError`."""

    async def start(self, orchestrator: str, instance_id: str, order: Value) -> None:
        """Start an instance and return once the host has accepted it.

        Replace an ended instance of that id, and do nothing if one is running.
        """
        ...

    async def state(self, instance_id: str) -> InstanceState:
        """Return the state of an instance. `ended` is completed, failed or terminated."""
        ...

    async def raise_event(self, instance_id: str, name: str) -> None:
        """Wake a running instance with an empty event. Do nothing if it has ended or does not exist."""
        ...

    async def output(self, instance_id: str) -> Any:
        """Return the output of a completed instance, or None for any other."""
        ...

    async def purge(self, instance_id: str) -> None:
        """Remove an ended instance with its history. Do nothing if it does not exist."""
        ...


class SdkDurable:
    """The port, implemented with the SDK's client that a function gets by its binding."""

    def __init__(self, client: df.DurableOrchestrationClient) -> None:
        self._client = client

    async def start(self, orchestrator: str, instance_id: str, order: Value) -> None:
        try:
            await self._client.start_new(orchestrator, instance_id, order.model_dump(mode="json"))
        except Exception as error:
            # The host refuses to start a running instance. Another request has started it then, or the answer was lost.
            if await self.state(instance_id) == "alive":
                return
            raise DurableError(f"{orchestrator} {instance_id} could not be started") from error

    async def state(self, instance_id: str) -> InstanceState:
        status = await self._status(instance_id)
        if not status:
            return "missing"
        return "ended" if status.runtime_status in _ENDED else "alive"

    async def raise_event(self, instance_id: str, name: str) -> None:
        # The SDK raises an error for an instance that has ended or does not exist.
        if await self.state(instance_id) != "alive":
            return
        try:
            await self._client.raise_event(instance_id, name)
        except Exception as error:
            # It may have ended since its state was read, and then nobody waits for the event.
            if await self.state(instance_id) != "alive":
                return
            raise DurableError(f"{instance_id} could not be woken") from error

    async def output(self, instance_id: str) -> Any:
        status = await self._status(instance_id)
        is_completed = status and status.runtime_status == df.OrchestrationRuntimeStatus.Completed
        return status.output if is_completed else None

    async def purge(self, instance_id: str) -> None:
        try:
            await self._client.purge_instance_history(instance_id)
        except Exception as error:
            raise DurableError(f"{instance_id} could not be purged") from error

    async def _status(self, instance_id: str) -> DurableOrchestrationStatus:
        try:
            return await self._client.get_status(instance_id)
        except Exception as error:
            raise DurableError(f"the state of {instance_id} could not be read") from error
