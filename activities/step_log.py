"""The log of trips: one line for each step that an activity has taken.

The Functions host drops what is logged without an invocation, and the worker knows that of the activity's own task or
thread, but not of a thread of ours. So lines from there are held, and written when the activity is back in its task.
"""

import logging
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from domain.log_lines import log_line, quote_step, trip_step

log = logging.getLogger(__name__)

_UNFINISHED = ("unknown", "given_up", "lost")
"""Outcomes that an operator may have to look after."""


@dataclass
class HeldLines:
    """Lines of a thread that has no invocation, until they are written."""

    lines: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def write(self) -> None:
        """Write the lines. To be called where the invocation is known."""
        for level, line in self.lines:
            log.log(level, "%s", line)
        self.lines.clear()


_held: ContextVar[HeldLines | None] = ContextVar("held_lines", default=None)


def log_step(trip: str, step: str, outcome: str, reason: str | None = None) -> None:
    """Log one step of a trip, as a warning if somebody may have to look after it."""
    level = logging.WARNING if outcome in _UNFINISHED else logging.INFO
    write_line(trip_step(trip, step, outcome, reason), level)


def log_quote_step(quote: str, step: str, outcome: str, reason: str | None = None) -> None:
    """Log one step of a quote."""
    write_line(quote_step(quote, step, outcome, reason))


def write_line(line: str, level: int = logging.INFO) -> None:
    """Write a line at once, or hold it with the others of its thread."""
    held = _held.get()
    if held is None:
        log.log(level, "%s", line)
    else:
        held.lines.append((level, line))


def log_failure(step: str, order: Any, error: Exception) -> None:
    """Log an activity that failed, with the place of the error. Its text may quote what a traveller wrote."""
    trip = order.get("trip") if isinstance(order, dict) else None
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}:{frames[-1].lineno}" if frames else None
    write_line(
        log_line("activity_failed", trip=trip, step=step, reason=type(error).__name__, place=place), logging.ERROR
    )


@contextmanager
def holding(held: HeldLines) -> Generator[None]:
    """Hold the lines of this thread while the context lasts."""
    token = _held.set(held)
    try:
        yield
    finally:
        _held.reset(token)
