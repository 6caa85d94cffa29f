"""The requests of a message, each with as much as it says about place, length and day."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agents.offline.clauses import Clause
from agents.offline.extras.arguments import travellers_in
from agents.offline.forms import Form
from agents.offline.message import ParsedMessage, PartialRequest, Slots, bare_place, completed
from agents.offline.nouns import Mention, goes_somewhere
from agents.offline.patterns import any_of
from agents.offline.phrases import plain
from agents.offline.places import Place, find_loose_place
from domain.components import ToolName, parts_of

_PARTS: tuple[ToolName, ...] = tuple(component.tool for component in parts_of("travel"))
_CORRECTION = re.compile(
    "^"
    + any_of(
        "no, nope, actually, sorry, wait, i mean, i meant, rather, make (?:it|that), or rather, scratch, instead",
        "correction",
    )
    + r"\b"
)
_POINTS_BACK = re.compile(
    r"^(?:can|could|would|will|you|please|go ahead and|just|\s)*+(?:book|reserve|get|take|rent|hire|arrange) "
    r"(?:me |us )?(?:it|that|one|this|them)\b"
)
_ALONE = re.compile(r"\b(?:only|just|nothing else|alone|that's all)\b")
_ORDERS = re.compile(
    "^"
    + any_of("book, reserve, get, order, buy, arrange, organi[sz]e, rent, hire, fly, send, take, find, plan, make")
    + r"\b"
)
_POLITE = re.compile(r"\b(?:please|pls|thanks)\b")
_BOOKS_NIGHTS = re.compile(r"\b(?:book|reserve)(?: me| us)? \d")
_ANY = re.compile(r"any\b")
_THERE = re.compile(r"\bthere\b")
_DRIVES = re.compile(r"\bdriv(?:e|ing)\b")
_FORMS_THAT_COUNT: frozenset[Form] = frozenset({"withdrawn", "negated", "price", "request", "fragment"})
# Several may make one trip, or be named twice; more than this cannot come down to what one message may book.
_MOST_NAMED = 10
_FARTHEST_POINT = 10
_JOINTS = ("and", ",", "plus", "then", "also", "&", "with", "or")


def requests_in(message: ParsedMessage) -> list[PartialRequest]:
    """Return the message's requests in order; none where it books nothing.

    More than 10 are returned as they were named. Those are too many to book, so nothing is made of the words around
    them.
    """
    requests: list[PartialRequest] = []
    excluded: set[ToolName] = set()
    has_order = asks_price = False
    for number, clause in enumerate(message.clauses):
        if clause.form not in _FORMS_THAT_COUNT:
            continue
        mentions = message.mentions(clause)
        match clause.form:
            case "withdrawn" if not (requests and any(mention.tool in _PARTS for mention in mentions)):
                requests.clear()
            case "withdrawn" | "negated":
                # `but not the hotel` takes back one part of what was asked for.
                excluded |= {mention.tool for mention in mentions}
                requests = [request for request in requests if request.tool not in excluded]
            case "price":
                asks_price = True
            case "request" | "fragment":
                has_order = has_order or bool(_ORDERS.match(plain(message.words(clause))))
                excluded |= {mention.tool for mention in mentions if mention.is_excluded}
                kept = [mention for mention in mentions if not mention.is_excluded]
                requests = _with_clause(message, number, kept, requests)
            case _:
                pass
    # `A flight to Rome? How much would that be?` is a question, unless something was ordered.
    if asks_price and not has_order:
        return []
    if len(requests) > _MOST_NAMED:
        return requests
    return _settled(message, requests, excluded)


def _with_clause(
    message: ParsedMessage, number: int, mentions: list[Mention], requests: list[PartialRequest]
) -> list[PartialRequest]:
    """Return the requests with what one clause, of that number, adds, completes or corrects."""
    clause = message.clauses[number]
    if len(requests) + len(mentions) > _MOST_NAMED:
        return [*requests, *(PartialRequest(mention.tool) for mention in mentions)]
    if mentions:
        others = [request for request in requests if not request.is_only_going]
        named = _of_mentions(message, clause, mentions)
        is_request = clause.form == "request" or _is_whole_fragment(message, clause, named)
        return [*others, *named] if is_request else others
    slots = message.slots(clause.first, clause.last)
    if requests:
        *others, last = requests
        return [*others, _corrected(message, number, slots, last)]
    if _POINTS_BACK.search(plain(message.words(clause))):
        pointed_at = _pointed_at(message, number)
        if pointed_at:
            return [completed(request, slots) for request in pointed_at]
    single = _without_noun(message, clause, slots)
    return [single] if single else []


def _corrected(message: ParsedMessage, number: int, slots: Slots, request: PartialRequest) -> PartialRequest:
    clause = message.clauses[number]
    if not slots.places:
        bare = bare_place(message, clause)
        slots = replace(slots, places=(bare,) if bare else ())
    # `No. Milan.` corrects as much as `no, Milan`.
    candidates = message.clauses[max(0, number - 1) : number + 1]
    corrects = any(_CORRECTION.match(message.words(candidate)) for candidate in candidates)
    return completed(request, slots, override=corrects)


def _pointed_at(message: ParsedMessage, number: int) -> list[PartialRequest]:
    """Return the meaning of `book it` in a clause: the thing that one shortly before spoke of."""
    earlier = message.clauses[max(0, number - _FARTHEST_POINT) : number]
    for candidate in reversed(earlier):
        mentions = message.mentions(candidate)[:_MOST_NAMED]
        if mentions and candidate.form in ("tale", "maybe", "question", "price", "fragment"):
            return _of_mentions(message, candidate, mentions)
    return []


def _is_whole_fragment(message: ParsedMessage, clause: Clause, named: Sequence[PartialRequest]) -> bool:
    """Return whether a noun phrase says more than its noun: `a flight to Oslo`, but not `hotels`."""
    words = message.words(clause)
    if _ANY.match(words):
        return False
    is_single = not all(mention.is_plural for mention in message.mentions(clause))
    has_details = any(request.length is not None or request.day for request in named) or bool(travellers_in(message))
    return is_single or has_details or bool(_POLITE.search(words))


def _without_noun(message: ParsedMessage, clause: Clause, slots: Slots) -> PartialRequest | None:
    """Return the request of words that name no thing to book.

    `I want to go to Lisbon for a week` and `5 nights in Paris, please` are trips, `book 3 nights in Rome` is a hotel.
    """
    goes = clause.form == "request" and goes_somewhere(message.text, clause.first, clause.last)
    place = slots.places[0] if slots.places else _place_beside_length(message, clause, slots)
    if place is None or not (goes or slots.lengths):
        return None
    words = plain(message.words(clause))
    names_nights = any(span.unit == "nights" for span in slots.lengths)
    tool: ToolName = "book_hotel" if names_nights and _BOOKS_NIGHTS.search(words) else "book_travel"
    if not goes and _DRIVES.search(words):
        tool = "book_car_hire"
    request = PartialRequest(tool, is_only_going=tool == "book_travel")
    return completed(request, replace(slots, places=(place,)))


def _place_beside_length(message: ParsedMessage, clause: Clause, slots: Slots) -> Place | None:
    if not slots.lengths and clause.form != "request":
        return None
    return _loose_place(message, clause.first, clause.last)


def _loose_place(message: ParsedMessage, first: int, last: int) -> Place | None:
    return find_loose_place(message.names, first, last, frozenset())


def _of_mentions(message: ParsedMessage, clause: Clause, mentions: list[Mention]) -> list[PartialRequest]:
    """Return a request for each thing named, with the words around it; what one lacks it takes from its neighbours."""
    borders = [_border(message, before, after) for before, after in pairwise(mentions)]
    stretches = list(pairwise([clause.first, *borders, clause.last]))
    slots = [message.slots(first, last) for first, last in stretches]
    nouns = {at for mention in mentions for at in range(mention.first, mention.last)}
    for number, (first, last) in enumerate(stretches):
        # A name without a preposition is the weaker sign, so it counts only where no other place is named at all.
        if not any(other.places for other in slots):
            loose = find_loose_place(message.names, first, last, nouns)
            slots[number] = replace(slots[number], places=(loose,) if loose else ())
    requests: list[PartialRequest] = []
    for number, mention in enumerate(mentions):
        request = completed(PartialRequest(mention.tool), slots[number])
        # The words after the thing come first, then those before it from the nearest on.
        for other in (*slots[number + 1 :], *reversed(slots[:number])):
            request = completed(request, other)
        requests += _spread(request, mention, slots[number])
    return requests


def _border(message: ParsedMessage, before: Mention, after: Mention) -> int:
    """Return the token where the words of one thing end and the next one's begin: the last joint between them."""
    for at in reversed(range(before.last, after.first)):
        if message.text.tokens[at].low in _JOINTS and at not in message.taken:
            return at
    return after.first


