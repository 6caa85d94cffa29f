"""The engine's refusals of client operations, as one small tree.

EngineError
├── HubError            the state folder cannot be used: held by another host, damaged, full
├── EngineStopped       the engine is stopping or has failed; nothing was done
├── InstanceNotFound    no instance (or, for `restart`, nothing to copy) under this id
├── InstanceExists      a start would replace an instance that may not be replaced
├── InstanceTerminal    the instance has ended, so nothing can be sent to it
├── InstanceNotTerminal a purge of an instance that has not ended
├── WrongState          suspend, resume or rewind in a state that does not allow it
├── UnknownFunction     no entity function of this name
└── BadRequest          an argument that the real host refuses
"""

# ruff: noqa: N818 -- each is named after its reason, as clients read it.


class EngineError(Exception):
    """Base of all; the text is one clear sentence."""


class HubError(EngineError):
    """A state folder that cannot be used; the text names it and the remedy."""


class EngineStopped(EngineError):
    """An operation that was not done; the client may repeat it when the host is back."""


class InstanceNotFound(EngineError):
    """An operation on an id that no instance has."""

    def __init__(self, instance_id: str) -> None:
        super().__init__(f'No orchestration with instance ID "{instance_id}" found.')
        self.instance_id = instance_id


class _InState(EngineError):
    """An operation that the instance's `status` does not allow."""

    def __init__(self, instance_id: str, status: str, text: str) -> None:
        super().__init__(text)
        self.instance_id, self.status = instance_id, status


class InstanceExists(_InState):
    """A start found an instance in `status` that it may not replace."""

    def __init__(self, instance_id: str, status: str) -> None:
        super().__init__(instance_id, status, f"An Orchestration instance with the status {status} already exists.")


class InstanceTerminal(_InState):
    """A message to an instance that has ended."""

    def __init__(self, instance_id: str, status: str) -> None:
        super().__init__(instance_id, status, f"The instance {instance_id} has already ended: {status}.")


class InstanceNotTerminal(_InState):
    """A purge of an instance that has not ended."""

    def __init__(self, instance_id: str, status: str) -> None:
        super().__init__(
            instance_id,
            status,
            "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID "
            f"{instance_id} has status {status}",
        )


class WrongState(_InState):
    """An operation that the instance's state does not allow; the text is the real host's own."""


class UnknownFunction(EngineError):
    """A call of a function that does not exist; the text is the real host's own."""


class BadRequest(EngineError):
    """An argument that is refused; the text names it and the reason."""
