"""The choice between days that we asked about: `the first`, `the Saturday`, `5 June`, `the one in June`."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from agents.offline.dates import find_dates
from agents.offline.days.words import MONTH, MONTHS
from agents.offline.patterns import any_of
from agents.offline.tokens import Text
from domain.conversation.turn import OpenDay

_LEAD = any_of(
    "the, on, i mean, i meant, make it, let's say, ok, okay, yes, yeah, um, well, please, sorry, it's, is, ,"
)
_TAIL = any_of("1, date, day, option, of those, of the 2, please, thanks, then, is right, is fine, it is, works, [.!,]")
_PLACES: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(rf"^(?:{_LEAD} ){{0,5}}(?:{words})(?: {_TAIL}){{0,3}}$"), place)
    for words, place in (
        ("1st(?! of)|former|number 1|option 1", 0),
        ("2nd(?! of)|latter|number 2|option 2", 1),
        ("last", -1),
    )
)
_EARLIER = re.compile(rf"^(?:{_LEAD} ){{0,5}}(?:earlier|earliest|sooner|soonest)(?: {_TAIL}){{0,3}}$")
_LATER = re.compile(rf"^(?:{_LEAD} ){{0,5}}(?:later|latest)(?: {_TAIL}){{0,3}}$")
_MONTH_ALONE = re.compile(rf"^(?:(?:{_LEAD}|in|one in|that in) ){{0,5}}(?P<month>{MONTH})(?: {_TAIL}){{0,3}}$")
_DAY = timedelta(days=1)


def chosen_day(text: Text, open_day: OpenDay | None) -> date | None:
    """Return the one of the days that the message chooses; None if it chooses none, or leaves several."""
    if open_day is None:
        return None
    return _day_in_month(text, open_day.month) if open_day.month else _one_of(text, open_day.readings)


def _day_in_month(text: Text, month: date) -> date | None:
    """Return the day that the message names by its number, in the month that was named before."""
    spans = [span for span in find_dates(text, month) if not span.is_end]
    day = spans[0].day if spans and spans[0].is_open else None
    return day if day and (day.year, day.month) == (month.year, month.month) else None


def _one_of(text: Text, readings: Sequence[date]) -> date | None:
    if not readings:
        return None
    chosen = {day for day in readings if _names(text, day)}
    for pattern, place in _PLACES:
        if pattern.match(text.plain):
            chosen.add(readings[place])
    if _EARLIER.match(text.plain):
        chosen.add(min(readings))
    if _LATER.match(text.plain):
        chosen.add(max(readings))
    if match := _MONTH_ALONE.match(text.plain):
        chosen |= {day for day in readings if day.month == MONTHS[match["month"]]}
    return chosen.pop() if len(chosen) == 1 else None


def _names(text: Text, day: date) -> bool:
    """Return whether the message names this day, perhaps without its year or month."""
    # Seen from the day before, it is the next such day.
    spans = [span for span in find_dates(text, day - _DAY) if not span.is_end]
    return len(spans) == 1 and spans[0].is_open and spans[0].day == day
