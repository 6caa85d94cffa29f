"""Stays one after the other: `Paris for 3 nights, then Rome for 2` begins in Rome when Paris ends."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from agents.offline.days.stays import UnclearDay, UnclearLength
from agents.offline.message import ParsedMessage, PartialRequest, Slots
from agents.offline.patterns import any_of
from agents.offline.places import find_loose_place
from agents.offline.spans import DateSpan
from agents.tools import LENGTH_OF_TOOL
from domain.trip.requests import assumed_date

_IN_ORDER = re.compile(
    r"\b"
    + any_of("then, followed by, after that, after which, afterwards, and next, before going on to, on to")
    + r"\b"
)
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
    """Return a request for each place with its own length, one after the other."""
    stays = [
        replace(request, destination=name, length=span.value, unclear_length=None, several_places=())
        for name, span in zip(places, slots.lengths, strict=True)
    ]
    dated, has_days = _with_days_of(stays, slots.dates)
    return in_sequence(
        dated, [True] + [has_days] * (len(dated) - 1), message.today, follow=not _ANOTHER.search(message.text.plain)
    )


def places_of_lengths(message: ParsedMessage, first: int, last: int, slots: Slots) -> list[str]:
    """Return a place for each of several lengths, before or after it: `Paris for 3 nights, then Rome for 2`."""
    lengths = slots.lengths
    if len(lengths) < 2 or any(span.value is None for span in lengths):
        return []
    before = pairwise([first, *(span.last for span in lengths)])
    after = pairwise([*(span.first for span in lengths), last])
    for stretches in (before, after):
        names = [_place_in(message, start, end) for start, end in stretches]
        if len(set(names)) == len(lengths) and None not in names:
            return [name for name in names if name]
    return []


def _place_in(message: ParsedMessage, first: int, last: int) -> str | None:
    places = message.slots(first, last).places
    place = places[0] if places else find_loose_place(message.names, first, last, frozenset())
    return place.name if place else None