def _spread(request: PartialRequest, mention: Mention, slots: Slots) -> list[PartialRequest]:
    """Return two requests for `flights to Rome and Milan`, and for `Rome for 3 nights and Milan for 2`."""
    place = next((place for place in slots.places if place.name == request.destination), None)
    if place and place.alternatives and mention.is_plural:
        names = (place.name, *place.alternatives)
        return [replace(request, destination=name, several_places=()) for name in names]
    has_pairs = len(slots.places) == len(slots.lengths) > 1 and all(span.value is not None for span in slots.lengths)
    if not has_pairs:
        return [request]
    in_order = sorted(slots.places, key=lambda candidate: candidate.first)
    return [
        replace(request, destination=candidate.name, length=span.value, several_places=())
        for candidate, span in zip(in_order, slots.lengths, strict=True)
    ]


def _settled(message: ParsedMessage, requests: list[PartialRequest], excluded: set[ToolName]) -> list[PartialRequest]:
    """Return one trip where all its parts are to one place, and its parts where one of them is not wanted."""
    named = [request for request in requests if not request.is_only_going]
    requests = _with_context(message, named or requests)
    settled: list[PartialRequest] = []
    for request in requests:
        settled += [replace(request, tool=tool) for tool in _tools_of(message, request, requests, excluded)]
    # A part to the place of a trip is in the trip already.
    trips = {request.destination for request in settled if request.tool == "book_travel"}
    settled = [request for request in settled if request.tool == "book_travel" or request.destination not in trips]
    return _as_trip(settled)


