"""The frame that all durable generators share: attempts with growing waits, and compensation in exact reverse.

A fault is an exception of an activity: it is tried again. A refusal is a value in the activity's answer: it never
is. What still fails in the last attempt is *unknown*, for it may have happened all the same. Nothing here reads the
text of an exception, and an answer that can't be parsed counts as a fault.
"""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

import azure.durable_functions as df

from domain.components import Component
from domain.ids import effect_key
from domain.outcomes import CancelOrder, CancelResult, Compensation, Value

T = TypeVar("T")
Answer = TypeVar("Answer", bound=Value)

Context = df.DurableOrchestrationContext
Json = dict[str, Any]
Flow = Generator[Any, Any, T]
"""Part of an orchestrator, run with `yield from`; it returns a `T`."""

ATTEMPTS = tuple(timedelta(milliseconds=wait) for wait in (0, 500, 1000, 2000, 4000))
"""The wait before each attempt."""


class StepFailedError(Exception):
    """A step that the flow can't go on without failed in every attempt."""


def perform(context: Context, activity: str, order: Value, answer: type[Answer]) -> Flow[Answer | None]:
    """The activity's answer, or None when no attempt brought one: then its outcome is unknown."""
    context.set_custom_status({"step": activity})
    payload = order.model_dump(mode="json")
    for wait in ATTEMPTS:
        if wait:
            yield context.create_timer(context.current_utc_datetime + wait)
        with suppress(Exception):
            return answer.model_validate((yield context.call_activity(activity, payload)))
    return None


def require(context: Context, activity: str, order: Value, answer: type[Answer]) -> Flow[Answer]:
    """As `perform`, but raises `StepFailedError` when no attempt brought an answer."""
    found = yield from perform(context, activity, order, answer)
    if found is None:
        raise StepFailedError(f"{activity} failed {len(ATTEMPTS)} times and nothing can go on without it.")
    return found


def run_child(context: Context, saga: str, order: Value, instance_id: str, answer: type[Answer]) -> Flow[Answer | None]:
    """The result of a sub-orchestration, or None when it raised or was terminated: then what it did is unknown."""
    context.set_custom_status({"step": saga})
    with suppress(Exception):
        return answer.model_validate(
            (yield context.call_sub_orchestrator(saga, order.model_dump(mode="json"), instance_id))
        )
    return None


@dataclass(frozen=True)
class _Undo:
    component: Component
    identifier: str
    confirmation: str | None = None


class Compensations:
    """What is to be undone if the trip fails: registered before it is done, run in exact reverse."""

    def __init__(self, context: Context, trip: str) -> None:
        self._context = context
        self._trip = trip
        self._stack: list[_Undo] = []

    def register(self, component: Component, identifier: str) -> None:
        """From now on `component` may have effects under the id `identifier`."""
        self._stack.append(_Undo(component, identifier))

    def arrived(self, confirmation: str | None) -> None:
        """The booking registered last stands under this confirmation id."""
        self._stack[-1] = replace(self._stack[-1], confirmation=confirmation)

    def nothing_to_undo(self) -> None:
        """What was registered last has had no effect, or has undone itself."""
        self._stack.pop()

    def run(self) -> Flow[tuple[Compensation, ...]]:
        """Cancel everything, the last first; one that keeps failing doesn't stop the others."""
        done: list[Compensation] = []
        while self._stack:
            done.append((yield from self._cancel(self._stack.pop())))
        return tuple(done)

    def _cancel(self, undo: _Undo) -> Flow[Compensation]:
        order = CancelOrder(
            trip=self._trip,
            component=undo.identifier,
            kind=undo.component.kind,
            key=effect_key(undo.identifier, "cancel"),
        )
        result = yield from perform(self._context, undo.component.cancel, order, CancelResult)
        return Compensation(
            activity=undo.component.cancel,
            confirmation=(result.confirmation if result else None) or undo.confirmation,
            status="cancelled" if result else "failed",
        )
