"""Questions about a day or a length that is not clear."""

from collections.abc import Iterator, Sequence
from datetime import date

from agents.offline.days.stays import UnclearDay, UnclearLength
from agents.trade_words import Unit

_LONGEST_WORDS = 40
_HOW_TO_WRITE = "Please write it like 2027-05-03, or 3 May 2027."


# The parts of each day and those of all of them, by how much they share: nothing, the year, the month too.
_FORMS = (("%B %Y", ""), ("%B", "%Y"), ("", "%B %Y"))


def question_about_day(unclear: UnclearDay) -> str:
    """Return the question for a day, with the days to choose from where there are some."""
    said = f'"{unclear.words}"' if 0 < len(unclear.words) <= _LONGEST_WORDS else "That"
    which = f"Which day in {unclear.month:%B %Y}" if unclear.month else "Which day exactly"
    match unclear.reason:
        case "two_readings":
            return f"Which day do you mean: {days_in_words(unclear.readings)}?"
        case "wrong_weekday":
            days = days_in_words(unclear.readings, with_weekday=True)
            return f"{said} does not fit the calendar. Which day do you mean: {days}?"
        case "no_such_day":
            return f"{said} is no day of the calendar. Which day would you like? {_HOW_TO_WRITE}"
        case "no_single_day":
            doubt = f"{said} is no single day. " if unclear.words else ""
            return f"{doubt}{which}? {_HOW_TO_WRITE}"
        case "ends_before_it_starts":
            return "The last day has to be after the first one. From which day until which day would you like it?"
        case "only_end":
            end = f" until {days_in_words([unclear.until])}" if unclear.until else ""
            return f"From which day{end} would you like it? {_HOW_TO_WRITE}"


def question_about_length(unclear: UnclearLength, unit: Unit) -> str:
    """Return the question for a length."""
    match unclear.reason:
        case "differs_from_dates":
            doubt = f"You said {unclear.first} {unit}, but the dates are {unclear.second} {unit} apart."
        case "nights_and_days_differ":
            doubt = f"{unclear.first} nights and {unclear.second} days do not go together."
        case "no_single_length":
            return f"For how many {unit} exactly would you like it?"
    return f"{doubt} For how many {unit} would you like it?"


def days_in_words(days: Sequence[date], *, with_weekday: bool = False) -> str:
    """Return days to choose from, such as `5 June or 6 May 2027`; a month and a year that they share come once."""
    shares_year = len({day.year for day in days}) == 1
    shares_month = shares_year and len({day.month for day in days}) == 1
    form, end = _FORMS[shares_year + shares_month]
    words = [" ".join(_parts(day, form, with_weekday=with_weekday)) for day in days]
    *others, last = words
    choice = f"{', '.join(others)} or {last}" if others else last
    return f"{choice} {days[-1]:{end}}" if end else choice


def _parts(day: date, form: str, *, with_weekday: bool) -> Iterator[str]:
    if with_weekday:
        yield f"{day:%A}"
    yield str(day.day)
    if form:
        yield f"{day:{form}}"
