"""One call of an orchestrator function: the context that it is handed, and its answer as a typed value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from devhost.actions import Action
from devhost.events import Event


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an orchestration failed: `output` is what its status shows; `details` is what a parent is told besides."""

    output: str
    details: str | None


@dataclass(frozen=True, slots=True)
class OrchestratorAnswer:
    """What an orchestrator function answered.

    `output` and `custom_status` are JSON texts as the host stores them, None where there is none.
    `schedules` is false when the answer named no actions at all (it broke): then `failure` takes effect at once.
    `retries` tells whether the list holds a WithRetry action.
    """

    actions: tuple[Action, ...]
    is_done: bool
    output: str | None = None
    custom_status: str | None = None
    failure: Failure | None = None
    schedules: bool = True
    retries: bool = False


@dataclass(frozen=True, slots=True)
class CallSettings:
    """The parts of a context that are the same for every orchestrator of a host."""

    http_async_sleep_ms: int = 30_000


def call_orchestrator(
    function: Callable[[Any], Any],
    name: str,
    instance_id: str,
    parent_instance_id: str | None,
    stored_input: str | None,
    history: Sequence[Event],
    settings: CallSettings,
) -> OrchestratorAnswer:
    """Run `function` (the SDK's wrapper) over the whole history, which ends with this turn's new events.

    `name` is the function's name as failure texts show it. `stored_input` is ExecutionStarted's `Input`.
    Never raises for what the app does: that is a `failure` of the answer.
    """
    raise NotImplementedError
