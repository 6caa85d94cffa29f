"""Schedules of timer triggers: NCRONTAB expressions of six fields (or five) and time spans.

NCRONTAB differs from the cron of other libraries: seconds come first, a day must match both its day fields, and Sunday
is 0 only. So it has its own parser here.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class _Field(NamedTuple):
    """One field of an expression, with the smallest and largest value, and names that stand for values."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 6, _DAYS),
)
# 29 February can be eight years away, over a century that is no leap year.
_FARTHEST_DAYS = 366 * 9


class ScheduleError(ValueError):
    """A schedule that cannot be read; the text names the part and the reason."""


@dataclass(frozen=True)
class Every:
    """A fixed interval."""

    interval: timedelta

    def after(self, moment: datetime) -> datetime | None:
        """Return the next time after `moment`."""
        return moment + self.interval


@dataclass(frozen=True)
class Cron:
    """An NCRONTAB expression: the allowed values of each field, times in ascending order."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    zone: tzinfo

    def after(self, moment: datetime) -> datetime | None:
        """Return the next time after the aware `moment`, in its time zone; None if there is none in nine years."""
        local = moment.astimezone(self.zone).replace(tzinfo=None, microsecond=0) + timedelta(seconds=1)
        for wall_time in self._candidates(local):
            aware = wall_time.replace(tzinfo=self.zone)
            # In the hour that a change of daylight saving time repeats, a later wall time can be an earlier moment.
            if aware > moment:
                return aware.astimezone(moment.tzinfo)
        return None

    def _candidates(self, first: datetime) -> Iterator[datetime]:
        """Yield the matching wall times from `first` on."""
        earliest = first.time()
        for days in range(_FARTHEST_DAYS):
            day = first.date() + timedelta(days=days)
            if self._matches(day):
                for wall_time in self._times(earliest):
                    yield datetime.combine(day, wall_time)
            earliest = time.min

    def _matches(self, day: date) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays

    def _times(self, first: time) -> Iterator[time]:
        """Yield the times of a day from `first` on."""
        for hour in self.hours[bisect_left(self.hours, first.hour) :]:
            is_first_hour = hour == first.hour
            for minute in self.minutes[bisect_left(self.minutes, first.minute) if is_first_hour else 0 :]:
                is_first_minute = is_first_hour and minute == first.minute
                for second in self.seconds[bisect_left(self.seconds, first.second) if is_first_minute else 0 :]:
                    yield time(hour, minute, second)


def parse_schedule(text: str, zone: tzinfo) -> Cron | Every:
    """Parse an NCRONTAB expression or a time span such as `00:05:00`. Raises ScheduleError."""
    if span := re.fullmatch(r"\s*(?:(\d+)\.)?(\d+):(\d{1,2}):(\d{1,2})\s*", text):
        days, hours, minutes, seconds = (int(part or 0) for part in span.groups())
        interval = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if not interval or minutes > 59 or seconds > 59:
            raise ScheduleError(f"'{text}' is not a time span")
        return Every(interval)
    parts = text.split()
    if len(parts) not in (5, 6):
        raise ScheduleError(
            f"'{text}' has {len(parts)} fields instead of six "
            "(second minute hour day month day-of-week), five without seconds, or a time span (hh:mm:ss)"
        )
    # Five fields have no seconds: those are 0.
    second, minute, hour, day, month, weekday = map(_values, ["0", *parts][-6:], _FIELDS)
    return Cron(
        tuple(sorted(second)),
        tuple(sorted(minute)),
        tuple(sorted(hour)),
        day,
        month,
        weekday,
        zone,
    )


def _values(text: str, field: _Field) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        values.update(_part(part, field))
    return frozenset(values)


def _part(text: str, field: _Field) -> range:
    """Return the values of `*`, `5`, `1-5`, `*/10`, `5/10` or `1-30/10`."""
    match = re.fullmatch(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", text)
    if match is None:
        raise ScheduleError(f"'{text}' is not a {field.name}")
    first, last, step = match.groups()
    start = field.low
    end = field.high
    if first is not None:
        start = _value(first, field)
        # With a step, a single number stands for all from there on.
        end = field.high if step else start
    if last is not None:
        end = _value(last, field)
    if int(step or 1) < 1 or end < start:
        raise ScheduleError(f"'{text}' is not a range of the field {field.name}")
    return range(start, end + 1, int(step or 1))


def _value(text: str, field: _Field) -> int:
    if text.isdecimal() and field.low <= int(text) <= field.high:
        return int(text)
    if text[:3].lower() in field.names:
        return field.low + field.names.index(text[:3].lower())
    raise ScheduleError(f"'{text}' is not a {field.name} ({field.low} to {field.high})")
