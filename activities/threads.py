"""Threads for what activities wait for: companies and storage.

The worker's own threads are only a few more than its processors, and asyncio's too: on those a few slow companies would
keep everybody else's bookings waiting. So many effects are under way at once in a process, and no more.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import process

_P = ParamSpec("_P")
_T = TypeVar("_T")

AT_ONCE = 32


async def in_thread(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """The result of a call that may block."""
    return await asyncio.get_running_loop().run_in_executor(
        process.pool("activity", AT_ONCE), partial(call, *args, **kwargs)
    )
