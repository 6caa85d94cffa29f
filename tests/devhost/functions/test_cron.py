"""NCRONTAB schedules give the times that the real host's give."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from devhost.functions.cron import ScheduleError, parse_schedule

# A Saturday, with a fraction of a second that every next time but that of an interval must drop.
NOW = datetime(2026, 3, 14, 15, 9, 26, 500000, tzinfo=UTC)

NEXT = [
    ("* * * * * *", "2026-03-14T15:09:27"),
    ("*/15 * * * * *", "2026-03-14T15:09:30"),
    ("0 */5 * * * *", "2026-03-14T15:10:00"),
    ("*/5 * * * *", "2026-03-14T15:10:00"),
    ("0 0 9-17/4 * * *", "2026-03-14T17:00:00"),
    ("30 9,10 15 * * *", "2026-03-14T15:09:30"),
    ("0 30 9 * * 1-5", "2026-03-16T09:30:00"),
    ("0 30 9 * * Mon", "2026-03-16T09:30:00"),
    ("0 0 0 1 jan *", "2027-01-01T00:00:00"),
    ("0 0 0 13 * Fri", "2026-11-13T00:00:00"),
    ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
    ("5/20 * * * * *", "2026-03-14T15:09:45"),
    ("00:05:00", "2026-03-14T15:14:26.500000"),
    ("1.00:00:00", "2026-03-15T15:09:26.500000"),
]
BROKEN = [
    "",
    "* * * *",
    "* * * * * * *",
    "60 * * * * *",
    "* * * * * 7",
    "* * * * 13 *",
    "*/0 * * * * *",
    "5-3 * * * * *",
    "x * * * * *",
    "? * * * * *",
    "00:00:00",
    "0 0 0 0 * *",
]


@pytest.mark.parametrize(("text", "expected"), NEXT)
def test_the_next_time_after_now(text: str, expected: str) -> None:
    following = parse_schedule(text, UTC).after(NOW)
    assert following is not None
    assert following.replace(tzinfo=None).isoformat() == expected


@pytest.mark.parametrize("text", BROKEN)
def test_a_schedule_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ScheduleError):
        parse_schedule(text, UTC)


def test_a_day_that_never_comes_has_no_next_time() -> None:
    assert parse_schedule("0 0 0 30 2 *", UTC).after(NOW) is None


def test_each_time_is_later_than_the_one_before_when_the_clocks_change() -> None:
    schedule = parse_schedule("0 */30 * * * *", ZoneInfo("Europe/Prague"))
    moment = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    # Twenty hours; the clocks of Prague go back three hours after the first moment.
    for _ in range(40):
        following = schedule.after(moment)
        assert following is not None
        assert timedelta(0) < following - moment <= timedelta(hours=1, minutes=30)
        moment = following
