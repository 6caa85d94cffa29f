"""The actions that an orchestrator's answer lists, as frozen values."""

from typing import Any, NamedTuple, TypeAlias


class Retry(NamedTuple):
    """The largest number of attempts, and the wait between two of them."""

    max_attempts: int
    interval_ms: int


class CallActivity(NamedTuple):
    """A call of an activity; `input` is the text that its input is decoded from."""

    name: str
    input: str | None
    retry: Retry | None = None


class CallHttp(NamedTuple):
    """An HTTP call; `request` has `method`, `uri`, `content`, `headers` and perhaps `tokenSource`."""

    request: dict[str, Any]


class CallChild(NamedTuple):
    """A call of a sub-orchestration; `instance_id` and `version` are None where the host chooses them."""

    name: str
    input: str | None
    instance_id: str | None
    version: str | None
    retry: Retry | None = None


class CreateTimer(NamedTuple):
    """A timer; `fire_at` is UTC text as events carry it."""

    fire_at: str
    cancelled: bool = False


class WaitForEvent(NamedTuple):
    """A wait for an external event of this name."""

    name: str


class CallEntity(NamedTuple):
    """A call of the entity `@name@key`; `input` is JSON text. The interpreter sets `request_id`."""

    entity_id: str
    operation: str
    input: str | None
    request_id: str = ""


class SignalEntity(NamedTuple):
    """Like `CallEntity`, but nobody waits for a response. Only a scheduled signal has `fire_at`."""

    entity_id: str
    operation: str
    input: str | None
    request_id: str = ""
    fire_at: str | None = None


class ContinueAsNew(NamedTuple):
    """A continue-as-new; `input` is the next generation's input as text."""

    input: str | None


class WhenAny(NamedTuple):
    """A wait for the first of its children to end."""

    children: "tuple[Action, ...]"


class WhenAll(NamedTuple):
    """A wait for all of its children to end."""

    children: "tuple[Action, ...]"


Scheduled: TypeAlias = CallActivity | CallHttp | CallChild | CreateTimer | CallEntity | SignalEntity
Action: TypeAlias = Scheduled | WaitForEvent | ContinueAsNew | WhenAny | WhenAll
