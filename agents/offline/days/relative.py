"""Readers of phrases that count from today or from another day: weekdays, weekends, `in two weeks`."""

from datetime import date, timedelta

from agents.offline.days.calendar import last_of_month, months_later, nearest_weekday, next_weekday
from agents.offline.days.meaning import (
    NO_SINGLE_DAY,
    NO_SUCH_DAY,
    Parts,
    Reading,
    either,
    near_month,
    number_in,
    year_in,
)
from agents.offline.days.words import COUNTS, DAYS_IN_UNIT, MONTHS, WEEKDAYS

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_WEEKEND = timedelta(days=2)
_SATURDAY = 5
_FARTHEST = 10_000
"""Days. A count beyond it is no date that anybody means, and the calendar ends."""


def of_near(parts: Parts, today: date) -> Reading:
    days = {"tomorrow": 1, "yesterday": -1}
    return Reading(today + timedelta(days=days.get(parts.get("near", ""), 0)))


def of_weekday_of_next_week(parts: Parts, today: date) -> Reading:
    next_monday = today + timedelta(days=7 - today.weekday())
    return Reading(next_monday + timedelta(days=WEEKDAYS[parts["weekday"]]))


def of_weekday_after_next(parts: Parts, today: date) -> Reading:
    # To some people the next Friday is this week's, to others it is the one after.
    following = next_weekday(WEEKDAYS[parts["weekday"]], today) + _WEEK
    return either(following, following + _WEEK)


def of_weekday(parts: Parts, today: date) -> Reading:
    weekday, which = WEEKDAYS[parts["weekday"]], parts.get("which", "")
    following = next_weekday(weekday, today)
    if "last" in which or "past" in which:
        return Reading(following - _WEEK if following - _WEEK < today else following - 2 * _WEEK)
    if "this" in which and today.weekday() == weekday:
        return either(today, following)
    return Reading(following, is_open=True)


def of_nth(parts: Parts, today: date) -> Reading:
    """Return the meaning of `the last Friday of May`, `the first weekend in June` and `the last day of the month`."""
    months = _months_of_scope(parts, today)
    days = [_nth_in(parts, first, last) for first, last in months]
    day = next((day for day in days if day and day >= today), None)
    if day is None:
        return NO_SUCH_DAY
    is_weekend = parts["what"] == "weekend"
    return Reading(day, until=day + _WEEKEND if is_weekend else None, is_weekend=is_weekend)


def _months_of_scope(parts: Parts, today: date) -> list[tuple[date, date]]:
    """Return the first and the last day of each time that is meant; the first one may be past already."""
    if "which_year" in parts:
        year = today.year + (parts["which_year"] == "next")
        return [(date(year, 1, 1), date(year, 12, 31))]
    if "month" in parts:
        month = MONTHS[parts["month"]]
        years = [year_in(parts["year"])] if "year" in parts else [today.year, today.year + 1]
        firsts = [date(year, month, 1) for year in years]
    else:
        firsts = [near_month(parts.get("which") or parts["which_month"], today)]
    return [(first, last_of_month(first)) for first in firsts]


def _nth_in(parts: Parts, first: date, last: date) -> date | None:
    step = _DAY if parts["what"] == "day" else _WEEK
    weekday = _SATURDAY if parts["what"] == "weekend" else WEEKDAYS.get(parts["what"])
    start = first if weekday is None else next_weekday(weekday, first - _DAY)
    if parts["nth"] in ("last", "final"):
        return start + (last - start) // step * step
    number = number_in(parts["nth"])
    day = start + (number - 1) * step
    return day if number and day <= last else None


def of_offset(parts: Parts, start: date) -> Reading:
    """Return the meaning of `in two weeks`, `three days from now`, `a week on Friday` and `Friday week`.

    They count from `start`.
    """
    words = parts.get("count", "a")
    count = COUNTS[words] if words in COUNTS else int(words)
    if count > _FARTHEST:
        return NO_SUCH_DAY
    signed = -count if parts.get("side") == "before" else count
    unit = parts["unit"].removesuffix("s")
    if unit == "month":
        return Reading(months_later(start, signed))
    return Reading(start + timedelta(days=signed * DAYS_IN_UNIT[unit]))


def of_beside(parts: Parts, start: date) -> Reading:
    """Return the meaning of `the day after Christmas` and `the Monday before 5 May`, which count from `start`."""
    is_after = parts["side"] == "after"
    if parts["what"] == "day":
        return Reading(start + (_DAY if is_after else -_DAY))
    following = next_weekday(WEEKDAYS[parts["what"]], start if is_after else start - _DAY)
    return Reading(following if is_after else following - _WEEK)


def of_weekend(parts: Parts, today: date) -> Reading:
    saturday = next_weekday(_SATURDAY, today - _DAY)
    weeks = 2 if "after_next" in parts else int(parts.get("which") == "next")
    first = saturday + weeks * _WEEK
    return Reading(first, until=first + _WEEKEND, is_weekend=True)


def of_weekend_of(parts: Parts, start: date) -> Reading:
    """Return the weekend that the day `start` is in."""
    if start.weekday() < _SATURDAY:
        return NO_SINGLE_DAY
    first = nearest_weekday(_SATURDAY, start)
    return Reading(first, until=first + _WEEKEND, is_weekend=True)


def of_next_week(parts: Parts, today: date) -> Reading:
    return Reading(today + _WEEK)


def of_vague(parts: Parts, today: date) -> Reading:
    return NO_SINGLE_DAY
