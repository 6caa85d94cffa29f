"""The time that stores write down."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def timestamp(at: datetime) -> str:
    """Text of fixed width, so that it sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
