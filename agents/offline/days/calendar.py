"""Arithmetic with days of the calendar."""

from datetime import date, timedelta

_MONTHS_TO_LOOK_AT = 3
_DAYS_IN_WEEK = 7


def day_of(year: int, month: int, number: int) -> date | None:
    """Return a day, None if there is no such one."""
    try:
        return date(year, month, number)
    except ValueError:
        return None


def next_on(month: int, number: int, today: date) -> date | None:
    """Return the next such day of a year, which may be today; None if that year has no such day."""
    year = today.year if (month, number) >= (today.month, today.day) else today.year + 1
    return day_of(year, month, number)


def next_monthday(number: int, today: date) -> date | None:
    """Return the next day of a month with that number, which may be today: `the 12th`."""
    month = today.replace(day=1)
    # A 31st may be missing in this month or the next, but not in the one after that too.
    for _ in range(_MONTHS_TO_LOOK_AT):
        day = day_of(month.year, month.month, number)
        if day and day >= today:
            return day
        month = months_later(month, 1)
    return None


def next_weekday(weekday: int, today: date) -> date:
    """Return the next such weekday after today; Monday is 0."""
    days = (weekday - today.weekday() - 1) % _DAYS_IN_WEEK + 1
    return today + timedelta(days=days)


def nearest_weekday(weekday: int, day: date) -> date:
    """Return the day with that weekday that is at most three days away."""
    days = (weekday - day.weekday() + 3) % _DAYS_IN_WEEK - 3
    return day + timedelta(days=days)


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    number = min(day.day, last_of_month(date(year, month + 1, 1)).day)
    return date(year, month + 1, number)


def last_of_month(day: date) -> date:
    """Return the last day of the month that a day is in."""
    # Four days after the 28th it is the next month in every month.
    in_next_month = day.replace(day=28) + timedelta(days=4)
    return in_next_month - timedelta(days=in_next_month.day)


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the western churches, by the rule of the Gregorian calendar."""
    century, rest = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * sunday) // 451
    month, number = divmod(moon + sunday - 7 * shift + 114, 31)
    return date(year, month, number + 1)
