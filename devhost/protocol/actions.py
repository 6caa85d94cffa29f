"""The actions that an orchestrator's answer lists, as frozen values."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias


class Retry(NamedTuple):
    """How often an attempt is made at most, and the wait between two of them."""

    max_attempts: int
    interval_ms: int


class CallActivity(NamedTuple):
    """`input` is the text that the activity's input is decoded from."""

    name: str
    input: str | None
    retry: Retry | None = None


class CallHttp(NamedTuple):
    """`request` is the JSON object with `method`, `uri`, `content`, `headers` and perhaps `tokenSource`."""

    request: dict[str, Any]


class CallChild(NamedTuple):
    """`instance_id` and `version` are None where the host chooses them."""

    name: str
    input: str | None
    instance_id: str | None
    version: str | None
    retry: Retry | None = None


class CreateTimer(NamedTuple):
    """`fire_at` is UTC text as events carry it."""

    fire_at: str
    cancelled: bool = False


class WaitForEvent(NamedTuple):
    name: str


class CallEntity(NamedTuple):
    """`entity_id` is the scheduler id `@name@key`; `input` is JSON text. `request_id` is given by the interpreter."""

    entity_id: str
    operation: str
    input: str | None
    request_id: str = ""


class SignalEntity(NamedTuple):
    """As `CallEntity`, but nobody waits. `fire_at` is set only by a scheduled signal."""

    entity_id: str
    operation: str
    input: str | None
    request_id: str = ""
    fire_at: str | None = None


class ContinueAsNew(NamedTuple):
    """`input` is the next generation's input as text."""

    input: str | None


class WhenAny(NamedTuple):
    children: tuple[Action, ...]


class WhenAll(NamedTuple):
    children: tuple[Action, ...]


Scheduled: TypeAlias = CallActivity | CallHttp | CallChild | CreateTimer | CallEntity | SignalEntity
Action: TypeAlias = Scheduled | WaitForEvent | ContinueAsNew | WhenAny | WhenAll
