"""The answer to a question of ours: what it adds to the unfinished request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.offline.message import ParsedMessage, Slots, Wanted, bare_place
from agents.offline.places import Place
from agents.offline.spans import DateSpan, LengthSpan
from agents.tools import LENGTH_OF_TOOL
from domain.conversation.turn import Draft

_NO = re.compile(
    r"^\W*(?:(?:actually|oh|well|hmm|sorry|um|ok|okay) ?,? ?)*(?:no|nope|nah|cancel(?: it| that|"
    r" everything)?|stop|forget (?:it|that|about it)|never ?mind|nothing|neither|none)"
    r"(?: ?,? (?:thanks?|thank you|please|actually|sorry|it|that|more|longer|i do(?: not|"
    r"n't)(?: want(?: it| that| to)?)?|forget it|never ?mind|leave it|not now|let's not))*\W*$"
)
_BARE_NUMBER = re.compile(
    r"(?:^|\b(?:for|say|make it|about|around|maybe|just|only|it's|of|be|like|want|"
    r"need) )(-?\d+)(?: (?:please|thanks|then|nights?|days?|of them|sounds good|is fine|i think|i guess|"
    r"maybe))*\W*$"
)
_BARE_COUNT = re.compile(
    r"^\W*(?:(?:just|only|ok|okay|um|hmm|then|well|so|let's say|i'd say|say|maybe|about|for|make it|"
    r"please) ?,? ?)*(-?\d+)\b\W*(?:please|thanks|would do|is fine|should do|will do|then|sounds good|"
    r"i think|i guess|maybe|of us)?\W*$"
)
_NO_ANSWER = re.compile(
    r"\b(?:if|might|not sure|thinking|wonder(?:ing)?|dream|wish|my (?!answer|choice|plan|"
    r"preference)\w+ (?!and)\w+|he|she|they|"
    r"don't know|do not know)\b"
)
_THING = re.compile(
    r"\b(?:hotels?|rooms?|flights?|plane|tickets?|cars?|trips?|holidays?|vacations?|somewhere|place|"
    r"accommodation)\b"
)


@dataclass(frozen=True)
class CompletedDrafts:
    """The unfinished requests with what the message adds; `places` are several to choose from."""

    drafts: tuple[Draft, ...]
    places: tuple[str, ...] = ()


def declines(message: ParsedMessage) -> bool:
    """Whether the answer is no: the request is dropped."""
    forms = {clause.form for clause in message.clauses}
    said = _said(message)
    return bool(_NO.match(message.text.plain)) or "withdrawn" in forms or ("negated" in forms and said.slots.empty)


def complete(message: ParsedMessage, draft: Draft) -> CompletedDrafts:
    """Fill what is missing from the message, and take over what it names anew."""
    drafts = (draft.model_copy(update={"also": ()}), *draft.also)
    said = _said(message)
    number = _bare_number(said.words) if not said.slots.lengths else None
    lacking = any("destination" not in each.arguments for each in drafts)
    place = said.slots.places[0] if said.slots.places else None
    if place is None and said.bare and (lacking or _names_anew(message)):
        place = said.bare
    completed = tuple(_completed(each, said.slots, place.name if place else None, number) for each in drafts)
    several = (place.name, *place.alternatives) if place and place.alternatives else ()
    return CompletedDrafts(completed, several)


def merge(wanted: Wanted, draft: Draft) -> Wanted:
    """A new request takes over what it leaves open from the unfinished one."""
    unit = LENGTH_OF_TOOL[wanted.tool]
    known = draft.arguments
    if wanted.destination is None and "destination" in known:
        wanted = replace(wanted, destination=str(known["destination"]))
    if unit and wanted.length is None and unit in known:
        wanted = replace(wanted, length=int(known[unit]))
    return wanted


def is_answer(message: ParsedMessage, wanted: Sequence[Wanted], draft: Draft) -> bool:
    """Whether what reads like a request answers ours: `I want to go to Lisbon`, `I'd like to stay for a week`."""
    if len(wanted) != 1:
        return False
    if wanted[0].going:
        return draft.tool != "book_travel" or "destination" not in draft.arguments or wanted[0].destination is None
    return not _THING.search(message.text.plain) and wanted[0].destination is None


def narrows(message: ParsedMessage) -> bool:
    """`just a hotel`, `a flight instead`: another thing, but the same journey."""
    return bool(re.search(r"\b(?:just|only|instead|rather)\b", message.text.plain))


@dataclass(frozen=True)
class _Said:
    slots: Slots
    bare: Place | None
    words: str


def _said(message: ParsedMessage) -> _Said:
    """What the clauses that can be an answer say; a tale or a question adds nothing."""
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
    return _Said(Slots(tuple(places), tuple(lengths), tuple(dates)), bare, " , ".join(spoken))


def _names_anew(message: ParsedMessage) -> bool:
    return bool(
        re.search(
            r"\b(?:make (?:it|that)|instead|actually|rather|change (?:it|that) to|i meant?|no ,)", message.text.plain
        )
    )


def _bare_number(words: str) -> int | None:
    found = _BARE_COUNT.match(words) or _BARE_NUMBER.search(words)
    return int(found[1]) if found else None


def _completed(draft: Draft, slots: Slots, place: str | None, number: int | None) -> Draft:
    arguments = dict(draft.arguments)
    unit = LENGTH_OF_TOOL[draft.tool]
    if place:
        arguments["destination"] = place
    if unit:
        usable = [span for span in slots.lengths if span.value is not None]
        own = next((span for span in usable if span.unit == unit), usable[0] if usable else None)
        ranged = next((span for span in slots.dates if span.day and span.until), None)
        if own and own.value is not None:
            arguments[unit] = own.value
        elif ranged and ranged.day and ranged.until:
            arguments[unit] = (ranged.until - ranged.day).days
        elif number is not None and unit not in arguments:
            arguments[unit] = number
    day = next((span.day for span in slots.dates if span.day and not span.is_end), None)
    if day:
        arguments["date"] = day.isoformat()
    return draft.model_copy(update={"arguments": arguments})
