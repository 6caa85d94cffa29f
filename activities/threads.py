"""Threads for the blocking parts of async activities, and for calls to companies that have a time-out."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import ParamSpec, TypeVar

import process
from activities.step_log import HeldLines, holding

_P = ParamSpec("_P")
_T = TypeVar("_T")

MOST_EFFECTS = 32
"""Number of holds under way at once in a process; other effects run on the worker's own threads."""


# More than the effects under way: a call goes on after its effect's time-out and keeps its thread until it ends.
_MOST_CALLS = 2 * MOST_EFFECTS


def company_call(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
    """Begin a call to a company, and return its result to come. Its caller sets the time-out."""
    return process.pool("company", _MOST_CALLS).submit(call, *args, **kwargs)


async def in_thread(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return the result of a call that may block, and write the lines that it has logged about its steps."""
    # The worker and asyncio have only a few threads more than processors: on those, a few slow suppliers would keep
    # everybody else's bookings waiting.
    pool = process.pool("activity", MOST_EFFECTS)
    held = HeldLines()
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, _holding, held, partial(call, *args, **kwargs))
    finally:
        held.write()


def _holding(held: HeldLines, call: Callable[[], _T]) -> _T:
    with holding(held):
        return call()
