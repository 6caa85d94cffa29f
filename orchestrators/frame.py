"""The frame that all durable generators share: attempts with growing waits, and the time-out beside each.

A fault is an exception of an activity, or its answer `unknown`: it is tried again with the same key. A refusal is a
value in the answer: it never is. An answer `busy` is waited out and counts as no attempt. Nothing here reads the text
of an exception, and an answer that can't be parsed counts as a fault.
"""

from collections.abc import Generator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import azure.durable_functions as df
from azure.durable_functions.models.Task import TaskBase, TimerTask

from domain.value import Value

T = TypeVar("T")
Answer = TypeVar("Answer", bound=Value)

Context = df.DurableOrchestrationContext
Json = dict[str, Any]
Flow = Generator[Any, Any, T]
"""Part of an orchestrator, run with `yield from`; it returns a `T`."""

ATTEMPTS = tuple(timedelta(milliseconds=wait) for wait in (0, 500, 1000, 2000, 4000))
"""The wait before each attempt on the way forward."""

BACKSTOP = timedelta(minutes=10)
"""How long an activity may take with all its waiting in queues; its own time-out is far shorter."""


class StepFailedError(Exception):
    """A step that the flow can't go on without failed in every attempt."""


def compensation_waits(attempts: int) -> Sequence[timedelta]:
    """The wait before each attempt at undoing something: 2 s doubling to 60 s."""
    return [timedelta(0), *(timedelta(seconds=min(2**number, 60)) for number in range(1, attempts))]


def perform(
    context: Context, activity: str, order: Value, answer: type[Answer], waits: Sequence[timedelta] = ATTEMPTS
) -> Flow[Answer | None]:
    """The activity's answer, or None when no attempt brought one: then its outcome is unknown."""
    context.set_custom_status({"step": activity})
    payload = order.model_dump(mode="json")
    for wait in waits:
        yield from pause(context, wait)
        found = yield from _attempt(context, activity, payload, answer)
        if found is not None:
            return found
    return None


def require(context: Context, activity: str, order: Value, answer: type[Answer]) -> Flow[Answer]:
    """As `perform`, but raises `StepFailedError` when no attempt brought an answer."""
    found = yield from perform(context, activity, order, answer)
    if found is None:
        raise StepFailedError(f"{activity} failed {len(ATTEMPTS)} times and nothing can go on without it.")
    return found


def child(context: Context, saga: str, order: Value, identifier: str) -> TaskBase:
    """A sub-orchestration of the parent's own version, so that a trip stays with the code it was begun with."""
    return context.call_sub_orchestrator(saga, order.model_dump(mode="json"), identifier, context.version)


def timer(context: Context, at: datetime) -> TimerTask:
    """A durable timer that can be cancelled: the loser of a `task_any` must be."""
    return cast(TimerTask, context.create_timer(at))


def pause(context: Context, wait: timedelta) -> Flow[None]:
    """Wait on a durable timer; no timer for no wait."""
    if wait > timedelta(0):
        yield context.create_timer(context.current_utc_datetime + wait)


def _attempt(context: Context, activity: str, payload: Json, answer: type[Answer]) -> Flow[Answer | None]:
    task = context.call_activity(activity, payload)
    backstop = timer(context, context.current_utc_datetime + BACKSTOP)
    first = yield context.task_any([task, backstop])
    if first is backstop:
        return None
    backstop.cancel()
    with suppress(Exception):
        return answer.model_validate((yield task))
    return None
