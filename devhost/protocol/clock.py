"""Times in ticks of 100 ns and as text, and the engine's clock, which never goes back and which tests can move."""

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

TICKS_PER_SECOND = 10_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """A clock that is `offset` ticks ahead of the machine's, moved there by tests."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self._last = 0

    def now(self) -> int:
        """Return the current tick, never an earlier one than before."""
        # The machine's clock may be set back; the times of events must not (docs/devhost/behaviour.md, section 7).
        self._last = max(self._last, time.time_ns() // 100 + self.offset)
        return self._last

    def seconds_until(self, due: int) -> float:
        """Return the seconds until tick `due`, 0 if it has passed."""
        return max(0.0, (due - self.now()) / TICKS_PER_SECOND)

    def move_to(self, due: int) -> float:
        """Move to tick `due` if it lies ahead, and return the seconds skipped."""
        skipped = max(0, due - self.now())
        self.offset += skipped
        return skipped / TICKS_PER_SECOND


def column_text(ticks: int) -> str:
    """Return the time with all seven digits of fraction, so that texts sort like the times."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    return f"{second_text(seconds)}.{fraction:07}Z"


def clock_text(ticks: int | None = None) -> str:
    """Return the time as events carry it: UTC, up to seven digits of fraction without trailing zeros, then `Z`.

    `ticks` counts 100 ns since 1970; None means now.
    """
    seconds, fraction = divmod(time.time_ns() // 100 if ticks is None else ticks, TICKS_PER_SECOND)
    return f"{second_text(seconds)}.{fraction:07}".rstrip("0").rstrip(".") + "Z"


@lru_cache(maxsize=64)
def second_text(seconds: int) -> str:
    """Return a whole second since 1970 as text; cached, since each second is written many times."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def ticks_of(text: str) -> int:
    """Return the ticks of a time as text; digits of its fraction after the seventh are cut."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    since = datetime.fromisoformat(whole).replace(tzinfo=UTC) - _EPOCH
    return (since // timedelta(seconds=1)) * TICKS_PER_SECOND + int(fraction[:7].ljust(7, "0"))
