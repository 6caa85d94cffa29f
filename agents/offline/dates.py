"""Days that a message names. Phrases are found by patterns; what a phrase means is for the `dateparser` library.

The library is never given a whole sentence: it finds dates in words like "to", "may" or "sat".
"""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from agents.offline.spans import DateSpan
from agents.offline.tokens import Text

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)"
)
_WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_SHORT_WEEKDAY = r"(?:mon|tues?|wed|thur?s?|fri|sat|sun)"
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
_HOLIDAY = "(?:" + "|".join(re.escape(name) for name in _HOLIDAYS) + ")"
_COUNT = r"(?:\d+|an?|a couple of|a few)"
_UNIT = r"(?:days?|weeks?|fortnights?|months?)"
_FULL_DAY = (
    rf"(?:\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}|\d{{1,2}} / \d{{1,2}}"
    rf"|(?:(?:{_WEEKDAY}|{_SHORT_WEEKDAY})(?: ,)? )?(?:{_DAY} (?:of )?{_MONTH}(?:{_YEAR})?|{_MONTH} {_DAY}(?:{_YEAR})?)"
    rf"|{_DAY} of (?:this|next) month"
    rf"|(?:the )?day after tomorrow|tomorrow|today|tonight|yesterday"
    rf"|in {_COUNT}(?: -)? {_UNIT}(?: ' time|' time| time)?"
    rf"|{_COUNT} {_UNIT} (?:from|after|on) (?:now|today|tomorrow|(?:next |this )?{_WEEKDAY})"
    rf"|(?:a )?week today|(?:a )?week tomorrow|{_WEEKDAY} week"
    rf"|(?:(?:next|this|coming|following|last|past) ){{1,2}}(?:{_WEEKDAY}|{_SHORT_WEEKDAY})|"
    rf"{_WEEKDAY} next week|{_WEEKDAY}"
    rf"|(?:on )(?:{_SHORT_WEEKDAY})|next week"
    rf"|(?:this|next|the|this coming|the coming|the following) weekend"
    rf"|{_HOLIDAY}"
    r"|this (?:morning|afternoon|evening))"
)
_TO = r"(?:-|to|till|til|until|through|thru|up to|and)"
_SINGLE = re.compile(rf"(?<!\S){_FULL_DAY}(?!\S)")
_SHARED_MONTH = re.compile(
    rf"(?<!\S)(?P<a>{_DAY}) (?:- |to |till |til |until |through |thru |"
    rf"and )(?P<b>{_DAY}) (?:of )?(?P<month>{_MONTH})(?P<year>{_YEAR})?(?!\S)"
)
_MONTH_FIRST = re.compile(
    rf"(?<!\S)(?P<month>{_MONTH}) (?P<a>{_DAY}) (?:(?:- |to |till |til |until |through |thru |"
    rf"and )+)(?P<b>{_DAY})(?P<year>{_YEAR})?(?!\S)(?! (?:of )?{_MONTH})"
)
_BARE_DAY = re.compile(r"(?<!\S)(?:(?:on|from|until|till|by|starting) )?the \d{1,2}(?:st|nd|rd|th)(?!\S)")
_ORDINAL_RANGE = re.compile(
    r"(?<!\S)(?:the )?(?P<a>\d{1,2}(?:st|nd|rd|th)) (?:-|to|till|til|until|through|"
    r"thru) (?:the )?(?P<b>\d{1,2}(?:st|nd|rd|th))(?!\S)"
)
_VAGUE = re.compile(
    rf"(?<!\S)(?:(?:in|during|for|sometime in|around|over|this|next|early|mid|late|coming)(?: (?:the|early|"
    rf"mid|late|next|this))* -?"
    rf"(?: ?)(?:{_MONTH}(?:{_YEAR})?|month|year|spring|summer|autumn|fall|winter|easter|season|half term)"
    rf"|(?:the )?(?:end|beginning|start|middle|first week|second week|last week|2nd week|"
    rf"1st week) of (?:{_MONTH}|next month|the (?:month|year)|next year|summer)(?:{_YEAR})?"
    rf"|{_MONTH} (?:20|19)\d{{2}}|this week|asap|as soon as possible|easter|in 20\d{{2}}|later (?:this|"
    rf"in the) (?:week|month|year)"
    rf"|{_DAY} (?:of )?{_MONTH} \d+)(?!\S)"
)
_END_MARKER = re.compile(
    r"(?:until|till|til|to|through|thru|-|returning|return|back|coming back|and back|coming home|"
    r"flying home|flying back|leaving|going home|"
    r"home|check out|check-out|checking out|checkout|departing|ending|ends?|up to|and)(?: on| by)?(?: the)?$"
)
_STRONG_END = re.compile(
    r"(?:until|till|til|through|thru|returning|return|back|coming home|check out|check-out|checking out|"
    r"checkout|ending|up to)"
    r"(?: on| by)?$"
)


