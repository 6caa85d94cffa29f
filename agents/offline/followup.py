"""The answer to a question of ours: what it adds to the unfinished request."""

import re
from dataclasses import dataclass, replace

from agents.offline.wanted import Message, Slots, Wanted, spoken_place
from agents.tools import LENGTH_OF_TOOL
from domain.conversation import Draft

_NO = re.compile(
    r"^\W*(?:(?:actually|oh|well|hmm|sorry|um|ok|okay) ?,? ?)*(?:no|nope|nah|cancel(?: it| that| everything)?|stop|forget (?:it|that|about it)|never ?mind|nothing|neither|none)"
    r"(?: ?,? (?:thanks?|thank you|please|actually|sorry|it|that|more|longer|i do(?: not|n't)(?: want(?: it| that| to)?)?|forget it|never ?mind|leave it|not now|let's not))*\W*$"
)
_BARE_NUMBER = re.compile(
    r"(?:^|\b(?:for|say|make it|about|around|maybe|just|only|it's|of|be|like|want|need) )(-?\d+)(?: (?:please|thanks|then|nights?|days?|of them|sounds good|is fine))*\W*$"
)
_BARE_COUNT = re.compile(
    r"^\W*(?:(?:just|only|ok|okay|um|hmm|let's say|i'd say|say|maybe|about|for|make it|please) ?,? ?)*(-?\d+)\b\W*(?:please|thanks|would do|is fine|should do|will do|then|sounds good)?\W*$"
)


@dataclass(frozen=True)
class Completion:
    """The unfinished requests with what the message adds; `changed` is False if it adds nothing."""

    drafts: tuple[Draft, ...]
    changed: bool


def declines(message: Message) -> bool:
    """Whether the answer is no: the request is dropped."""
    return bool(_NO.match(message.text.plain)) or any(clause.form == "withdrawn" for clause in message.clauses)


def complete(message: Message, draft: Draft) -> Completion:
    """Fill what is missing from the message, and take over what it names anew."""
    drafts = (draft.model_copy(update={"also": ()}), *draft.also)
    slots = _slots(message)
    number = _bare_number(message) if not slots.lengths else None
    place = slots.places[0].name if slots.places else None
    if place is None and not (slots.lengths or slots.dates or number is not None):
        spoken = spoken_place(message)
        lacking = any("destination" not in each.arguments for each in drafts)
        if spoken and (lacking or spoken.rank < 4 or _names_anew(message)):
            place = spoken.name
    completed = tuple(_completed(each, slots, place, number) for each in drafts)
    return Completion(completed, completed != drafts)


def merge(wanted: Wanted, draft: Draft) -> Wanted:
    """A new request of the same tool takes over what it leaves open from the unfinished one."""
    unit = LENGTH_OF_TOOL[wanted.tool]
    known = draft.arguments
    if wanted.destination is None and "destination" in known:
        wanted = replace(wanted, destination=str(known["destination"]))
    if unit and wanted.length is None and unit in known:
        wanted = replace(wanted, length=int(known[unit]))
    return wanted


def _slots(message: Message) -> Slots:
    return message.slots(0, len(message.text.tokens))


def _names_anew(message: Message) -> bool:
    return bool(
        re.search(r"\b(?:make (?:it|that)|instead|actually|rather|change (?:it|that) to|no ,)", message.text.plain)
    )


def _bare_number(message: Message) -> int | None:
    found = _BARE_COUNT.match(message.text.plain) or _BARE_NUMBER.search(message.text.plain)
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
