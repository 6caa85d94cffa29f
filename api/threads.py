"""Calls of the HTTP functions that block, run in a pool of threads of the API."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import process

_P = ParamSpec("_P")
_T = TypeVar("_T")

_THREADS = 8


async def in_thread(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return the result of a call that may block."""
    # Activities share the process and may occupy asyncio's few default threads for as long as a supplier takes.
    pool = process.pool("api", _THREADS)
    return await asyncio.get_running_loop().run_in_executor(pool, partial(call, *args, **kwargs))
