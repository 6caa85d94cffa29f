"""The meaning of words about a day: one day, several that it may be, or none; and steps that its readers share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from agents.offline.days.calendar import months_later, nearest_weekday
from agents.offline.days.words import WEEKDAYS
from agents.offline.spans import DayDoubt

Parts = Mapping[str, str]
"""The named parts of a phrase."""
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Reading:
    """A day, or the reason why there is no single one. `until` and `month` are set where the words name them."""

    day: date | None = None
    doubt: DayDoubt | None = None
    readings: tuple[date, ...] = ()
    until: date | None = None
    is_open: bool = False
    is_weekend: bool = False
    is_window: bool = False
    month: date | None = None
    """The first day of a month, where the words name no more than that: `in May`."""


NO_SUCH_DAY = Reading(doubt="no_such_day")
NO_SINGLE_DAY = Reading(doubt="no_single_day")


def either(first: date | None, second: date | None) -> Reading:
    """Return the meaning of words that may mean two days; None is a day that does not exist."""
    # In the order in which they are said, so that `the first` is the one that was offered first.
    days = tuple(dict.fromkeys(day for day in (first, second) if day))
    match days:
        case ():
            return NO_SUCH_DAY
        case (day,):
            return Reading(day)
        case _:
            return Reading(doubt="two_readings", readings=days)


def checked(reading: Reading, weekday: str | None, today: date) -> Reading:
    """Return the reading, in doubt if its day is on another weekday than the one that was named."""
    day = reading.day
    if day is None or weekday is None or day.weekday() == WEEKDAYS[weekday]:
        return reading
    nearest = nearest_weekday(WEEKDAYS[weekday], day)
    other = nearest if nearest >= today else nearest + _WEEK
    return Reading(doubt="wrong_weekday", readings=tuple(sorted((day, other))), is_open=reading.is_open)


def near_month(which: str, today: date) -> date:
    """Return the first day of this or the next month."""
    return months_later(today.replace(day=1), int(which.split(" ")[-1] in ("next", "following")))


def year_in(words: str) -> int:
    """Return the year at the end of words such as `, 2027`."""
    return int(words[-4:])


def number_in(words: str) -> int:
    """Return the number of an ordinal."""
    return int("".join(filter(str.isdecimal, words)))
