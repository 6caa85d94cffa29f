"""Schedules of timer triggers: NCRONTAB expressions of six fields (or five) and time spans.

NCRONTAB differs from the cron of other libraries: seconds come first, a day must match both its day fields, and Sunday
is 0 only. So it has its own parser here.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    ("second", 0, 59, ()),
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
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
        for day in range(_FARTHEST_DAYS):
            candidate = local.date() + timedelta(days=day)
            if not self._matches(candidate):
                continue
            for wall_time in self._times(local.time() if day == 0 else time.min):
                aware = datetime.combine(candidate, wall_time, self.zone)
                # In the hour that a change of daylight saving time repeats, a later wall time can be an earlier moment.
                if aware > moment:
                    return aware.astimezone(moment.tzinfo)
        return None

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
    values = [_field(part, *field) for part, field in zip(["0", *parts][-6:], _FIELDS, strict=True)]
    second, minute, hour, day, month, weekday = values
    return Cron(tuple(sorted(second)), tuple(sorted(minute)), tuple(sorted(hour)), day, month, weekday, zone)


def _field(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", part)
        if match is None:
            raise ScheduleError(f"'{part}' is not a {name}")
        first, last, step = match[1], match[2], int(match[3] or 1)
        start = low if first is None else _value(first, name, low, high, names)
        # `*` and `5/10` go on to the end of the field, and a single number stands for itself.
        end = high if first is None or match[3] else start
        if last is not None:
            end = _value(last, name, low, high, names)
        if step < 1 or end < start:
            raise ScheduleError(f"'{part}' is not a range of the field {name}")
        values.update(range(start, end + 1, step))
    return frozenset(values)


def _value(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text.isdecimal() and low <= int(text) <= high:
        return int(text)
    if text[:3].lower() in names:
        return low + names.index(text[:3].lower())
    raise ScheduleError(f"'{text}' is not a {name} ({low} to {high})")
