"""Readers of phrases that name a day of the calendar: by numbers, month, holiday, or both ends of a range."""

from dataclasses import replace
from datetime import date, timedelta

from agents.offline.days.calendar import day_of, easter_sunday, next_monthday, next_on
from agents.offline.days.meaning import (
    NO_SINGLE_DAY,
    NO_SUCH_DAY,
    Parts,
    Reading,
    checked,
    either,
    near_month,
    number_in,
    year_in,
)
from agents.offline.days.words import EASTER_DAYS, HOLIDAYS, MONTHS

_LAST_YEAR_OF_TWO_DIGITS = 100
_MONTHS_IN_YEAR = 12


def of_iso(parts: Parts, today: date) -> Reading:
    day = day_of(int(parts["year"]), int(parts["month"]), int(parts["number"]))
    return Reading(day) if day else NO_SUCH_DAY


def of_numbers(parts: Parts, today: date) -> Reading:
    """Return the meaning of a day and a month in numbers; 3/5 may be in May or in March, 3.5.2027 is in May.

    Dots are written where the day comes first. Only one of two readings counts if the other one is past.
    """
    first, second = int(parts["first"]), int(parts["second"])
    is_dotted = parts["sign"] == "."
    orders = [(first, second), (second, first)][: 1 if is_dotted and second <= _MONTHS_IN_YEAR else 2]
    if "year" not in parts:
        days = [next_on(month, number, today) for number, month in orders if month <= _MONTHS_IN_YEAR]
        return replace(either(*[*days, None, None][:2]), is_open=True)
    year = int(parts["year"])
    year += 2000 if year < _LAST_YEAR_OF_TWO_DIGITS else 0
    named = list(filter(None, (day_of(year, month, number) for number, month in orders)))
    to_come = [day for day in named if day >= today] or named
    return either(*[*to_come, None, None][:2])


def of_date(parts: Parts, today: date) -> Reading:
    month, number = MONTHS[parts["month"]], int(parts["number"])
    year = year_in(parts["year"]) if "year" in parts else None
    day = day_of(year, month, number) if year else next_on(month, number, today)
    reading = Reading(day, is_open="year" not in parts) if day else NO_SUCH_DAY
    return checked(reading, parts.get("weekday"), today)


def of_day_of_near_month(parts: Parts, today: date) -> Reading:
    month = near_month(parts["which"], today)
    day = day_of(month.year, month.month, int(parts["number"]))
    return Reading(day) if day else NO_SUCH_DAY


def of_holiday(parts: Parts, today: date) -> Reading:
    name = parts["holiday"]
    year = year_in(parts["year"]) if "year" in parts else None
    if name in HOLIDAYS:
        month, number = HOLIDAYS[name]
        day = day_of(year, month, number) if year else next_on(month, number, today)
        return Reading(day, is_open=year is None)
    distance = timedelta(days=EASTER_DAYS[name])
    if year:
        return Reading(easter_sunday(year) + distance)
    this_year = easter_sunday(today.year) + distance
    return Reading(this_year if this_year >= today else easter_sunday(today.year + 1) + distance, is_open=True)


def of_weekday_and_number(parts: Parts, today: date) -> Reading:
    number = number_in(parts["number"])
    day = next_monthday(number, today)
    return checked(Reading(day, is_open=True), parts["weekday"], today) if day else NO_SUCH_DAY


def of_monthday(parts: Parts, today: date) -> Reading:
    day = next_monthday(int(parts["number"]), today)
    return Reading(day, is_open=True) if day else NO_SUCH_DAY


def of_month(parts: Parts, today: date) -> Reading:
    if "which" in parts:
        return replace(NO_SINGLE_DAY, month=near_month(parts["which"], today))
    month = MONTHS[parts["month"]]
    year = year_in(parts["year"]) if "year" in parts else today.year + (month < today.month)
    return replace(NO_SINGLE_DAY, month=date(year, month, 1))


def of_days_of_month(parts: Parts, today: date) -> Reading:
    """Return the meaning of `3 to 8 May`, and of `3 or 8 May`, which are two days to choose from."""
    near = parts["month"].split(" ")[0]
    if near in ("this", "next"):
        month = near_month(near, today)
        days = [day_of(month.year, month.month, int(parts[name])) for name in "ab"]
        return _two_days(parts, *days, is_open=False, today=today)
    number = MONTHS[near]
    if "year" in parts:
        days = [day_of(year_in(parts["year"]), number, int(parts[name])) for name in "ab"]
        return _two_days(parts, *days, is_open=False, today=today)
    first = next_on(number, int(parts["a"]), today)
    second = day_of(first.year, number, int(parts["b"])) if first else None
    return _two_days(parts, first, second, is_open=True, today=today)


def of_ordinals(parts: Parts, today: date) -> Reading:
    numbers = [number_in(parts[name]) for name in "ab"]
    first = next_monthday(numbers[0], today)
    second = next_monthday(numbers[1], first) if first else None
    return _two_days(parts, first, second, is_open=True, today=today)


def _two_days(parts: Parts, first: date | None, second: date | None, *, is_open: bool, today: date) -> Reading:
    if first is None or second is None:
        return NO_SUCH_DAY
    is_window = "between" in parts
    if "or" in parts or ("and" in parts and not is_window):
        return replace(either(first, second), is_open=is_open)
    start = checked(Reading(first, is_open=is_open), parts.get("weekday_a"), today)
    end = checked(Reading(second, is_open=is_open), parts.get("weekday_b"), today)
    if start.doubt or end.doubt:
        return start if start.doubt else end
    if second <= first:
        return Reading(doubt="ends_before_it_starts")
    return replace(start, until=second, is_window=is_window)
