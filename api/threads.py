"""Threads for what HTTP functions must wait for, apart from asyncio's own.

Activities share the process and block asyncio's few threads for as long as a supplier takes; no answer waits for them.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import process

_P = ParamSpec("_P")
_T = TypeVar("_T")

_AT_ONCE = 8


async def in_thread(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """The result of a call that may block."""
    return await asyncio.get_running_loop().run_in_executor(
        process.pool("api", _AT_ONCE), partial(call, *args, **kwargs)
    )
