"""What the engine refuses, as one small tree.

EngineError
├── HubError            the state folder cannot be used: held by another host, damaged, full
├── EngineStopped       the engine is stopping or has broken; the operation was not done
├── InstanceNotFound    no instance (or, for `restart`, nothing to copy) under this id
├── InstanceExists      a start would replace an instance that may not be replaced
├── InstanceTerminal    the instance has ended, so nothing can be sent to it
├── InstanceNotTerminal a purge of an instance that has not ended
├── WrongState          suspend, resume or rewind in a state that does not allow it
├── UnknownFunction     no entity function of this name
└── BadRequest          an argument that the real host refuses
"""

# ruff: noqa: N818 -- they are named after what is the matter, as clients read them.
from __future__ import annotations


class EngineError(Exception):
    """Base of all; the text is one clear sentence."""


class HubError(EngineError):
    """The state folder cannot be used; the text names it and the mend."""


class EngineStopped(EngineError):
    """Nothing was done; the client may ask again when the host is back."""


class InstanceNotFound(EngineError):
    """No instance has this id."""

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
    """The instance has ended."""

    def __init__(self, instance_id: str, status: str) -> None:
        super().__init__(instance_id, status, f"The instance {instance_id} has already ended: {status}.")


class InstanceNotTerminal(_InState):
    """Only what has ended can be purged."""

    def __init__(self, instance_id: str, status: str) -> None:
        super().__init__(
            instance_id,
            status,
            "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID "
            f"{instance_id} has status {status}",
        )


class WrongState(_InState):
    """The text is the real host's own."""


class UnknownFunction(EngineError):
    """No function of this name and kind; the text is the real host's own."""


class BadRequest(EngineError):
    """The text says which argument and why."""
