"""Waiting for something that another process does."""

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def until(ask: Callable[[], _T | None], patience: float = 60, pause: float = 0.02) -> _T:
    """Return what `ask` returns once that is true. Raise `TimeoutError` when patience runs out."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if result := ask():
            return result
        time.sleep(pause)
    raise TimeoutError(f"it did not happen within {patience} s")
