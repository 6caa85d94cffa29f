"""Days that a message names: patterns find the phrases, and the `dateparser` library says which day they mean.

The library never gets a whole sentence, because it finds dates in words like "to", "may" or "sat".
"""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from agents.offline.patterns import any_of
from agents.offline.spans import DateSpan
from agents.offline.tokens import Text

_MONTH = any_of(
    "january, february, march, april, may, june, july, august, september, october, november, december",
    "jan, feb, mar, apr, jun, jul, aug, sept, sep, oct, nov, dec",
)
_WEEKDAY = any_of("monday, tuesday, wednesday, thursday, friday, saturday, sunday")
_SHORT_WEEKDAY = any_of("mon, tues?, wed, thur?s?, fri, sat, sun")
_ANY_WEEKDAY = any_of(_WEEKDAY, _SHORT_WEEKDAY)
_DAY = r"(?:the )?\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?: ,)?(?: of)? (?:20|19)\d{2}"
_HOLIDAYS = {
    "christmas eve": "24 december",
    "christmas day": "25 december",
    "christmas": "25 december",
    "xmas": "25 december",
    "boxing day": "26 december",
    "new year's eve": "31 december",
    "new years eve": "31 december",
    "new year's day": "1 january",
    "new year's": "1 january",
    "new year": "1 january",
    "valentine's day": "14 february",
    "valentine's": "14 february",
    "halloween": "31 october",
}
_HOLIDAY = any_of(*map(re.escape, _HOLIDAYS))
_COUNT = r"(?:\d+|an?|a couple of|a few)"
_UNIT = any_of("days?, weeks?, fortnights?, months?")
_FULL_DAY = "|".join(
    [
        # 2027-05-03, 3/5/2027, 3.5.27 and 3 / 5.
        r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2} / \d{1,2}",
        rf"(?:{_ANY_WEEKDAY}(?: ,)? )?(?:{_DAY} (?:of )?{_MONTH}(?:{_YEAR})?|{_MONTH} {_DAY}(?:{_YEAR})?)",
        rf"{_DAY} of (?:this|next) month",
        r"(?:the )?day after tomorrow|tomorrow|today|tonight|yesterday",
        rf"in {_COUNT}(?: -)? {_UNIT}(?: ' time|' time| time)?",
        rf"{_COUNT} {_UNIT} (?:from|after|on) (?:now|today|tomorrow|(?:next |this )?{_WEEKDAY})",
        rf"(?:a )?week today|(?:a )?week tomorrow|{_WEEKDAY} week",
        rf"(?:(?:next|this|coming|following|last|past) ){{1,2}}{_ANY_WEEKDAY}|{_WEEKDAY} next week|{_WEEKDAY}",
        # A short weekday alone may be another word: sun, sat, wed.
        rf"(?:on )(?:{_SHORT_WEEKDAY})|next week",
        r"(?:this|next|the|this coming|the coming|the following) weekend",
        _HOLIDAY,
        r"this (?:morning|afternoon|evening)",
    ]
)
_TO = any_of("- , to , till , til , until , through , thru , and ")
_SINGLE = re.compile(rf"(?<!\S)(?:{_FULL_DAY})(?!\S)")
_SHARED_MONTH = re.compile(
    rf"(?<!\S)(?P<a>{_DAY}) {_TO}(?P<b>{_DAY}) (?:of )?(?P<month>{_MONTH})(?P<year>{_YEAR})?(?!\S)"
)
_MONTH_FIRST = re.compile(
    rf"(?<!\S)(?P<month>{_MONTH}) (?P<a>{_DAY}) (?:{_TO}){{1,3}}(?P<b>{_DAY})(?P<year>{_YEAR})?(?!\S)"
    rf"(?! (?:of )?{_MONTH})"
)
_BARE_DAY = re.compile(r"(?<!\S)(?:(?:on|from|until|till|by|starting) )?the \d{1,2}(?:st|nd|rd|th)(?!\S)")
_ORDINAL_RANGE = re.compile(
    r"(?<!\S)(?:the )?(?P<a>\d{1,2}(?:st|nd|rd|th)) (?:-|to|till|til|until|through|thru) "
    r"(?:the )?(?P<b>\d{1,2}(?:st|nd|rd|th))(?!\S)"
)
_VAGUE = re.compile(
    r"(?<!\S)"
    + any_of(
        "(?:in|during|for|sometime in|around|over|this|next|early|mid|late|coming)"
        "(?: (?:the|early|mid|late|next|this)){0,3} -?(?: ?)"
        rf"(?:{_MONTH}(?:{_YEAR})?|month|year|spring|summer|autumn|fall|winter|easter|season|half term)",
        "(?:the )?(?:end|beginning|start|middle|first week|second week|last week|2nd week|1st week) of "
        rf"(?:{_MONTH}|next month|the (?:month|year)|next year|summer)(?:{_YEAR})?",
        rf"{_MONTH} (?:20|19)\d{{2}}, this week, asap, as soon as possible, easter, in 20\d{{2}}",
        "later (?:this|in the) (?:week|month|year)",
        # A day with a number after its month that is no year, as in `3 May 5 nights`.
        rf"{_DAY} (?:of )?{_MONTH} \d+",
    )
    + r"(?!\S)"
)
_END_MARKER = re.compile(
    any_of(
        "until, till, til, to, through, thru, -, returning, return, back, coming back, and back, coming home",
        "flying home, flying back, leaving, going home, home, check out, check-out, checking out, checkout, departing",
        "ending, ends?, up to, and",
    )
    + "(?: on| by)?(?: the)?$"
)
_STRONG_END = re.compile(
    any_of(
        "until, till, til, through, thru, returning, return, back, coming home, check out, check-out, checking out",
        "checkout, ending, up to",
    )
    + "(?: on| by)?$"
)
"""Words after which a day is an end, even if no start was named."""
_SMALL_WORD = re.compile(r"(?:^| )(?:on|the|of|,|'|time)(?= |$)")
_NUMERIC = re.compile(r"(\d{1,2})(?:[/.]| / )(\d{1,2})(?:[/.](\d{2,4}))?")
_OFFSET_FROM = re.compile(rf"({_COUNT}) ({_UNIT}) (?:from|after|on) (.+)")
_OFFSET = re.compile(rf"in ({_COUNT})(?: -)? ({_UNIT})'?")
_WEEK_AFTER = re.compile(rf"(?:a )?(?:week (today|tomorrow)|({_WEEKDAY}) (?:next )?week)")
_DAY_OF_MONTH = re.compile(r"(\d{1,2})\w* (this|next) month")
_LAST_WEEKDAY = re.compile(rf"(?:last|past) ({_ANY_WEEKDAY})")
_NEXT = re.compile(r"\b(?:this|coming|following|next) (?=(?:this|coming|next|following|mon|tue|wed|thu|fri|sat|sun))")
_WEEKDAY_BEFORE_DAY = re.compile(rf"^{_ANY_WEEKDAY}(?: ,)? (?=\S*\d|{_MONTH} )")
_BARE_WEEKDAY = re.compile(rf"(?:on )?{_ANY_WEEKDAY}")
_YEAR_NUMBER = re.compile(r"\d{4}")
_TIME_OF_DAY = re.compile(r"\b(?:morning|afternoon|evening)\b")
_PAST = re.compile(r"\d{4}|yesterday")
_NO_DIGIT = re.compile(r"\D")
_MONTH_NAME = re.compile(_MONTH)
_SATURDAY = 5
_MONTHS_TO_LOOK_AT = 3
# The library takes half a millisecond for a phrase, and nobody books that many trips in one message.
_MOST_DATES = 20


