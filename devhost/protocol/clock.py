"""The engine's clock: UTC in ticks of 100 ns, which never goes back and which tests can move forward."""

from __future__ import annotations

import time

from devhost.protocol.events import TICKS_PER_SECOND, second_text


class Clock:
    """`offset` is how far tests have moved it."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self._last = 0

    def now(self) -> int:
        self._last = max(self._last, time.time_ns() // 100 + self.offset)
        return self._last

    def seconds_until(self, due: int) -> float:
        return max(0.0, (due - self.now()) / TICKS_PER_SECOND)

    def move_to(self, due: int) -> float:
        """Go on to `due` if that lies ahead; the seconds skipped."""
        skipped = max(0, due - self.now())
        self.offset += skipped
        return skipped / TICKS_PER_SECOND


def column_text(ticks: int) -> str:
    """The time with all seven digits, so that texts sort as the times do."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    return f"{second_text(seconds)}.{fraction:07}Z"
