"""The answer to a question of ours, which adds to the unfinished request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agents.offline.dates import find_dates
from agents.offline.days.choices import chosen_day
from agents.offline.extras.arguments import answered, carried
from agents.offline.message import ParsedMessage, PartialRequest, Slots, bare_place, completed, unknown_answer
from agents.offline.patterns import any_of
from agents.offline.places import Place, find_origins
from agents.offline.spans import DateSpan, LengthSpan
from agents.places.lookup import completed_name
from agents.tools import LENGTH_OF_TOOL, needs_place
from domain.conversation.turn import Draft, OpenDay
from domain.trip.requests import MOST_UNITS

_NO = re.compile(
    r"^\W*(?:(?:actually|oh|well|hmm|sorry|um|ok|okay)\b(?: ?,)? ?)*+"
    + any_of(
        "no, nope, nah, cancel(?: it| that| everything)?, stop, forget (?:it|that|about it), never ?mind, nothing",
        "neither, none",
    )
    + "(?:(?: ?,)? "
    + any_of(
        "thank you, thanks?, please, actually, sorry, it, that, more, longer",
        "i do(?: not|n't)(?: want(?: it| that| to)?)?, forget it, never ?mind, leave it, not now, let's not",
    )
    + r"\b)*+\W*$"
)
_BARE_NUMBER = re.compile(
    r"(?:^|\b(?:for|say|make it|about|around|maybe|just|only|it's|of|be|like|want|need) )(-?\d+)(?: "
    + any_of("please, thanks, then, nights?, days?, of them, sounds good, is fine, i think, i guess, maybe")
    + r"\b)*+\W*$"
)
_BARE_COUNT = re.compile(
    r"^\W*(?:"
    + any_of(
        "just, only, ok, okay, um, hmm, then, well, so, let's say, i'd say, say, maybe, about, for, make it, please"
    )
    + r"\b(?: ?,)? ?)*+(-?\d+)\b\W*+"
    + any_of("please, thanks, would do, is fine, should do, will do, then, sounds good, i think, i guess, maybe, of us")
    + r"?\W*$"
)
_NO_ANSWER = re.compile(
    r"\b"
    + any_of(
        "if, might, not sure, thinking, wonder(?:ing)?, dream, wish",
        r"my (?!answer|choice|plan|preference)\w+ (?!and)\w+, he, she, they, don't know, do not know",
    )
    + r"\b"
)
_THING = re.compile(
    r"\b"
    + any_of(
        "hotels?, rooms?, flights?, plane, tickets?, cars?, trips?, holidays?, vacations?, somewhere, place",
        "accommodation",
    )
    + r"\b"
)
_NARROWS = re.compile(r"\b(?:just|only|instead|rather)\b")
_NAMES_ANEW = re.compile(r"\b(?:make (?:it|that)|instead|actually|rather|change (?:it|that) to|i meant?|no ,)")


@dataclass(frozen=True)
class CompletedDrafts:
    """The unfinished requests with what the message adds. `places` are several to choose from."""

    drafts: tuple[Draft, ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Reply:
    """The parts of a message that can be an answer. `bare` is a place that is all of a clause."""

    slots: Slots
    bare: Place | None
    words: str


def declines(message: ParsedMessage) -> bool:
    """Return whether the answer is no, so that the request is dropped."""
    forms = {clause.form for clause in message.clauses}
    if _NO.match(message.text.plain) or "withdrawn" in forms:
        return True
    # `Not Rome, Milan` says no and answers all the same.
    return "negated" in forms and _says_nothing(_reply_in(message))


def _says_nothing(reply: _Reply) -> bool:
    return reply.slots.empty and reply.bare is None


def complete(message: ParsedMessage, draft: Draft) -> CompletedDrafts:
    """Fill what is missing from the message, and take over what it names anew."""
    drafts = parts_of(draft)
    reply = _reply_in(message)
    lacks_place = any(map(needs_place, drafts))
    place = reply.slots.places[0] if reply.slots.places else None
    if place is None and (lacks_place or _NAMES_ANEW.search(message.text.plain)):
        place = reply.bare
    if place is None and lacks_place and draft.tool == "book_car_hire":
        place = next(iter(find_origins(message.names, 0, len(message.text.tokens))), None)
    if place is None and lacks_place and reply.slots.empty:
        place = unknown_answer(message)
    number = None if reply.slots.lengths else _bare_number(reply.words)
    name = place.name if place else None
    asked = next((part for part in drafts if part.open_day), None)
    parts: list[Draft] = []
    for part in drafts:
        # A day that answers our question is that of the part we asked about.
        takes_day = asked is None or _shares_day(part, asked)
        slots = reply.slots if takes_day else replace(reply.slots, dates=())
        parts.append(_completed(part, slots, message, name, number))
    parts = list(answered(message, drafts, _in_sequence(parts)))
    several = (place.name, *place.alternatives) if place and place.alternatives else ()
    return CompletedDrafts(tuple(parts), several)


def parts_of(draft: Draft) -> tuple[Draft, ...]:
    """Return the unfinished request and those that wait with it, one by one."""
    return (draft.model_copy(update={"also": ()}), *draft.also)


def merge(request: PartialRequest, draft: Draft) -> PartialRequest:
    """Take over into a new request what it leaves open and the unfinished one has."""
    arguments = draft.arguments
    if request.destination is None and "destination" in arguments:
        request = replace(request, destination=str(arguments["destination"]))
    unit = LENGTH_OF_TOOL[request.tool]
    if unit and request.length is None and unit in arguments:
        request = replace(request, length=int(arguments[unit]))
    return replace(request, extra=carried(draft, request.extra))


def is_answer(message: ParsedMessage, requests: Sequence[PartialRequest], draft: Draft) -> bool:
    """Return whether words like a request are an answer: `I want to go to Lisbon`, `I'd like to stay for a week`."""
    if len(requests) != 1:
        return False
    request = requests[0]
    if request.is_only_going:
        is_other_trip = draft.tool == "book_travel" and "destination" in draft.arguments and bool(request.destination)
        return not is_other_trip
    return request.destination is None and not _THING.search(message.text.plain)


def narrows(message: ParsedMessage) -> bool:
    """Return whether another thing is asked for on the same journey: `just a hotel`, `a flight instead`."""
    return bool(_NARROWS.search(message.text.plain))


def _reply_in(message: ParsedMessage) -> _Reply:
    """Return what the clauses that can be an answer say; a question or a doubt adds nothing."""
    places: list[Place] = []
    lengths: list[LengthSpan] = []
    dates: list[DateSpan] = []
    bare: Place | None = None
    spoken: list[str] = []
    for clause in message.clauses:
        words = message.words(clause)
        if clause.form not in ("request", "fragment", "tale", "maybe") or _NO_ANSWER.search(words):
            continue
        slots = message.slots(clause.first, clause.last)
        places += slots.places
        lengths += slots.lengths
        dates += slots.dates
        bare = bare or bare_place(message, clause)
        spoken.append(words)
    return _Reply(Slots(tuple(places), tuple(lengths), tuple(dates)), bare, " , ".join(spoken))


def _bare_number(words: str) -> int | None:
    number = _BARE_COUNT.match(words) or _BARE_NUMBER.search(words)
    return int(number[1]) if number else None


def _in_sequence(parts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts, of which one that follows another begins when that one ends."""
    result: list[Draft] = []
    for part in parts:
        start = _day_in(result[-1]) if result else None
        nights = result[-1].arguments.get("nights") if result else None
        if part.open_day and part.open_day.follows and start and isinstance(nights, int) and 0 < nights <= MOST_UNITS:
            first = start + timedelta(days=nights)
            part = part.model_copy(
                update={"arguments": {**part.arguments, "date": first.isoformat()}, "open_day": None}
            )
        result.append(part)
    return result


