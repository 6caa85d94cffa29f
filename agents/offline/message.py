"""A message taken apart once, and what a stretch of it says about place, length and day."""

from dataclasses import dataclass, replace
from datetime import date

from agents.offline.clauses import Clause, read_clauses
from agents.offline.dates import find_dates
from agents.offline.lengths import find_lengths
from agents.offline.lexicon import words as word_set
from agents.offline.nouns import Mention, find_mentions
from agents.offline.places import Place, find_loose_place, find_places
from agents.offline.spans import DateSpan, LengthSpan
from agents.offline.tokens import Text, tokenise
from agents.tools import LENGTH_OF_TOOL
from domain.trip.requests import ToolName

_BEFORE_AN_ANSWER = word_set(
    "let's let us say i'd i would go with make it that it's is how what about maybe perhaps ok okay then "
    "so well hmm um uh yes",
    "please sorry i meant mean actually no rather and the answer would be like want to prefer choose "
    "probably definitely just",
)


@dataclass(frozen=True)
class Wanted:
    """One thing to book; None for what was not said. `unclear` names what was said but can't be used as it is."""

    tool: ToolName
    destination: str | None = None
    length: int | None = None
    day: date | None = None
    unclear_day: str | None = None
    several_places: tuple[str, ...] = ()
    going: bool = False
    """Only going somewhere was said: gives way to anything that is named as to be booked."""

    def arguments(self) -> dict[str, str | int]:
        """The tool's arguments as far as they are known."""
        found: dict[str, str | int] = {}
        if self.destination:
            found["destination"] = self.destination
        unit = LENGTH_OF_TOOL[self.tool]
        if unit and self.length is not None:
            found[unit] = self.length
        if self.day:
            found["date"] = self.day.isoformat()
        return found


@dataclass(frozen=True)
class Slots:
    """What a stretch of words says besides the thing to book."""

    places: tuple[Place, ...]
    lengths: tuple[LengthSpan, ...]
    dates: tuple[DateSpan, ...]

    @property
    def empty(self) -> bool:
        return not (self.places or self.lengths or self.dates)


class ParsedMessage:
    """A message, taken apart once."""

    def __init__(self, source: str, today: date) -> None:
        self.text: Text = tokenise(source)
        self.today = today
        self.dates = find_dates(self.text, today)
        dated = {at for span in self.dates for at in range(span.first, span.last)}
        self.lengths = find_lengths(self.text, dated)
        self.taken = dated | {at for span in self.lengths for at in range(span.first, span.last)}
        self.clauses: list[Clause] = read_clauses(self.text)

    def words(self, clause: Clause) -> str:
        return self.text.lows(clause.first, clause.last)

    def mentions(self, first: int, last: int) -> list[Mention]:
        return find_mentions(self.text, first, last, self.taken)

    def slots(self, first: int, last: int) -> Slots:
        """Places, lengths and dates that stand in a stretch of tokens."""
        places = sorted(find_places(self.text, first, last, self.taken), key=lambda place: (place.rank, place.first))
        return Slots(
            tuple(places),
            tuple(span for span in self.lengths if first <= span.first < last),
            tuple(span for span in self.dates if first <= span.first < last),
        )


def filled(wanted: Wanted, slots: Slots) -> Wanted:
    return completed(wanted, slots, override=False)


def completed(wanted: Wanted, slots: Slots, *, override: bool) -> Wanted:
    """With what is missing, or with `override` also what differs, taken from some words."""
    if slots.places and (override or not wanted.destination):
        place = slots.places[0]
        several = (place.name, *place.alternatives) if place.alternatives else ()
        wanted = replace(wanted, destination=place.name, several_places=several)
    length = _length(wanted.tool, slots)
    if length is not None and (override or wanted.length is None):
        wanted = replace(wanted, length=length)
    days = [span for span in slots.dates if not span.is_end]
    if days and (override or (not wanted.day and not wanted.unclear_day)):
        first = days[-1] if override else days[0]
        wanted = replace(wanted, day=first.day, unclear_day=None if first.day else "yes")
    return wanted


def _length(tool: ToolName, slots: Slots) -> int | None:
    """The length in the tool's own unit if there is one, else any, else what a range of dates amounts to."""
    unit = LENGTH_OF_TOOL[tool]
    if unit is None:
        return None
    usable = [span for span in slots.lengths if span.value is not None]
    if chosen := next((span for span in usable if span.unit == unit), usable[0] if usable else None):
        return chosen.value
    ranged = next((span for span in slots.dates if span.day and span.until), None)
    return (ranged.until - ranged.day).days if ranged and ranged.until and ranged.day else None


def bare_place(message: ParsedMessage, clause: Clause) -> Place | None:
    """The place in a bare answer: `Lisbon`, `Lisbon please`, `let's say Lisbon`."""
    first = clause.first
    while first < clause.last and message.text.tokens[first].low in _BEFORE_AN_ANSWER:
        first += 1
    if first == clause.last or clause.last - first > 8:
        return None
    return find_loose_place(message.text, first, clause.last, message.taken, frozenset())
