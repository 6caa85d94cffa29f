"""A message taken apart once, with the places, lengths and days that a part of it names."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeVar

from agents.offline.clauses import Clause, read_clauses
from agents.offline.dates import find_dates
from agents.offline.days.stays import UnclearDay, UnclearLength, agrees, first_start, said_length
from agents.offline.lengths import find_lengths
from agents.offline.lexicon import words as word_set
from agents.offline.names import Names
from agents.offline.nouns import Mention, find_mentions
from agents.offline.places import Place, find_loose_place, find_places, find_unknown_answer
from agents.offline.spans import DateSpan, LengthSpan, Unit
from agents.offline.tokens import Text, tokenise
from agents.tools import LENGTH_OF_TOOL
from domain.components import ToolName

_BEFORE_BARE_PLACE = word_set(
    "let's let us say i'd i would go with make it that it's is how what about maybe perhaps ok okay then so well hmm",
    "um uh yes please sorry i meant mean actually no rather and the answer would be like want to prefer choose",
    "probably definitely just oh oops whoops should my mistake bad said , -",
)
_SUBJECT_LINE = re.compile(r"\A\s*(?:subject|re|fwd?)\s*:[^\n.]*+[\n.]+(?=\s*+\S)", re.IGNORECASE)
"""The first line of an e-mail, which only names what the rest asks for."""
# More words than that are a sentence about something else.
_LONGEST_BARE_PLACE = 8
_Span = TypeVar("_Span", DateSpan, LengthSpan)


@dataclass(frozen=True)
class PartialRequest:
    """One thing to book, with None for what was not said.

    `unclear_day` and `unclear_length` say why what was said is asked about. `several_places` are places to choose from.
    """

    tool: ToolName
    destination: str | None = None
    length: int | None = None
    length_unit: Unit = "any"
    """The unit in which the length was said."""
    day: date | None = None
    unclear_day: UnclearDay | None = None
    unclear_length: UnclearLength | None = None
    several_places: tuple[str, ...] = ()
    is_only_going: bool = False
    """Only going somewhere was said, which gives way to anything that is named as to be booked."""
    extra: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    """The optional arguments that were said."""

    @property
    def is_unclear(self) -> bool:
        return bool(self.several_places or self.unclear_day or self.unclear_length)

    def arguments(self) -> dict[str, str | int]:
        """Return the arguments of the tool as far as they were said."""
        arguments: dict[str, str | int] = {}
        if self.destination:
            arguments["destination"] = self.destination
        unit = LENGTH_OF_TOOL[self.tool]
        if unit and self.length is not None:
            arguments[unit] = self.length
        if self.day:
            arguments["date"] = self.day.isoformat()
        return {**arguments, **self.extra}


@dataclass(frozen=True)
class Slots:
    """The places, lengths and dates that some words name besides the thing to book; the surest place comes first."""

    places: tuple[Place, ...]
    lengths: tuple[LengthSpan, ...]
    dates: tuple[DateSpan, ...]

    @property
    def empty(self) -> bool:
        return not (self.places or self.lengths or self.dates)


class ParsedMessage:
    """A message, taken apart once."""

    def __init__(self, source: str, today: date) -> None:
        self.text: Text = tokenise(_SUBJECT_LINE.sub("", source))
        self.today = today
        # Dates first: the 3 in `3 nights` is free, but the one in `3 May` is not.
        self.dates = find_dates(self.text, today)
        dated = _tokens_of(self.dates)
        self.lengths = find_lengths(self.text, dated)
        self.taken = dated | _tokens_of(self.lengths)
        self.names = Names(self.text, self.taken)
        self.clauses: list[Clause] = read_clauses(self.text)
        # Kept, because a clause is asked several times, also by later ones that point back to it.
        self._mentions: dict[int, list[Mention]] = {}

    def words(self, clause: Clause) -> str:
        return self.text.words(clause.first, clause.last)

    def mentions(self, clause: Clause) -> list[Mention]:
        """Return the things to book that a clause names, in order."""
        if clause.first not in self._mentions:
            self._mentions[clause.first] = find_mentions(self.text, clause.first, clause.last, self.taken)
        return self._mentions[clause.first]

    def slots(self, first: int, last: int) -> Slots:
        """Return the places, lengths and dates that a range of tokens names."""
        places = find_places(self.names, first, last)
        return Slots(
            tuple(sorted(places, key=lambda place: (place.rank, place.first))),
            _spans_in(self.lengths, first, last),
            _spans_in(self.dates, first, last),
        )


def _spans_in(spans: Sequence[_Span], first: int, last: int) -> tuple[_Span, ...]:
    """Return the spans that begin in a range of tokens; they are in order, so nobody has to look at all of them."""
    start = bisect_left(spans, first, key=_first_token)
    end = bisect_left(spans, last, lo=start, key=_first_token)
    return tuple(spans[start:end])


def _first_token(span: DateSpan | LengthSpan) -> int:
    return span.first


def _tokens_of(spans: Sequence[DateSpan | LengthSpan]) -> set[int]:
    return {at for span in spans for at in range(span.first, span.last)}


def completed(request: PartialRequest, slots: Slots, *, override: bool = False, own: bool = True) -> PartialRequest:
    """Return the request with what it lacks taken from some words; with `override` also what they say differently.

    Words that are not the request's `own` belong to a neighbour, whose stay may well have another length.
    """
    if slots.places and (override or not request.destination):
        place = slots.places[0]
        several = (place.name, *place.alternatives) if place.alternatives else ()
        request = replace(request, destination=place.name, several_places=several)
    request = _with_length(request, slots, override=override)
    return _with_day(request, slots, override=override, own=own)


def _with_length(request: PartialRequest, slots: Slots, *, override: bool) -> PartialRequest:
    unit = LENGTH_OF_TOOL[request.tool]
    said = said_length(slots.lengths, unit) if unit else None
    has_length = request.length is not None or request.unclear_length is not None
    if said is None or (has_length and not override):
        return request
    return replace(request, length=said.value, length_unit=said.unit, unclear_length=said.doubt)


def _with_day(request: PartialRequest, slots: Slots, *, override: bool, own: bool) -> PartialRequest:
    """Return the request with the day on which it begins; a range of days also says for how long."""
    has_day = bool(request.day or request.unclear_day)
    if not slots.dates or (has_day and not override):
        return request
    # A correction ends with the right day: `not Monday, Tuesday`.
    start = _last_start(slots.dates) if override else first_start(slots.dates)
    end = next((span for span in slots.dates if span.is_end and (span.day or span.doubt)), None)
    if start is None:
        return _with_end_alone(request, end) if end and own else request
    is_flight = LENGTH_OF_TOOL[request.tool] is None
    if start.doubt or (is_flight and start.is_window):
        unclear = UnclearDay(start.doubt or "no_single_day", start.words, start.readings, start.month)
        return replace(request, day=None, unclear_day=unclear)
    request = replace(request, day=start.day, unclear_day=None)
    if override and start.until and not slots.lengths:
        request = replace(request, length=None, unclear_length=None)
    if start.day is None or start.until is None or is_flight:
        return request
    return _with_nights(request, (start.until - start.day).days, is_loose=start.is_weekend or not own)


def _last_start(spans: Sequence[DateSpan]) -> DateSpan | None:
    return next((span for span in reversed(spans) if not span.is_end), None)


def _with_nights(request: PartialRequest, nights: int, *, is_loose: bool) -> PartialRequest:
    """Return the request for so many nights between two dates, in doubt if another length was said."""
    if request.unclear_length:
        return request
    if request.length is None:
        return replace(request, length=nights, length_unit="nights")
    if is_loose or agrees(request.length, request.length_unit, nights):
        is_counted_in_days = LENGTH_OF_TOOL[request.tool] == "days" or is_loose
        return request if is_counted_in_days else replace(request, length=nights)
    doubt = UnclearLength("differs_from_dates", request.length, nights)
    return replace(request, length=None, unclear_length=doubt)


def _with_end_alone(request: PartialRequest, end: DateSpan) -> PartialRequest:
    """Return the request with the day that follows from its end: `3 nights until the 9th`; a flight is on that day."""
    unit = LENGTH_OF_TOOL[request.tool]
    if end.day is None:
        return replace(request, unclear_day=UnclearDay(end.doubt or "only_end", end.words, end.readings))
    if unit is None:
        return replace(request, day=end.day)
    if request.length is not None and request.length_unit == "nights":
        return replace(request, day=end.day - timedelta(days=request.length))
    return replace(request, unclear_day=UnclearDay("only_end", end.words, until=end.day))


def bare_place(message: ParsedMessage, clause: Clause) -> Place | None:
    """Return the place that is all of an answer: `Lisbon`, `Lisbon please`, `let's say Lisbon`."""
    first = _start_of_answer(message, clause)
    if first == clause.last or clause.last - first > _LONGEST_BARE_PLACE:
        return None
    return find_loose_place(message.names, first, clause.last, frozenset())


def unknown_answer(message: ParsedMessage) -> Place | None:
    """Return the name that is all of the message, though no place is known by it."""
    if len(message.clauses) != 1:
        return None
    clause = message.clauses[0]
    return find_unknown_answer(message.names, _start_of_answer(message, clause), clause.last)


def _start_of_answer(message: ParsedMessage, clause: Clause) -> int:
    """Return the token after words such as `let's say`."""
    first = clause.first
    while first < clause.last and message.text.tokens[first].low in _BEFORE_BARE_PLACE:
        first += 1
    return first