def _tools_of(
    message: ParsedMessage, request: PartialRequest, requests: Sequence[PartialRequest], excluded: set[ToolName]
) -> Sequence[ToolName]:
    """Return the tools that a request calls: for a trip without its hotel, flight and hire car."""
    if request.tool != "book_travel":
        return (request.tool,)
    if excluded:
        return [tool for tool in _PARTS if tool not in excluded]
    named_parts = {other.tool for other in requests if other.destination in (None, request.destination)}
    named_parts.intersection_update(_PARTS)
    # `A trip to Rome, just flight and hotel.`
    if len(named_parts) == 2 and _ALONE.search(message.text.plain):
        return [tool for tool in _PARTS if tool in named_parts]
    return (request.tool,)


def _as_trip(requests: list[PartialRequest]) -> list[PartialRequest]:
    """Return one trip for flight, hotel and hire car to one place, else the requests as they are."""
    by_tool = {request.tool: request for request in requests}
    if set(by_tool) != set(_PARTS) or len(requests) != len(_PARTS):
        return requests
    destinations = {(request.destination or "").lower() for request in requests}
    lengths = {by_tool[tool].length for tool in ("book_hotel", "book_car_hire")} - {None}
    if len(destinations) > 1 or len(lengths) > 1:
        return requests
    return [replace(by_tool["book_hotel"], tool="book_travel", day=by_tool["book_flight"].day)]


def _with_context(message: ParsedMessage, requests: list[PartialRequest]) -> list[PartialRequest]:
    """Complete the requests with places and days named beside them: `I'm off to Rome on Friday. I need a car there.`"""
    clauses = [clause for clause in message.clauses if clause.form in ("tale", "fragment", "request")]
    if _THERE.search(message.text.plain):
        clauses += [clause for clause in message.clauses if clause.form in ("past", "maybe", "question")]
    for clause in clauses:
        slots = message.slots(clause.first, clause.last)
        if clause.form != "request":
            slots = _context_slots(message, clause, slots)
        requests = [completed(request, slots) for request in requests]
    return requests


def _context_slots(message: ParsedMessage, clause: Clause, slots: Slots) -> Slots:
    # A length in a tale is somebody else's: `we had 3 nights in Rome last year`.
    slots = replace(slots, lengths=())
    if slots.places:
        return slots
    loose = _loose_place(message, clause.first, clause.last)
    return replace(slots, places=(loose,) if loose else ())