def load() -> None:
    """Import the library and let it build its tables, which takes about a quarter of a second."""
    _parse("tomorrow", date(2000, 1, 1))


def find_dates(text: Text, today: date) -> list[DateSpan]:
    """Return every day and vague time that the message names, in order; a range is one span.

    After the first 20 days the others count as vague.
    """
    spans: list[DateSpan] = []
    taken: set[int] = set()

    def keep(match: re.Match[str], day: date | None, until: date | None = None) -> None:
        first, last = text.index_at(match.start()), text.index_at(match.end() - 1) + 1
        if taken.isdisjoint(range(first, last)):
            taken.update(range(first, last))
            spans.append(DateSpan(first, last, day, until))

    # The longest forms come first: `3 to 8 May` holds `8 May`, and `the 3rd of May` holds `the 3rd`.
    for pattern in (_SHARED_MONTH, _MONTH_FIRST):
        for match in pattern.finditer(text.plain):
            has_many = len(spans) >= _MOST_DATES
            keep(match, *((None, None) if has_many else _range_in_month(match, today)))
    for match in _SINGLE.finditer(text.plain):
        day = _resolve(match.group(), today) if len(spans) < _MOST_DATES else None
        is_weekend = day is not None and "weekend" in match.group()
        keep(match, day, day + timedelta(days=2) if day and is_weekend else None)
    for match in _ORDINAL_RANGE.finditer(text.plain):
        start = _next_monthday(match["a"], today)
        keep(match, start, _next_monthday(match["b"], start) if start else None)
    for match in _BARE_DAY.finditer(text.plain):
        keep(match, _next_monthday(match.group(), today))
    for match in _VAGUE.finditer(text.plain):
        keep(match, None)
    return _joined(text, sorted(spans, key=lambda span: span.first))


