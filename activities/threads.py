"""Threads for the blocking parts of async activities, for calls to companies that have a time-out, and for models."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import partial
from typing import Any, ParamSpec, TypeVar

import process
from activities.step_log import HeldLines, holding

_P = ParamSpec("_P")
_T = TypeVar("_T")

MOST_THREADS = 32
"""Threads for the blocking parts of async activities in a process. Others run on the worker's own threads, which
`PYTHON_THREADPOOL_THREAD_COUNT` should make as many."""

# More than the effects under way: a call goes on after its effect's time-out and keeps its thread until it ends.
_MOST_CALLS = 2 * MOST_THREADS


def company_call(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
    """Begin a call to a company, and return its result to come. Its caller sets the time-out."""
    return process.pool("company", _MOST_CALLS).submit(call, *args, **kwargs)


async def in_thread(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return the result of a call that may block, and write the lines that it has logged about its steps."""
    # The worker and asyncio have only a few threads more than processors: on those, a few slow suppliers would keep
    # everybody else's bookings waiting.
    pool = process.pool("activity", MOST_THREADS)
    held = HeldLines()
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, _holding, held, partial(call, *args, **kwargs))
    finally:
        held.write()


def wait_for(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Return the result of a coroutine, for an activity that has no event loop."""
    # One loop for all of them, because the connections to a model belong to the loop that has made them.
    return asyncio.run_coroutine_threadsafe(coroutine, process.loop()).result()


def _holding(held: HeldLines, call: Callable[[], _T]) -> _T:
    with holding(held):
        return call()
