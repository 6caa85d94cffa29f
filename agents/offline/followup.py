"""The answer to a question of ours, which adds to the unfinished request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.offline.extras.arguments import answered, carried
from agents.offline.message import ParsedMessage, PartialRequest, Slots, bare_place
from agents.offline.patterns import any_of
from agents.offline.places import Place
from agents.offline.spans import DateSpan, LengthSpan
from agents.tools import LENGTH_OF_TOOL
from domain.conversation.turn import Draft

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
    return "negated" in forms and _reply_in(message).slots.empty


def complete(message: ParsedMessage, draft: Draft) -> CompletedDrafts:
    """Fill what is missing from the message, and take over what it names anew."""
    drafts = parts_of(draft)
    reply = _reply_in(message)
    lacks_place = any("destination" not in part.arguments for part in drafts)
    place = reply.slots.places[0] if reply.slots.places else None
    if place is None and (lacks_place or _NAMES_ANEW.search(message.text.plain)):
        place = reply.bare
    number = None if reply.slots.lengths else _bare_number(reply.words)
    name = place.name if place else None
    completed = answered(message, drafts, [_completed(part, reply.slots, name, number) for part in drafts])
    several = (place.name, *place.alternatives) if place and place.alternatives else ()
    return CompletedDrafts(completed, several)


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


def _completed(draft: Draft, slots: Slots, place: str | None, number: int | None) -> Draft:
    arguments = dict(draft.arguments)
    if place:
        arguments["destination"] = place
    unit = LENGTH_OF_TOOL[draft.tool]
    length = slots.length_of(draft.tool)
    if unit and length is not None:
        arguments[unit] = length
    elif unit and number is not None:
        # A number alone may be anything, so it changes no length that is known.
        arguments.setdefault(unit, number)
    day = next((span.day for span in slots.dates if span.day and not span.is_end), None)
    if day:
        arguments["date"] = day.isoformat()
    return draft.model_copy(update={"arguments": arguments})