def _joined(text: Text, spans: list[DateSpan]) -> list[DateSpan]:
    """Make one span of a start and the end that follows it: `from Monday to Friday`, `leaving 3 May, back 8 May`."""
    joined: list[DateSpan] = []
    for span in spans:
        before = joined[-1] if joined else None
        until = _end_of_range(text, before, span) if before else None
        if before is None or until is None:
            words_before = text.words(before.last if before else max(0, span.first - 3), span.first)
            joined.append(replace(span, is_end=bool(_STRONG_END.search(words_before))))
        elif span.first - before.last <= 2:
            joined[-1] = DateSpan(before.first, span.last, before.day, until)
        else:
            # The words between are no part of the range: they may name a place or a length.
            joined[-1] = DateSpan(before.first, before.last, before.day, until)
            joined.append(DateSpan(span.first, span.last, None, None, is_end=True))
    return joined


def _end_of_range(text: Text, start: DateSpan, span: DateSpan) -> date | None:
    """Return the last day of a range that the two spans make, None if they make none."""
    until = _end_after(start.day, span.day, text.words(span.first, span.last))
    if until is None or start.until or not _END_MARKER.search(text.words(start.last, span.first)):
        return None
    return until


def _end_after(start: date | None, end: date | None, words: str) -> date | None:
    """Return the end, moved behind the start to the next such weekday or day of the year where no year is named."""
    if start is None or end is None:
        return None
    if end > start:
        return end
    if _BARE_WEEKDAY.fullmatch(words):
        weeks = (start - end).days // 7 + 1
        return end + timedelta(weeks=weeks)
    is_leap_day = (end.month, end.day) == (2, 29)
    if _YEAR_NUMBER.search(words) or is_leap_day:
        return None
    in_same_year = end.replace(year=start.year)
    return in_same_year if in_same_year > start else in_same_year.replace(year=start.year + 1)


def _range_in_month(match: re.Match[str], today: date) -> tuple[date | None, date | None]:
    month, year = match["month"], match["year"] or ""
    start = _resolve(f"{match['a']} {month}{year}", today)
    if start is None:
        return None, None
    end = _resolve(f"{match['b']} {month} {start.year}", today)
    return start, end if end and end > start else None