def _shares_day(part: Draft, other: Draft) -> bool:
    is_same_place = part.arguments.get("destination") == other.arguments.get("destination")
    return is_same_place and part.open_day == other.open_day


def _completed(draft: Draft, slots: Slots, message: ParsedMessage, place: str | None, number: int | None) -> Draft:
    """Return the draft with what a reply adds. A number alone may be anything, so it changes no length that is set."""
    request = completed(PartialRequest(draft.tool), slots)
    chosen = chosen_day(message.text, draft.open_day) if slots.dates or draft.open_day else None
    first = chosen or request.day
    arguments = dict(draft.arguments)
    if place:
        arguments["destination"] = completed_name(str(arguments.get("destination", "")), place)
    if first:
        arguments["date"] = first.isoformat()
    unit = LENGTH_OF_TOOL[draft.tool]
    if unit:
        length = request.length or _nights_until(draft, slots, message, first)
        arguments |= {unit: length} if length is not None else {}
        if number is not None:
            arguments.setdefault(unit, number)
    completed_draft = draft.model_copy(update={"arguments": arguments, "open_day": _open_day(draft, request, first)})
    return _counted_back(completed_draft)


def _nights_until(draft: Draft, slots: Slots, message: ParsedMessage, first: date | None) -> int | None:
    """Return the nights until a last day that the reply names, or that was named with the request."""
    start = first or _day_in(draft)
    if start is None:
        return None
    named = [span for span in slots.dates if span.is_end and span.day]
    # Seen from the first day, the 9th is the one that comes after it.
    ends = [span.day for span in find_dates(message.text, start) if span.is_end and span.day] if named else []
    until = draft.open_day.until if draft.open_day else None
    end = next((day for day in [*ends, until] if day and day > start), None)
    return (end - start).days if end else None


def _day_in(draft: Draft) -> date | None:
    named = draft.arguments.get("date")
    return date.fromisoformat(str(named)) if named else None


def _open_day(draft: Draft, request: PartialRequest, first: date | None) -> OpenDay | None:
    """Return the day that has to be asked about still, None once there is one."""
    unclear = request.unclear_day
    if first:
        return None
    if unclear and unclear.reason != "only_end":
        return unclear.still_open()
    return draft.open_day


def _counted_back(draft: Draft) -> Draft:
    """Return the draft with its first day, where the last one and the nights are set."""
    nights = draft.arguments.get("nights")
    until = draft.open_day.until if draft.open_day else None
    if until is None or not isinstance(nights, int) or not 0 < nights <= MOST_UNITS:
        return draft
    first = until - timedelta(days=nights)
    return draft.model_copy(update={"arguments": {**draft.arguments, "date": first.isoformat()}, "open_day": None})