def load() -> None:
    """Import the library and let it build its tables (about a quarter of a second)."""
    _parse("tomorrow", date(2000, 1, 1))


def find_dates(text: Text, today: date) -> list[DateSpan]:
    """Every day and vague time that the message names, in order; ranges are one span."""
    found: list[DateSpan] = []
    taken: set[int] = set()

    def keep(match: re.Match[str], day: date | None, until: date | None = None) -> None:
        first, last = text.index_at(match.start()), text.index_at(match.end() - 1) + 1
        if taken.isdisjoint(range(first, last)):
            taken.update(range(first, last))
            found.append(DateSpan(first, last, day, until))

    for pattern in (_SHARED_MONTH, _MONTH_FIRST):
        for match in pattern.finditer(text.plain):
            keep(match, *_range_in_month(match, today))
    for match in _SINGLE.finditer(text.plain):
        day = _resolve(match.group(), today)
        keep(match, day, day + timedelta(days=2) if day and "weekend" in match.group() else None)
    for match in _ORDINAL_RANGE.finditer(text.plain):
        start = _next_monthday(match["a"], today)
        keep(match, start, _next_monthday(match["b"], start) if start else None)
    for match in _BARE_DAY.finditer(text.plain):
        keep(match, _next_monthday(match.group(), today))
    for match in _VAGUE.finditer(text.plain):
        keep(match, None)
    return _joined(text, sorted(found, key=lambda span: span.first))


def _joined(text: Text, spans: list[DateSpan]) -> list[DateSpan]:
    """Make one span of a start and the end that follows it: `from Monday to Friday`, `leaving 3 May, back 8 May`."""
    joined: list[DateSpan] = []
    for span in spans:
        before = joined[-1] if joined else None
        gap = text.lows(before.last, span.first) if before else text.lows(max(0, span.first - 3), span.first)
        end = _end_after(before.day, span.day, text.lows(span.first, span.last)) if before else None
        if before and end and not before.until and _END_MARKER.search(gap):
            close = span.first - before.last <= 2
            joined[-1] = DateSpan(before.first, span.last if close else before.last, before.day, end)
            if not close:
                joined.append(DateSpan(span.first, span.last, None, None, is_end=True))
        else:
            joined.append(DateSpan(span.first, span.last, span.day, span.until, is_end=bool(_STRONG_END.search(gap))))
    return joined


