"""The time that stores write into rows."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present time as aware UTC."""
    return datetime.now(UTC)


def timestamp(at: datetime) -> str:
    """Return the time as a text of fixed width, so that texts sort in the order of time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
