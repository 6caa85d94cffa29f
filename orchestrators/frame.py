"""The frame that all orchestrators share: calls of activities with attempts, growing waits and a time-out.

A fault is an exception of an activity, a result that cannot be parsed, or a result with the status `unknown`. It is
retried with the same key. A refusal is a value in the result and is never retried. The status `busy` is waited out and
does not count as an attempt. Nothing here reads the text of an exception.
"""

from collections.abc import Generator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import azure.durable_functions as df
from azure.durable_functions.models.Task import TaskBase, TimerTask

from domain.value import Value

T = TypeVar("T")
Result = TypeVar("Result", bound=Value)

Context = df.DurableOrchestrationContext
Json = dict[str, Any]
Flow = Generator[Any, Any, T]
"""A part of an orchestrator that is run with `yield from` and returns a `T`."""

ATTEMPTS = tuple(timedelta(milliseconds=wait) for wait in (0, 500, 1000, 2000, 4000))
"""The wait before each attempt at a step that goes forward."""

BACKSTOP = timedelta(minutes=10)
"""The time for one attempt with all waiting in queues, in the first flow. Later flows leave it to the host, which ends
an activity at `functionTimeout` and never loses one: the timers were a fifth of the work of an orchestration."""


class StepFailedError(Exception):
    """Every attempt at a step failed, and the orchestrator cannot go on without its result."""


def is_first_flow(context: Context) -> bool:
    """Return whether the instance was begun with version 1.0, or before there were versions."""
    return context.version in (None, "1.0")


def goes_on_at_once(context: Context) -> bool:
    """Return whether an activity also does what follows from its own step, which began with version 1.2."""
    return context.version not in (None, "1.0", "1.1")


def compensation_waits(attempts: int) -> Sequence[timedelta]:
    """Return the wait before each attempt at an undoing step: none, then 2 s, doubled each time up to 60 s."""
    # Five attempts, which is the default, take half a minute in all.
    return [timedelta(0), *(timedelta(seconds=min(2**number, 60)) for number in range(1, attempts))]


def perform(
    context: Context, activity: str, order: Value, result_type: type[Result], waits: Sequence[timedelta] = ATTEMPTS
) -> Flow[Result | None]:
    """Call the activity, once after each wait, until it returns a result.

    Return None when no attempt brought a result. The outcome is then unknown: the activity may have done its work.
    """
    context.set_custom_status({"step": activity})
    payload = order.model_dump(mode="json")
    for wait in waits:
        yield from pause(context, wait)
        result = yield from _attempt(context, activity, payload, result_type)
        if result is not None:
            return result
    return None


def require(context: Context, activity: str, order: Value, result_type: type[Result]) -> Flow[Result]:
    """Call the activity as `perform` does. Raise `StepFailedError` when no attempt brought a result."""
    result = yield from perform(context, activity, order, result_type)
    if result is None:
        raise StepFailedError(f"{activity} failed {len(ATTEMPTS)} times and nothing can go on without it.")
    return result


def child(context: Context, saga: str, order: Value, identifier: str) -> TaskBase:
    """Start a sub-orchestration with the version of its parent, so that one code runs a trip from start to end."""
    return context.call_sub_orchestrator(saga, order.model_dump(mode="json"), identifier, context.version)


def timer(context: Context, at: datetime) -> TimerTask:
    """Return a durable timer as a type that can be cancelled, which a timer that loses a `task_any` must be."""
    return cast(TimerTask, context.create_timer(at))


def pause(context: Context, wait: timedelta) -> Flow[None]:
    """Wait on a durable timer. A wait of zero makes no timer, so that the history stays short."""
    if wait > timedelta(0):
        yield context.create_timer(context.current_utc_datetime + wait)


def _attempt(context: Context, activity: str, payload: Json, result_type: type[Result]) -> Flow[Result | None]:
    if is_first_flow(context):
        return (yield from _attempt_before_backstop(context, activity, payload, result_type))
    task = context.call_activity(activity, payload)
    # The text of an exception differs between hosts and versions, and a replay must not depend on it.
    with suppress(Exception):
        return result_type.model_validate((yield task))
    return None


def _attempt_before_backstop(
    context: Context, activity: str, payload: Json, result_type: type[Result]
) -> Flow[Result | None]:
    task = context.call_activity(activity, payload)
    backstop = timer(context, context.current_utc_datetime + BACKSTOP)
    first = yield context.task_any([task, backstop])
    if first is backstop:
        return None
    # An instance with an open timer does not end, so the timer is cancelled.
    backstop.cancel()
    with suppress(Exception):
        return result_type.model_validate((yield task))
    return None
