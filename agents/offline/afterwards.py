"""A message after a booking: what it asks or wants of what was booked.

Pure functions from the words to a closed set of intents. They book nothing and look nothing up: tools do that.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agents.offline.message import ParsedMessage, bare_place
from agents.offline.places import find_loose_place
from agents.offline.words import afterwards_words as words
from agents.offline.words.afterwards_words import Topic
from domain.components import ToolName
from domain.conversation.turn import Turn

_DAYS_OF_UNIT = {"night": 1, "day": 1, "week": 7}
_LONGEST_NUMBER = 4


@dataclass(frozen=True)
class AskAbout:
    """A question about what was booked. `thing` is the part it names, None for all of it."""

    topic: Topic
    thing: ToolName | None = None


@dataclass(frozen=True)
class CancelBooking:
    """A wish to cancel what was booked, or the part of it that is named."""

    thing: ToolName | None = None


@dataclass(frozen=True)
class ChangeBooking:
    """A wish to change what was booked. All slots are None where it does not say to what.

    `longer_by` and `days_later` count from what is booked, and are negative for shorter and earlier.
    """

    thing: ToolName | None = None
    length: int | None = None
    longer_by: int | None = None
    days_later: int | None = None
    day: date | None = None
    destination: str | None = None


@dataclass(frozen=True)
class BookAgain:
    """A wish for the same once more, elsewhere or at another time as far as the slots are set."""

    thing: ToolName | None = None
    destination: str | None = None
    day: date | None = None
    length: int | None = None


Afterwards = AskAbout | CancelBooking | ChangeBooking | BookAgain


def has_booked(history: Sequence[Turn]) -> bool:
    """Return whether a turn of the conversation started a booking."""
    return any(turn.calls for turn in history)


def afterwards_in(message: ParsedMessage, history: Sequence[Turn]) -> Afterwards | None:
    """Return the intent about what was booked; None if there is none, or nothing was booked.

    An unfinished request comes first: while one waits, `make it 6 nights` is about that.
    """
    if not has_booked(history) or history[-1].draft or words.KEEPS.search(message.text.plain):
        return None
    plain = message.text.plain
    topic = _topic_in(plain)
    thing = _thing_in(message)
    if topic == "cancellation":
        return AskAbout("cancellation", thing)
    if words.CANCELS.search(plain) and not words.CANCELS_NOTHING.search(plain):
        return CancelBooking(thing)
    if words.AGAIN.search(plain):
        return BookAgain(thing, _place_after(message), _day_in(message), _length_in(message))
    change = _change_in(message, thing)
    if change:
        return change
    return AskAbout(topic, thing) if topic else None


def _change_in(message: ParsedMessage, thing: ToolName | None) -> ChangeBooking | None:
    plain = message.text.plain
    if not words.CHANGES.search(plain) or (message.text.source.rstrip().endswith("?") and not _asks_politely(plain)):
        return None
    if shift := words.SHIFT.search(plain):
        return ChangeBooking(thing, days_later=_signed(shift, shift["way"] or (shift["back"] or "").strip()))
    if longer := words.LONGER.search(plain):
        return ChangeBooking(thing, longer_by=_signed(longer, longer["way"] or longer["add"]))
    change = ChangeBooking(thing, _length_in(message), day=_day_in(message), destination=_place_in(message))
    says_to_what = change != ChangeBooking(thing)
    return change if says_to_what or words.CHANGES_BY_NAME.search(plain) else None


def _asks_politely(plain: str) -> bool:
    return bool(re.search(r"\b(?:can|could|would|will) (?:you|we|i|it)\b|\bplease\b", plain))


def _signed(match: re.Match[str], way: str) -> int:
    count = match["count"] or match["by"] or "1"
    number = int(count[:_LONGEST_NUMBER]) if count.isdigit() else 1
    days = number * _DAYS_OF_UNIT[match["unit"] or match["by_unit"]]
    return -days if way in words.BACKWARD else days


def _topic_in(plain: str) -> Topic | None:
    return next((topic for topic, pattern in words.TOPICS if pattern.search(plain)), None)


def _thing_in(message: ParsedMessage) -> ToolName | None:
    """Return the one thing that the message names; of several none."""
    things: set[ToolName] = {mention.tool for clause in message.clauses for mention in message.mentions(clause)}
    return things.pop() if len(things) == 1 else None


def _length_in(message: ParsedMessage) -> int | None:
    return next((span.value for span in message.lengths if span.value is not None), None)


def _day_in(message: ParsedMessage) -> date | None:
    """Return the last day that is named, since a correction ends with the right one."""
    return next((span.day for span in reversed(message.dates) if span.day), None)


def _place_in(message: ParsedMessage) -> str | None:
    """Return the place that is wanted: `Bruges` of `no, Bruges, not Ghent`."""
    for clause in message.clauses:
        if clause.form == "negated":
            continue
        places = message.slots(clause.first, clause.last).places
        place = places[0] if places else bare_place(message, clause)
        # A word of change at the start of a sentence has a capital letter too.
        if place and not words.CHANGES.match(place.name.lower()):
            return place.name
    return None


def _place_after(message: ParsedMessage) -> str | None:
    """Return the place after `for`, `to` or `in`: `the same for Berlin`."""
    tokens = message.text.tokens
    for at in range(len(tokens) - 1):
        if tokens[at].low not in words.LEADS_TO_PLACE or at + 1 in message.taken:
            continue
        place = find_loose_place(message.names, at + 1, len(tokens), frozenset())
        if place and place.first == at + 1:
            return place.name
    return None
