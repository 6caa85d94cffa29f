"""What a message asks to book: its requests, each with as much as it says about place, length and day."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agents.offline.clauses import Clause
from agents.offline.message import ParsedMessage, Slots, Wanted, bare_place, completed, filled
from agents.offline.nouns import Mention, goes_somewhere
from agents.offline.phrases import plain
from agents.offline.places import find_loose_place
from domain.trip.requests import ToolName

_PARTS: tuple[ToolName, ...] = ("book_flight", "book_hotel", "book_car_hire")
_CORRECTION = re.compile(
    r"^(?:no|nope|actually|sorry|wait|i mean|i meant|rather|make (?:it|that)|or rather|scratch|instead|correction)\b"
)
_POINTS_BACK = re.compile(
    r"^(?:can|could|would|will|you|please|go ahead and|just|\s)*(?:book|reserve|get|take|rent|hire|"
    r"arrange) (?:me |us )?(?:it|that|one|this|them)\b"
)
_ALONE = re.compile(r"\b(?:only|just|nothing else|alone|that's all)\b")
_ORDERS = re.compile(r"^(?:book|reserve|get|order|buy|arrange|organi[sz]e|rent|hire|fly|send|take|find|plan|make)\b")


def wanted_in(message: ParsedMessage) -> list[Wanted]:
    """The message's requests in order; none where it books nothing."""
    wanted: list[Wanted] = []
    excluded: set[ToolName] = set()
    ordered = price_asked = False
    for clause in message.clauses:
        mentions = message.mentions(clause.first, clause.last)
        words = plain(message.words(clause))
        match clause.form:
            case "withdrawn" if not (wanted and any(mention.tool in _PARTS for mention in mentions)):
                wanted.clear()
            case "withdrawn" | "negated":
                excluded |= {mention.tool for mention in mentions}
                wanted = [each for each in wanted if each.tool not in excluded]
            case "price":
                price_asked = True
            case "request" | "fragment":
                ordered = ordered or bool(_ORDERS.match(words))
                excluded |= {mention.tool for mention in mentions if mention.excluded}
                kept = [mention for mention in mentions if not mention.excluded]
                _take_up(message, clause, kept, wanted)
            case _:
                pass
    if price_asked and not ordered:
        return []
    return _settled(message, wanted, excluded)


def _take_up(message: ParsedMessage, clause: Clause, mentions: list[Mention], wanted: list[Wanted]) -> None:
    """Add what one clause asks for, or complete or correct what stood before."""
    slots = message.slots(clause.first, clause.last)
    if mentions:
        wanted[:] = [each for each in wanted if not each.going]
        found = _of_mentions(message, clause, mentions)
        if clause.form == "request" or _is_whole_fragment(message, clause, found):
            wanted.extend(found)
        return
    words = message.words(clause)
    if wanted:
        bare = None if slots.places else bare_place(message, clause)
        if bare:
            slots = replace(slots, places=(bare,))
        wanted[-1] = completed(
            wanted[-1], slots, override=bool(_CORRECTION.match(words)) or _follows_correction(message, clause)
        )
        return
    if _POINTS_BACK.search(plain(words)) and (found := _pointed_at(message, clause)):
        wanted.extend(completed(each, slots, override=False) for each in found)
    elif single := _without_noun(message, clause, slots):
        wanted.append(single)


def _pointed_at(message: ParsedMessage, clause: Clause) -> list[Wanted]:
    """What `book it` means: the thing that an earlier clause told of."""
    for earlier in reversed(message.clauses[: message.clauses.index(clause)]):
        mentions = message.mentions(earlier.first, earlier.last)
        if mentions and earlier.form in ("tale", "maybe", "question", "price", "fragment"):
            return _of_mentions(message, earlier, mentions)
    return []


def _follows_correction(message: ParsedMessage, clause: Clause) -> bool:
    at = message.clauses.index(clause)
    return at > 0 and bool(_CORRECTION.match(message.words(message.clauses[at - 1])))


def _is_whole_fragment(message: ParsedMessage, clause: Clause, found: Sequence[Wanted]) -> bool:
    """A noun phrase is a request if it says more than its noun: `a flight to Oslo`, but not `hotels`."""
    words = message.words(clause)
    polite = re.search(r"\b(?:please|pls|thanks)\b", words)
    single = not all(mention.plural for mention in message.mentions(clause.first, clause.last))
    told = any(each.length is not None or each.day for each in found)
    return bool(polite or single or told) and not re.match(r"any\b", words)


def _without_noun(message: ParsedMessage, clause: Clause, slots: Slots) -> Wanted | None:
    """`I want to go to Lisbon for a week`, `5 nights in Paris, please`: a trip; `book 3 nights in Rome`: a hotel."""
    words = plain(message.words(clause))
    goes = clause.form == "request" and goes_somewhere(message.text, clause.first, clause.last)
    place = slots.places[0] if slots.places else None
    if place is None and (slots.lengths or clause.form == "request"):
        place = find_loose_place(message.text, clause.first, clause.last, message.taken, frozenset())
    if not (place and (goes or slots.lengths)):
        return None
    nights = any(span.unit == "nights" for span in slots.lengths)
    booked_nights = nights and re.search(r"\b(?:book|reserve)(?: me| us)? \d", words)
    tool: ToolName = "book_hotel" if booked_nights else "book_travel"
    if not goes and re.search(r"\bdriv(?:e|ing)\b", words):
        tool = "book_car_hire"
    return filled(Wanted(tool, going=tool == "book_travel"), replace(slots, places=(place,)))


