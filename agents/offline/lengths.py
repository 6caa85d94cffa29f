"""Lengths of stay that a message names: `5 nights`, `a fortnight`, `a week and two days`, `a long weekend`."""

import re
from collections.abc import Set

from agents.offline.patterns import any_of
from agents.offline.spans import LengthSpan, Unit
from agents.offline.tokens import Text

_DAYS_IN = {
    "night": 1,
    "nite": 1,
    "nt": 1,
    "day": 1,
    "week": 7,
    "wk": 7,
    "fortnight": 14,
    "month": 30,
    "weekend": 2,
    "year": 365,
}
_DAYS_OF_LONG_WEEKEND = 3
_COUNT = any_of(
    r"(?:minus |negative )?-?\d+(?:[.,]\d+)?",
    "an, a(?: good| whole| full)? (?:couple(?: of)?|dozen|few|half), half a dozen, half an?, a, the, couple(?: of)?",
    r"several, some, a few, few, (?:\d+ and )?(?:a )?half(?: a)?",
)
_FILLER = any_of(
    "-, more, full, whole, entire, consecutive, short, long, glorious, lovely, relaxing, nice, extra, business",
    "working, different, straight, wonderful, solid, quick, little, romantic, sunny, quiet, restful, blissful, magical",
    "wild, or so",
)
_UNIT = any_of("night, nite, nt, day, week, wk, fortnight, month, weekend") + "s?"
_FILLERS = rf"(?P<filler>(?: {_FILLER}){{0,4}})"
_LENGTH = re.compile(
    rf"(?<!\S)(?P<count>{_COUNT}){_FILLERS} (?P<unit>{_UNIT})(?P<more>(?: and (?:a )?half)?)(?!\S)(?! trip)"
)
_DAY_TRIP = re.compile(rf"(?<!\S)(?P<count>\d+|the){_FILLERS} (?P<unit>{_UNIT})(?P<more>)(?= trip)")
_WEEK_TRIP = re.compile(
    rf"(?<!\S)(?P<count>an?){_FILLERS} (?P<unit>(?:week|fortnight|weekend|month)s?)(?P<more>)(?= trip)"
)
_BETWEEN = re.compile(rf"(?<!\S)(?:between )?\d+ (?:-|to|or|and) \d+(?: -)? (?P<unit>{_UNIT})(?!\S)")
_OR_SO = re.compile(rf"(?<!\S)(?:an?|\d+) (?P<unit>{_UNIT}) or (?:2|3|4|5|6|so many|more)(?!\S)")
_WORDS = re.compile(
    r"(?<!\S)"
    + any_of(
        "overnight, week-?long, month-?long, weeklong, week - long, month - long, for (?:one )?years?",
        r"for (?:\d+|a) years?, (?:a |the )?(?:long )?weekend",
    )
    + r"(?!\S)"
)
_RATE = re.compile(r"(?:[$€£]|\d|dollars?|euros?|pounds?|usd|per|each|every|times|bucks) $")
"""Words that make `a night` a rate: `100 euros a night`."""
_LONGEST_RATE = len("dollars ")
_SIGNED = re.compile(r"(?:minus|negative) (\S+)")
_DECIMAL = re.compile(r"-?\d+(?:[.,]\d+)?")
_HALF = re.compile(r"(?:(\d+) and )?(?:a )?half(?: an?)?|a half")
_DIGITS = re.compile(r"\d+")


def find_lengths(text: Text, taken: Set[int]) -> list[LengthSpan]:
    """Return every length in the message, in order; `taken` are tokens that already mean something else."""
    spans: dict[int, LengthSpan] = {}
    used = set(taken)

    def keep(match: re.Match[str], value: int | None, unit: Unit) -> None:
        first, last = text.index_at(match.start()), text.index_at(match.end() - 1) + 1
        if used.isdisjoint(range(first, last)):
            used.update(range(first, last))
            spans[first] = LengthSpan(first, last, value, unit)

    # What leaves the length open comes first: `5 or 6 nights` must not be read as 6 nights.
    for pattern in (_BETWEEN, _OR_SO):
        for match in pattern.finditer(text.plain):
            keep(match, None, _unit(match["unit"]))
    for pattern in (_LENGTH, _DAY_TRIP, _WEEK_TRIP):
        for match in pattern.finditer(text.plain):
            if match["count"] in ("a", "an") and _is_rate(text.plain, match.start()):
                continue
            keep(match, _value(match), _unit(match["unit"]))
    for match in _WORDS.finditer(text.plain):
        keep(match, _value_of_words(match.group()), "any")
    return _summed(text, [spans[first] for first in sorted(spans)])


def _is_rate(plain: str, start: int) -> bool:
    return bool(_RATE.search(plain, max(0, start - _LONGEST_RATE), start))


def _summed(text: Text, spans: list[LengthSpan]) -> list[LengthSpan]:
    """Add up `a week and two days`; `6 nights and 7 days` are left as two."""
    summed: list[LengthSpan] = []
    for span in spans:
        before = summed[-1] if summed else None
        if before and _adds_to(text, before, span):
            summed[-1] = LengthSpan(before.first, span.last, _sum(before.value, span.value), span.unit)
        else:
            summed.append(span)
    return summed


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second


def _adds_to(text: Text, before: LengthSpan, span: LengthSpan) -> bool:
    # Days or nights after weeks; the other way round nobody speaks.
    if before.unit != "any" or span.unit == "any":
        return False
    return text.words(before.last, span.first) in ("and", "", ",", "plus")


def _value(match: re.Match[str]) -> int | None:
    """Return the days or nights of a length, None if that is no whole number."""
    number = _number(match["count"])
    if number is None:
        return None
    unit = match["unit"].rstrip("s")
    is_long_weekend = unit == "weekend" and " long" in match["filler"]
    days = _DAYS_OF_LONG_WEEKEND if is_long_weekend else _DAYS_IN[unit]
    if match["more"]:
        number += 0.5
    total = number * days
    return int(total) if total == int(total) else None


def _number(count: str) -> float | None:
    if signed := _SIGNED.fullmatch(count):
        return -float(signed[1].replace(",", "."))
    if _DECIMAL.fullmatch(count):
        return float(count.replace(",", "."))
    if half := _HALF.fullmatch(count):
        return float(half[1] or 0) + 0.5
    if "couple" in count:
        return 2
    if "dozen" in count:
        return 6 if count.startswith("half") else 12
    return 1 if count in ("a", "an", "the") else None


def _value_of_words(words: str) -> int:
    if "weekend" in words:
        return _DAYS_OF_LONG_WEEKEND if "long" in words else _DAYS_IN["weekend"]
    for unit in ("week", "month"):
        if unit in words:
            return _DAYS_IN[unit]
    if "year" in words:
        years = _DIGITS.search(words)
        return _DAYS_IN["year"] * int(years.group() if years else 1)
    # `overnight`
    return 1


def _unit(word: str) -> Unit:
    if word.startswith("day"):
        return "days"
    return "nights" if word.startswith(("night", "nite", "nt")) else "any"
