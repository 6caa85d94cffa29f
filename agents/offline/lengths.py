"""Lengths of stay that a message names: `5 nights`, `a fortnight`, `a week and two days`, `a long weekend`."""

import re
from bisect import bisect_left
from collections.abc import Set
from itertools import chain

from agents.offline.days.length_words import (
    BARE_AFTER_PLACE,
    BARE_BEFORE_PLACE,
    CORRECTION,
    DAY_TRIP,
    DAYS_IN,
    DAYS_OF_LONG_WEEKEND,
    DECIMAL,
    DIGITS,
    HALF,
    LENGTH,
    LONGEST_RATE,
    RATE,
    SIGNED,
    SPOKEN,
    UNCLEAR,
    WEEK_TRIP,
)
from agents.offline.spans import LengthSpan, Unit
from agents.offline.tokens import Text

_BARE_NUMBERS = (BARE_AFTER_PLACE, BARE_BEFORE_PLACE, CORRECTION)


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
    for pattern in UNCLEAR:
        for match in pattern.finditer(text.plain):
            keep(match, None, _unit(match["unit"]))
    for pattern in (LENGTH, DAY_TRIP, WEEK_TRIP):
        for match in pattern.finditer(text.plain):
            if match["count"] in ("a", "an") and _is_rate(text.plain, match.start()):
                continue
            keep(match, _value(match), _unit(match["unit"]))
    for match in SPOKEN.finditer(text.plain):
        keep(match, _value_of_words(match.group()), "any")
    in_order = [spans[first] for first in sorted(spans)]
    return _summed(text, _with_bare_numbers(text, in_order, used))


def _with_bare_numbers(text: Text, spans: list[LengthSpan], used: Set[int]) -> list[LengthSpan]:
    """Add lengths whose unit was said before: `Paris for 3 nights, then Rome for 2`."""
    if not spans:
        return spans
    starts = [span.first for span in spans]
    bare: list[LengthSpan] = []
    for match in chain.from_iterable(pattern.finditer(text.plain) for pattern in _BARE_NUMBERS):
        first = text.index_at(match.start("number"))
        # In small letters a place needs a word before it that points to one.
        parts = match.groupdict()
        # In small letters a place needs a word before it that points to one.
        names_place = parts.get("order") or parts.get("more") or _is_capital_at(text, match, "place")
        number_before = bisect_left(starts, first) - 1
        if names_place and number_before >= 0 and first not in used:
            bare.append(LengthSpan(first, first + 1, int(match["number"]), spans[number_before].unit))
    return sorted([*spans, *bare], key=lambda span: span.first)


def _is_capital_at(text: Text, match: re.Match[str], part: str) -> bool:
    """Return whether a part of the match is capitalised; a pattern without that part asks for no capital."""
    return part not in match.re.groupindex or text.tokens[text.index_at(match.start(part))].is_capital


def _is_rate(plain: str, start: int) -> bool:
    return bool(RATE.search(plain, max(0, start - LONGEST_RATE), start))


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
    days = DAYS_OF_LONG_WEEKEND if is_long_weekend else DAYS_IN[unit]
    if match["more"]:
        number += 0.5
    total = number * days
    return int(total) if total == int(total) else None


def _number(count: str) -> float | None:
    if signed := SIGNED.fullmatch(count):
        return -float(signed[1].replace(",", "."))
    if DECIMAL.fullmatch(count):
        return float(count.replace(",", "."))
    if half := HALF.fullmatch(count):
        return float(half[1] or 0) + 0.5
    if "couple" in count:
        return 2
    if "dozen" in count:
        return 6 if count.startswith("half") else 12
    return 1 if count in ("a", "an", "the") else None


def _value_of_words(words: str) -> int:
    if "weekend" in words:
        return DAYS_OF_LONG_WEEKEND if "long" in words else DAYS_IN["weekend"]
    for unit in ("week", "month"):
        if unit in words:
            return DAYS_IN[unit]
    if "year" in words:
        years = DIGITS.search(words)
        return DAYS_IN["year"] * int(years.group() if years else 1)
    # `overnight`
    return 1


def _unit(word: str) -> Unit:
    if word.startswith("day"):
        return "days"
    return "nights" if word.startswith(("night", "nite", "nt")) else "any"