def _of_mentions(message: ParsedMessage, clause: Clause, mentions: list[Mention]) -> list[Wanted]:
    """One request per thing named, each with the words around it; what one lacks it takes from its neighbours."""
    borders = [
        clause.first,
        *(_border(message, before, after) for before, after in pairwise(mentions)),
        clause.last,
    ]
    stretches = list(pairwise(borders))
    all_slots = [message.slots(first, last) for first, last in stretches]
    nouns = {at for mention in mentions for at in range(mention.first, mention.last)}
    found: list[Wanted] = []
    for number, slots in enumerate(all_slots):
        if not slots.places and not any(each.places for each in all_slots):
            loose = find_loose_place(message.text, *stretches[number], message.taken, nouns)
            slots = replace(slots, places=(loose,) if loose else ())
            all_slots[number] = slots
    for number, mention in enumerate(mentions):
        own = all_slots[number]
        each = filled(Wanted(mention.tool), own)
        for other in (*all_slots[number + 1 :], *reversed(all_slots[:number])):
            each = completed(each, other, override=False)
        found += _spread(each, mention, own)
    return found


def _border(message: ParsedMessage, before: Mention, after: Mention) -> int:
    """Where the words of one thing end and the next one's begin: at the joint before it."""
    joints = ("and", ",", "plus", "then", "also", "&", "with", "or")
    between = [
        at
        for at in range(before.last, after.first)
        if message.text.tokens[at].low in joints and at not in message.taken
    ]
    return between[-1] if between else after.first


def _spread(each: Wanted, mention: Mention, own: Slots) -> list[Wanted]:
    """`flights to Rome and Milan` and `Rome for 3 nights and Milan for 2` are two requests."""
    place = next((place for place in own.places if place.name == each.destination), None)
    if place and place.alternatives and (mention.plural):
        return [replace(each, destination=name, several_places=()) for name in (place.name, *place.alternatives)]
    ordered = sorted(own.places, key=lambda found: found.first)
    if len(ordered) > 1 and len(ordered) == len(own.lengths) and all(span.value is not None for span in own.lengths):
        return [
            replace(each, destination=found.name, length=span.value, several_places=())
            for found, span in zip(ordered, own.lengths, strict=True)
        ]
    return [each]


def _settled(message: ParsedMessage, wanted: list[Wanted], excluded: set[ToolName]) -> list[Wanted]:
    """One trip where all its parts are wanted for one place, its parts where one is not wanted."""
    named = [each for each in wanted if not each.going]
    wanted = _with_context(message, named or wanted)
    settled: list[Wanted] = []
    for each in wanted:
        if each.tool == "book_travel":
            own = [other for other in wanted if other.tool in _PARTS and other.destination in (None, each.destination)]
            narrowed = bool(excluded) or (own and _ALONE.search(message.text.plain) and len({o.tool for o in own}) == 2)
            if narrowed:
                parts = [
                    tool for tool in _PARTS if tool not in excluded and (excluded or tool in {o.tool for o in own})
                ]
                settled += [replace(each, tool=tool) for tool in parts]
                continue
        settled.append(each)
    trips = {each.destination for each in settled if each.tool == "book_travel"}
    settled = [each for each in settled if each.tool == "book_travel" or each.destination not in trips]
    return _as_trip(settled)


def _as_trip(wanted: list[Wanted]) -> list[Wanted]:
    """Flight, hotel and car to one place make a trip."""
    if {each.tool for each in wanted} == set(_PARTS) and len(wanted) == len(_PARTS):
        by_tool = {each.tool: each for each in wanted}
        same = len({(each.destination or "").lower() for each in wanted}) == 1
        lengths = {each.length for each in wanted if each.tool != "book_flight" and each.length is not None}
        if same and len(lengths) <= 1:
            return [replace(by_tool["book_hotel"], tool="book_travel", day=by_tool["book_flight"].day)]
    return wanted


def _with_context(message: ParsedMessage, wanted: list[Wanted]) -> list[Wanted]:
    """Places and days named beside the requests: `I'm off to Rome on Friday. I need a car for 3 days.`"""
    around = [clause for clause in message.clauses if clause.form in ("tale", "fragment", "request")]
    if re.search(r"\bthere\b", message.text.plain):
        around += [clause for clause in message.clauses if clause.form in ("past", "maybe", "question")]
    for clause in around:
        slots = message.slots(clause.first, clause.last)
        if clause.form != "request":
            slots = replace(slots, lengths=())
        if not slots.places and clause.form != "request":
            loose = find_loose_place(message.text, clause.first, clause.last, message.taken, frozenset())
            slots = replace(slots, places=(loose,) if loose else ())
        wanted = [completed(each, slots, override=False) for each in wanted]
    return wanted