def _end_after(start: date | None, end: date | None, words: str) -> date | None:
    """The end that follows the start: the next such weekday or day of the year where no year is named."""
    if start is None or end is None or end > start:
        return end if start else None
    if re.fullmatch(rf"(?:on )?(?:{_WEEKDAY}|{_SHORT_WEEKDAY})", words):
        return end + timedelta(days=7 * ((start - end).days // 7 + 1))
    if re.search(r"\d{4}", words) or (end.month, end.day) == (2, 29):
        return None
    again = end.replace(year=start.year)
    return again if again > start else again.replace(year=start.year + 1)


def _range_in_month(match: re.Match[str], today: date) -> tuple[date | None, date | None]:
    month, year = match["month"], match["year"] or ""
    start = _resolve(f"{match['a']} {month}{year}", today)
    if start is None:
        return None, None
    end = _resolve(f"{match['b']} {month} {start.year}", today)
    return start, end if end and end > start else None


def _resolve(phrase: str, today: date) -> date | None:
    """The day that a phrase of `_FULL_DAY` means, None if there is no such day or it has two readings."""
    words = re.sub(r"(?:^| )(?:on|the|of|,|'|time)(?= |$)", " ", phrase)
    words = " ".join(words.split())
    if numeric := re.fullmatch(r"(\d{1,2})(?:[/.]| / )(\d{1,2})(?:[/.](\d{2,4}))?", words):
        return _numeric(numeric, today)
    if words in _HOLIDAYS:
        words = _HOLIDAYS[words]
    if "weekend" in words:
        saturday = _parse("saturday", today) if today.weekday() != 5 else today
        return saturday + timedelta(days=7) if saturday and "next" in words else saturday
    if re.search(r"\b(?:morning|afternoon|evening)\b", words) or words == "tonight":
        return today
    if offset := re.fullmatch(rf"({_COUNT}) ({_UNIT}) (?:from|after|on) (.+)", words):
        base = today if offset[3] in ("now", "today") else _resolve(offset[3], today)
        return _parse(f"in {_count(offset[1])} {_plain_unit(offset[2])}", base) if base else None
    if offset := re.fullmatch(rf"in ({_COUNT})(?: -)? ({_UNIT})'?", words):
        return _parse(f"in {_count(offset[1])} {_plain_unit(offset[2])}", today) if _count(offset[1]) else None
    if week := re.fullmatch(rf"(?:a )?(?:week (today|tomorrow)|({_WEEKDAY}) (?:next )?week)", words):
        base = _parse(week[1] or week[2], today)
        return base + timedelta(days=7) if base else None
    if monthday := re.fullmatch(r"(\d{1,2})\w* (this|next) month", words):
        base = (
            today.replace(day=1)
            if monthday[2] == "this"
            else (today.replace(day=28) + timedelta(days=4)).replace(day=1)
        )
        return _replace_day(base, int(monthday[1]))
    if last := re.fullmatch(rf"(?:last|past) ({_WEEKDAY}|{_SHORT_WEEKDAY})", words):
        day = _parse(last[1], today - timedelta(days=7))
        return day - timedelta(days=7) if day and day >= today else day
    words = re.sub(
        r"\b(?:this|coming|following|next) (?=(?:this|coming|next|following|mon|tue|wed|thu|fri|sat|sun))", "", words
    )
    words = re.sub(rf"^(?:{_WEEKDAY}|{_SHORT_WEEKDAY})(?: ,)? (?=\S*\d|{_MONTH} )", "", words)
    day = _parse(words, today)
    if day and day < today and not re.search(r"\d{4}|yesterday", words):
        day = _parse(f"{words} {today.year + 1}", today)
    return day


def _numeric(match: re.Match[str], today: date) -> date | None:
    """3/5 may be May or March: only a pair with one reading is taken."""
    first, second = int(match[1]), int(match[2])
    if first <= 12 and second <= 12 and first != second:
        return None
    day, month = (first, second) if second <= 12 else (second, first)
    year = int(match[3]) if match[3] else today.year
    try:
        named = date(year + 2000 if year < 100 else year, month, day)
        return named if match[3] or named >= today else named.replace(year=year + 1)
    except ValueError:
        return None


def _next_monthday(phrase: str, today: date) -> date | None:
    """The next day with that number, e.g. `the 12th`."""
    number = int(re.sub(r"\D", "", phrase))
    month = today.replace(day=1)
    for _ in range(3):
        day = _replace_day(month, number)
        if day and day >= today:
            return day
        month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    return None


def _replace_day(month: date, number: int) -> date | None:
    try:
        return month.replace(day=number)
    except ValueError:
        return None


def _count(words: str) -> int:
    """How many; 0 for a vague number."""
    in_words = {"a": 1, "an": 1, "a couple of": 2, "a few": 0}
    return in_words[words] if words in in_words else int(words)


def _plain_unit(unit: str) -> str:
    return "fortnights" if unit.startswith("fortnight") else unit


@lru_cache(maxsize=512)
def _parse(phrase: str, today: date) -> date | None:
    import dateparser

    settings = {
        "PREFER_DATES_FROM": "future",
        "RELATIVE_BASE": datetime(today.year, today.month, today.day),  # noqa: DTZ001 - the library wants it naive
        "DATE_ORDER": "DMY",
        "REQUIRE_PARTS": ["day"] if re.search(_MONTH, phrase) else [],
    }
    found = dateparser.parse(phrase, languages=["en"], settings=settings)
    return found.date() if found else None
