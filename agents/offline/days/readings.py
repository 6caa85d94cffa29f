"""The phrases about days that a text has, and the reader of each shape."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from agents.offline.days import dated, relative
from agents.offline.days.meaning import NO_SINGLE_DAY, NO_SUCH_DAY, Parts, Reading
from agents.offline.days.shapes import ANY_SHAPE, PARTS

_LETTERS_IN_SIGHT = 40


@dataclass(frozen=True)
class Phrase:
    """A phrase of one shape inside a text: letters `start` to before `end`."""

    shape: str
    plain: str
    start: int
    end: int

    @property
    def parts(self) -> Parts:
        """Return the named parts that are not empty. A number at the end of a name only tells alternatives apart."""
        # Some shapes look at the words around them, so the whole text is searched and some of what follows is in sight.
        match = PARTS[self.shape].match(self.plain, self.start, self.end + _LETTERS_IN_SIGHT)
        if match is None:
            return {}
        return {name.rstrip("0123456789"): words for name, words in match.groupdict().items() if words}


def read_phrase(phrase: Phrase, today: date) -> Reading:
    """Return the meaning of a phrase. One that leaves out the year, month or week means the next such day."""
    parts = phrase.parts
    anchor = read_words(parts["anchor"], today) if phrase.shape in _ANCHORED and "anchor" in parts else Reading(today)
    if anchor.day is None:
        return anchor
    try:
        return _READERS[phrase.shape](parts, anchor.day)
    except OverflowError:
        # Past the last day of the calendar, as in `in 9999 months`.
        return NO_SUCH_DAY


def read_words(words: str, today: date) -> Reading:
    """Return the meaning of words that are one phrase as a whole."""
    if words == "now":
        return Reading(today)
    # An ordinal alone needs the word that mostly stands before it.
    for plain in (words, f"the {words}"):
        match = ANY_SHAPE.match(plain)
        if match and match.lastgroup and match.end() == len(plain):
            return read_phrase(Phrase(match.lastgroup, plain, match.start(), match.end()), today)
    return NO_SINGLE_DAY


_ANCHORED = ("offset", "beside", "weekend_of")
"""Shapes that count from a day which they name."""
_READERS: dict[str, Callable[[Parts, date], Reading]] = {
    "days_of_month": dated.of_days_of_month,
    "month_days": dated.of_days_of_month,
    "ordinals": dated.of_ordinals,
    "offset": relative.of_offset,
    "beside": relative.of_beside,
    "week_of": relative.of_vague,
    "weekend_of": relative.of_weekend_of,
    "weekend": relative.of_weekend,
    "several_units": relative.of_vague,
    "about": relative.of_vague,
    "nth": relative.of_nth,
    "iso": dated.of_iso,
    "numeric": dated.of_numbers,
    "dotted_pair": dated.of_numbers,
    "pair": dated.of_numbers,
    "day_month": dated.of_date,
    "month_day": dated.of_date,
    "day_of_near_month": dated.of_day_of_near_month,
    "holiday": dated.of_holiday,
    "near": relative.of_near,
    "weekday_of_next_week": relative.of_weekday_of_next_week,
    "weekday_and_number": dated.of_weekday_and_number,
    "weekday_after_next": relative.of_weekday_after_next,
    "weekday": relative.of_weekday,
    "next_week": relative.of_next_week,
    "month_part": relative.of_vague,
    "months": relative.of_vague,
    "month": dated.of_month,
    "season": relative.of_vague,
    "some_time": relative.of_vague,
    "monthday": dated.of_monthday,
}
