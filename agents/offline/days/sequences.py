"""Stays one after the other: `Paris for 3 nights, then Rome for 2` begins in Rome when Paris ends."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from agents.offline.days.stays import UnclearDay, UnclearLength
from agents.offline.message import ParsedMessage, PartialRequest, Slots
from agents.offline.patterns import any_of
from agents.offline.places import Place, find_loose_place
from agents.offline.spans import DateSpan, LengthSpan
from agents.tools import LENGTH_OF_TOOL
from domain.trip.requests import assumed_date

_IN_ORDER = re.compile(
    r"\b"
    + any_of("then, followed by, after that, after which, afterwards, and next, before going on to, on to")
    + r"\b"
)
_JOINTS = ("then", "and", ",", "followed", "after", "plus", "&", "by", "that")
# More of them than that are too many to book.
_MOST_STAYS = 10
# `Another one in Florence` leaves open when; it may be for somebody else.
_ANOTHER = re.compile(r"\banother\b")


def says_order(words: str) -> bool:
    """Return whether the words say that one thing comes after the other."""
    return bool(_IN_ORDER.search(words))


def _with_days_of(stays: Sequence[PartialRequest], dates: Sequence[DateSpan]) -> tuple[list[PartialRequest], bool]:
    """Return the stays with a day for each of them if as many are named, and whether that is so."""
    starts = [span for span in dates if not span.is_end and span.day]
    if len(starts) != len(stays):
        return list(stays), False
    dated = [replace(stay, day=span.day, unclear_day=None) for stay, span in zip(stays, starts, strict=True)]
    return dated, True


def in_sequence(
    stays: Sequence[PartialRequest], names_day: Sequence[bool], today: date, *, follow: bool
) -> list[PartialRequest]:
    """Return the stays, of which those without a day of their own begin when the one before ends.

    That is so where they `follow` each other by what was said, or where the day of the first one is named: nobody
    sleeps in two towns at once.
    """
    result: list[PartialRequest] = []
    for stay, has_day in zip(stays, names_day, strict=True):
        before = result[-1] if result else None
        if before and not has_day and _may_follow(before, stay) and (follow or before.day or before.unclear_day):
            if before.length is None and not before.unclear_length:
                result[-1] = replace(before, unclear_length=UnclearLength("no_single_length"))
            stay = _following(before, stay, today)
        result.append(stay)
    return result


def _may_follow(before: PartialRequest, stay: PartialRequest) -> bool:
    is_stay = LENGTH_OF_TOOL[stay.tool] == "nights"
    return is_stay and stay.tool == before.tool and stay.destination != before.destination


def _following(before: PartialRequest, stay: PartialRequest, today: date) -> PartialRequest:
    if before.unclear_day or before.length is None:
        # It cannot be counted from the first one yet.
        return replace(stay, day=None, unclear_day=UnclearDay("no_single_day", follows=True))
    first = before.day or assumed_date(today)
    return replace(stay, day=first + timedelta(days=before.length), unclear_day=None)


def stays_in(
    message: ParsedMessage, request: PartialRequest, places: Sequence[str], slots: Slots
) -> list[PartialRequest]:
    """Return a request for each place with its own length or its own days, one after the other."""
    stays = [
        replace(_with_length_of(request, span), destination=name, unclear_length=None, several_places=())
        for name, span in zip(places, _spans_of_stays(slots), strict=True)
    ]
    dated, has_days = _with_days_of(stays, slots.dates)
    return in_sequence(
        dated, [True] + [has_days] * (len(dated) - 1), message.today, follow=not _ANOTHER.search(message.text.plain)
    )


def places_of_lengths(message: ParsedMessage, first: int, last: int, slots: Slots) -> list[str]:
    """Return a place for each of several lengths or ranges of days, before or after it.

    `Paris for 3 nights, then Rome for 2` has two, and so has `Rome 5-8 May then Florence 8-10 May`.
    """
    spans = _spans_of_stays(slots)
    if not 1 < len(spans) <= _MOST_STAYS:
        return []
    before = pairwise([first, *(span.last for span in spans)])
    after = pairwise([*(span.first for span in spans), last])
    for stretches in (before, after):
        names = [_place_in(message, start, end) for start, end in stretches]
        if len(set(names)) == len(spans) and None not in names:
            return [name for name in names if name]
    return []


def _spans_of_stays(slots: Slots) -> Sequence[LengthSpan | DateSpan]:
    """Return the lengths or else the ranges of days, none if one of them is not clear."""
    if slots.lengths:
        return slots.lengths if all(span.value is not None for span in slots.lengths) else ()
    return slots.dates if all(span.day and span.until for span in slots.dates) else ()


def _with_length_of(request: PartialRequest, span: LengthSpan | DateSpan) -> PartialRequest:
    match span:
        case LengthSpan():
            return replace(request, length=span.value)
        case DateSpan(day=first, until=last) if first and last and LENGTH_OF_TOOL[request.tool]:
            return replace(request, length=(last - first).days, length_unit="nights")
        case DateSpan():
            return request


def _place_in(message: ParsedMessage, first: int, last: int) -> str | None:
    places = message.slots(first, last).places
    place = places[0] if places else find_place_alone(message, first, last)
    return place.name if place else None


def find_place_alone(message: ParsedMessage, first: int, last: int) -> Place | None:
    """Return a place that no word leads to but those which join stays, as in `then Rome`."""
    while first < last and message.text.tokens[first].low in _JOINTS:
        first += 1
    return find_loose_place(message.names, first, last, frozenset()) if first < last else None
