"""Lengths of stay that a message names: `5 nights`, `a fortnight`, `a week and two days`, `a long weekend`."""

import re
from collections.abc import Set

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
_COUNT = (
    r"(?:(?:minus |negative )?-?\d+(?:[.,]\d+)?|an|a(?: good| whole| full)? (?:couple(?: of)?|dozen|few|"
    r"half)|half a dozen|half an?|a|the|couple(?: of)?|"
    r"several|some|a few|few|(?:\d+ and )?(?:a )?half(?: a)?)"
)
_FILLER = (
    r"(?:-|more|full|whole|entire|consecutive|short|long|glorious|lovely|relaxing|nice|extra|business|"
    r"working|different|"
    r"straight|wonderful|solid|quick|little|romantic|sunny|quiet|restful|blissful|magical|wild|or so)"
)
_UNIT = r"(?:night|nite|nt|day|week|wk|fortnight|month|weekend)s?"
_LENGTH = re.compile(
    rf"(?<!\S)(?P<count>{_COUNT})(?P<filler>(?: {_FILLER})*) (?P<unit>{_UNIT})(?P<more>(?: and (?:a "
    rf")?half)?)(?!\S)(?! trip)"
)
_DAY_TRIP = re.compile(rf"(?<!\S)(?P<count>\d+|the)(?P<filler>(?: {_FILLER})*) (?P<unit>{_UNIT})(?P<more>)(?= trip)")
_WEEK_TRIP = re.compile(
    rf"(?<!\S)(?P<count>an?)(?P<filler>(?: {_FILLER})*) (?P<unit>(?:week|fortnight|weekend|month)s?)(?P<more>)(?= trip)"
)
_BETWEEN = re.compile(rf"(?<!\S)(?:between )?\d+ (?:-|to|or|and) \d+(?: -)? (?P<unit>{_UNIT})(?!\S)")
_OR_SO = re.compile(rf"(?<!\S)(?:an?|\d+) (?P<unit>{_UNIT}) or (?:2|3|4|5|6|so many|more)(?!\S)")
_WORDS = re.compile(
    r"(?<!\S)(?:overnight|week-?long|month-?long|weeklong|week - long|month - long|for (?:one )?years?|"
    r"for (?:\d+|a) years?|"
    r"(?:a |the )?(?:long )?weekend)(?!\S)"
)
_RATE = re.compile(r"(?:[$€£]|\d|dollars?|euros?|pounds?|usd|per|each|every|times|bucks) $")


def find_lengths(text: Text, taken: Set[int]) -> list[LengthSpan]:
    """Every length in the message, in order; `taken` are tokens that already mean something else."""
    found: dict[int, LengthSpan] = {}
    used = set(taken)

    def keep(match: re.Match[str], value: int | None, unit: Unit) -> None:
        first, last = text.index_at(match.start()), text.index_at(match.end() - 1) + 1
        if used.isdisjoint(range(first, last)):
            used.update(range(first, last))
            found[first] = LengthSpan(first, last, value, unit)

    for pattern in (_BETWEEN, _OR_SO):
        for match in pattern.finditer(text.plain):
            keep(match, None, _unit(match["unit"]))
    for pattern in (_LENGTH, _DAY_TRIP, _WEEK_TRIP):
        for match in pattern.finditer(text.plain):
            if match["count"] in ("a", "an") and _RATE.search(text.plain[: match.start()]):
                continue
            keep(match, _value(match), _unit(match["unit"]))
    for match in _WORDS.finditer(text.plain):
        keep(match, _value_of_words(match.group()), "any")
    return _summed(text, [found[first] for first in sorted(found)])


def _summed(text: Text, spans: list[LengthSpan]) -> list[LengthSpan]:
    """Add up `a week and two days`; `6 nights and 7 days` stay two."""
    summed: list[LengthSpan] = []
    for span in spans:
        before = summed[-1] if summed else None
        gap = text.lows(before.last, span.first) if before else ""
        if before and before.unit == "any" and span.unit != "any" and gap in ("and", "", ",", "plus"):
            total = None if before.value is None or span.value is None else before.value + span.value
            summed[-1] = LengthSpan(before.first, span.last, total, span.unit)
        else:
            summed.append(span)
    return summed


def _value(match: re.Match[str]) -> int | None:
    count, unit = match["count"], match["unit"].rstrip("s")
    days = _DAYS_IN[unit]
    if unit == "weekend":
        days = 3 if " long" in match["filler"] else 2
    number = _number(count)
    if number is None:
        return None
    total = (number + (0.5 if match["more"] else 0)) * days
    return int(total) if total == int(total) else None


def _number(count: str) -> float | None:
    if signed := re.fullmatch(r"(?:minus|negative) (\S+)", count):
        return -float(signed[1].replace(",", "."))
    if re.fullmatch(r"-?\d+(?:[.,]\d+)?", count):
        return float(count.replace(",", "."))
    if half := re.fullmatch(r"(?:(\d+) and )?(?:a )?half(?: an?)?|a half", count):
        return float(half[1] or 0) + 0.5
    if "couple" in count:
        return 2
    if "dozen" in count:
        return 6 if count.startswith("half") else 12
    return 1 if count in ("a", "an", "the") else None


def _value_of_words(words: str) -> int | None:
    if "weekend" in words:
        return 3 if "long" in words else 2
    if "week" in words:
        return 7
    if "month" in words:
        return 30
    if "year" in words:
        years = re.search(r"\d+", words)
        return 365 * int(years.group() if years else 1)
    return 1


def _unit(word: str) -> Unit:
    if word.startswith("day"):
        return "days"
    return "nights" if word.startswith(("night", "nite", "nt")) else "any"