def _resolve(phrase: str, today: date) -> date | None:
    """Return the day that a phrase of `_FULL_DAY` means, None if there is no such day or it has two readings."""
    words = " ".join(_SMALL_WORD.sub(" ", phrase).split())
    words = _HOLIDAYS.get(words, words)
    if numeric := _NUMERIC.fullmatch(words):
        return _numeric(numeric, today)
    if "weekend" in words:
        return _weekend(words, today)
    if words == "tonight" or _TIME_OF_DAY.search(words):
        return today
    if offset := _OFFSET_FROM.fullmatch(words):
        start = today if offset[3] in ("now", "today") else _resolve(offset[3], today)
        return _after(offset[1], offset[2], start) if start else None
    if offset := _OFFSET.fullmatch(words):
        return _after(offset[1], offset[2], today) if _count(offset[1]) else None
    if week := _WEEK_AFTER.fullmatch(words):
        start = _parse(week[1] or week[2], today)
        return start + timedelta(weeks=1) if start else None
    if monthday := _DAY_OF_MONTH.fullmatch(words):
        month = _month_after(today) if monthday[2] == "next" else today.replace(day=1)
        return _replace_day(month, int(monthday[1]))
    if weekday := _LAST_WEEKDAY.fullmatch(words):
        return _last_weekday(weekday[1], today)
    return _day_of_year(words, today)


def _weekend(words: str, today: date) -> date | None:
    saturday = today if today.weekday() == _SATURDAY else _parse("saturday", today)
    is_next = "next" in words
    return saturday + timedelta(weeks=1) if saturday and is_next else saturday


def _after(count: str, unit: str, start: date) -> date | None:
    # The library knows fortnights in the plural only.
    plural = "fortnights" if unit.startswith("fortnight") else unit
    return _parse(f"in {_count(count)} {plural}", start)


def _last_weekday(weekday: str, today: date) -> date | None:
    # The library looks ahead from a week ago, and so may end up at today.
    day = _parse(weekday, today - timedelta(weeks=1))
    return day - timedelta(weeks=1) if day and day >= today else day


def _day_of_year(words: str, today: date) -> date | None:
    words = _WEEKDAY_BEFORE_DAY.sub("", _NEXT.sub("", words))
    day = _parse(words, today)
    names_past = bool(_PAST.search(words))
    if day and day < today and not names_past:
        return _parse(f"{words} {today.year + 1}", today)
    return day


def _numeric(match: re.Match[str], today: date) -> date | None:
    """Return the day of a pair of numbers that has one reading; 3/5 may be in May or in March."""
    first, second = int(match[1]), int(match[2])
    has_two_readings = first <= 12 and second <= 12 and first != second
    if has_two_readings:
        return None
    day, month = (first, second) if second <= 12 else (second, first)
    year = int(match[3]) if match[3] else today.year
    try:
        named = date(year + 2000 if year < 100 else year, month, day)
        return named if match[3] or named >= today else named.replace(year=year + 1)
    except ValueError:
        return None


def _next_monthday(phrase: str, today: date) -> date | None:
    """Return the next day with that number: `the 12th`."""
    number = int(_NO_DIGIT.sub("", phrase))
    month = today.replace(day=1)
    # A 31st may be missing in this month or the next, but not in the one after that too.
    for _ in range(_MONTHS_TO_LOOK_AT):
        day = _replace_day(month, number)
        if day and day >= today:
            return day
        month = _month_after(month)
    return None


def _month_after(day: date) -> date:
    # Four days after the 28th it is the next month in every month.
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _replace_day(month: date, number: int) -> date | None:
    try:
        return month.replace(day=number)
    except ValueError:
        return None


def _count(words: str) -> int:
    """Return the number that the words mean, 0 for a vague one."""
    in_words = {"a": 1, "an": 1, "a couple of": 2, "a few": 0}
    return in_words[words] if words in in_words else int(words)


@lru_cache(maxsize=512)
def _parse(phrase: str, today: date) -> date | None:
    import dateparser

    settings = {
        "PREFER_DATES_FROM": "future",
        "RELATIVE_BASE": datetime(today.year, today.month, today.day),  # noqa: DTZ001 - the library wants it naive
        "DATE_ORDER": "DMY",
        # A month alone is no day; without this the library would add today's number.
        "REQUIRE_PARTS": ["day"] if _MONTH_NAME.search(phrase) else [],
    }
    moment = dateparser.parse(phrase, languages=["en"], settings=settings)
    return moment.date() if moment else None
