"""A message taken apart once, with the places, lengths and days that a part of it names."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from agents.offline.clauses import Clause, read_clauses
from agents.offline.dates import find_dates
from agents.offline.lengths import find_lengths
from agents.offline.lexicon import words as word_set
from agents.offline.names import Names
from agents.offline.nouns import Mention, find_mentions
from agents.offline.places import Place, find_loose_place, find_places
from agents.offline.spans import DateSpan, LengthSpan
from agents.offline.tokens import Text, tokenise
from agents.tools import LENGTH_OF_TOOL
from domain.components import ToolName

_BEFORE_BARE_PLACE = word_set(
    "let's let us say i'd i would go with make it that it's is how what about maybe perhaps ok okay then so well hmm",
    "um uh yes please sorry i meant mean actually no rather and the answer would be like want to prefer choose",
    "probably definitely just",
)
# More words than that are a sentence about something else.
_LONGEST_BARE_PLACE = 8
_Span = TypeVar("_Span", DateSpan, LengthSpan)


@dataclass(frozen=True)
class PartialRequest:
    """One thing to book, with None for what was not said.

    `unclear_day` says that a day was named which is no single one. `several_places` are places to choose from.
    """

    tool: ToolName
    destination: str | None = None
    length: int | None = None
    day: date | None = None
    unclear_day: bool = False
    several_places: tuple[str, ...] = ()
    is_only_going: bool = False
    """Only going somewhere was said, which gives way to anything that is named as to be booked."""
    extra: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    """The optional arguments that were said."""

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

    def length_of(self, tool: ToolName) -> int | None:
        """Return the length in the tool's unit if there is one, else any, else that of a range of dates."""
        unit = LENGTH_OF_TOOL[tool]
        if unit is None:
            return None
        usable = [span for span in self.lengths if span.value is not None]
        preferred = [span for span in usable if span.unit == unit] or usable
        if preferred:
            return preferred[0].value
        for span in self.dates:
            if span.day and span.until:
                return (span.until - span.day).days
        return None


class ParsedMessage:
    """A message, taken apart once."""

    def __init__(self, source: str, today: date) -> None:
        self.text: Text = tokenise(source)
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


def completed(request: PartialRequest, slots: Slots, *, override: bool = False) -> PartialRequest:
    """Return the request with what it lacks taken from some words; with `override` also what they say differently."""
    if slots.places and (override or not request.destination):
        place = slots.places[0]
        several = (place.name, *place.alternatives) if place.alternatives else ()
        request = replace(request, destination=place.name, several_places=several)
    length = slots.length_of(request.tool)
    if length is not None and (override or request.length is None):
        request = replace(request, length=length)
    days = [span.day for span in slots.dates if not span.is_end]
    names_day = bool(request.day) or request.unclear_day
    if days and (override or not names_day):
        # A correction ends with the right day: `not Monday, Tuesday`.
        day = days[-1] if override else days[0]
        request = replace(request, day=day, unclear_day=day is None)
    return request


def bare_place(message: ParsedMessage, clause: Clause) -> Place | None:
    """Return the place that is all of an answer: `Lisbon`, `Lisbon please`, `let's say Lisbon`."""
    first = clause.first
    while first < clause.last and message.text.tokens[first].low in _BEFORE_BARE_PLACE:
        first += 1
    if first == clause.last or clause.last - first > _LONGEST_BARE_PLACE:
        return None
    return find_loose_place(message.names, first, clause.last, frozenset())
