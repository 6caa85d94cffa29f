"""The requests of a message, each with as much as it says about place, length and day."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agents.offline.clauses import Clause
from agents.offline.days.sequences import find_place_alone, in_sequence, places_of_lengths, says_order, stays_in
from agents.offline.extras.arguments import travellers_in
from agents.offline.forms import Form
from agents.offline.message import ParsedMessage, PartialRequest, Slots, bare_place, completed
from agents.offline.nouns import Mention, goes_somewhere
from agents.offline.places import Place, find_loose_place, find_origins
from agents.offline.words import clause_words, other_trades, request_words
from agents.offline.words.phrases import plain
from domain.components import ToolName, parts_of

_PARTS: tuple[ToolName, ...] = tuple(component.tool for component in parts_of("travel"))
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
        form = "fragment" if requests and request_words.MEANT.match(message.words(clause)) else clause.form
        if form not in _FORMS_THAT_COUNT:
            continue
        mentions = message.mentions(clause)
        match form:
            case "withdrawn" if not (requests and any(mention.tool in _PARTS for mention in mentions)):
                requests.clear()
            case "withdrawn" | "negated":
                # `but not the hotel` takes back one part of what was asked for.
                excluded |= {mention.tool for mention in mentions}
                requests = [request for request in requests if request.tool not in excluded]
            case "price":
                asks_price = True
            case "request" | "fragment":
                has_order = has_order or bool(request_words.ORDERS.match(plain(message.words(clause))))
                excluded |= {mention.tool for mention in mentions if mention.is_excluded}
                kept = [mention for mention in mentions if not mention.is_excluded]
                requests = _with_clause(message, number, kept, requests)
            case _:
                pass
    if message.clauses and clause_words.TAKES_BACK.fullmatch(message.words(message.clauses[-1])):
        return []
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
    words = plain(message.words(clause))
    if request_words.POINTS_BACK.search(words) or request_words.SEES_TO_IT.search(words):
        pointed_at = _pointed_at(message, number, only_needs=not request_words.POINTS_BACK.search(words))
        if pointed_at:
            return [completed(request, slots) for request in pointed_at]
    single = _without_noun(message, clause, slots)
    if single is None:
        return []
    places = places_of_lengths(message, clause.first, clause.last, slots)
    return stays_in(message, single, places, slots) if places else [single]


def _corrected(message: ParsedMessage, number: int, slots: Slots, request: PartialRequest) -> PartialRequest:
    clause = message.clauses[number]
    if not slots.places:
        bare = bare_place(message, clause)
        slots = replace(slots, places=(bare,) if bare else ())
    # `No. Milan.` corrects as much as `no, Milan`.
    candidates = message.clauses[max(0, number - 1) : number + 1]
    corrects = any(request_words.CORRECTION.match(message.words(candidate)) for candidate in candidates)
    return completed(request, slots, override=corrects)


def _pointed_at(message: ParsedMessage, number: int, *, only_needs: bool) -> list[PartialRequest]:
    """Return the meaning of `book it` in a clause: the thing that one shortly before spoke of, perhaps as a need."""
    earlier = message.clauses[max(0, number - _FARTHEST_POINT) : number]
    for candidate in reversed(earlier):
        mentions = message.mentions(candidate)[:_MOST_NAMED]
        if only_needs and not clause_words.POINTS_AT_NEED.search(plain(message.words(candidate))):
            continue
        if mentions and candidate.form in ("tale", "maybe", "question", "price", "fragment"):
            return _of_mentions(message, candidate, mentions)
    return []


def _is_whole_fragment(message: ParsedMessage, clause: Clause, named: Sequence[PartialRequest]) -> bool:
    """Return whether a noun phrase says more than its noun: `a flight to Oslo`, but not `hotels`."""
    words = message.words(clause)
    if request_words.ANY.match(words):
        return False
    is_single = not all(mention.is_plural for mention in message.mentions(clause))
    has_details = any(request.length is not None or request.day for request in named)
    # The travellers come last, because they are looked for in the whole message.
    return is_single or has_details or bool(request_words.POLITE.search(words)) or bool(travellers_in(message))


def _without_noun(message: ParsedMessage, clause: Clause, slots: Slots) -> PartialRequest | None:
    """Return the request of words that name no thing to book.

    `I want to go to Lisbon for a week` and `5 nights in Paris, please` are trips, `book 3 nights in Rome` is a hotel.
    """
    if _names_unknown_thing(message, clause):
        return None
    goes = clause.form == "request" and goes_somewhere(message.text, clause.first, clause.last)
    place = slots.places[0] if slots.places else _place_beside_length(message, clause, slots)
    names_stay = slots.lengths or (clause.form == "request" and any(span.until for span in slots.dates))
    if place is None or not (goes or names_stay):
        return None
    words = plain(message.words(clause))
    names_nights = any(span.unit == "nights" for span in slots.lengths)
    tool: ToolName = "book_hotel" if names_nights and request_words.BOOKS_NIGHTS.search(words) else "book_travel"
    if not goes and request_words.DRIVES.search(words):
        tool = "book_car_hire"
    request = PartialRequest(tool, is_only_going=tool == "book_travel")
    return completed(request, replace(slots, places=(place,)))


def _names_unknown_thing(message: ParsedMessage, clause: Clause) -> bool:
    """Return whether something is asked for that has no word here: `a kayak in Nice for 3 days` is no trip to Nice."""
    words = plain(message.words(clause))
    thing = other_trades.UNKNOWN_THING.match(words)
    return bool(thing) and not other_trades.TIMES_AND_PRAISE.fullmatch(thing["thing"])


def _place_beside_length(message: ParsedMessage, clause: Clause, slots: Slots) -> Place | None:
    if not slots.lengths and clause.form != "request":
        return None
    return find_place_alone(message, clause.first, clause.last)


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
    names_day: list[bool] = []
    for number, mention in enumerate(mentions):
        request = completed(PartialRequest(mention.tool), slots[number])
        # The words after the thing come first, then those before it from the nearest on.
        for other in (*slots[number + 1 :], *reversed(slots[:number])):
            request = completed(request, other, own=False)
        request = _picked_up(message, request, stretches[number])
        requests += _spread(message, request, mention, slots[number], stretches[number])
        names_day += [bool(slots[number].dates)] * (len(requests) - len(names_day))
    return in_sequence(requests, names_day, message.today, follow=says_order(message.words(clause)))


def _picked_up(message: ParsedMessage, request: PartialRequest, stretch: tuple[int, int]) -> PartialRequest:
    """Return the request for a hire car with the place that it is taken from: `a car from Ghent`."""
    origins = find_origins(message.names, *stretch) if request.tool == "book_car_hire" else []
    if not origins:
        return request
    origin = origins[0].name
    # A car that is given back elsewhere is more than the tool can express, so the place is asked about.
    several = (origin, request.destination) if request.destination not in (None, origin) else ()
    return replace(request, destination=request.destination or origin, several_places=several)


def _border(message: ParsedMessage, before: Mention, after: Mention) -> int:
    """Return the token where the words of one thing end and the next one's begin: the last joint between them."""
    for at in reversed(range(before.last, after.first)):
        if message.text.tokens[at].low in _JOINTS and at not in message.taken:
            return at
    return after.first


def _spread(
    message: ParsedMessage, request: PartialRequest, mention: Mention, slots: Slots, stretch: tuple[int, int]
) -> list[PartialRequest]:
    """Return two requests for `flights to Rome and Milan`, and for `Rome for 3 nights and Milan for 2`."""
    first, last = stretch
    place = next((place for place in slots.places if place.name == request.destination), None)
    if place and place.alternatives and mention.is_plural:
        names = (place.name, *place.alternatives)
        return [replace(request, destination=name, several_places=()) for name in names]
    has_pairs = len(slots.places) == len(slots.lengths) > 1 and all(span.value is not None for span in slots.lengths)
    if has_pairs:
        in_order = sorted(slots.places, key=lambda candidate: candidate.first)
        return stays_in(message, request, [candidate.name for candidate in in_order], slots)
    places = places_of_lengths(message, first, last, slots)
    return stays_in(message, request, places, slots) if places else [request]


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
    if len(named_parts) == 2 and request_words.ALONE.search(message.text.plain):
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
    if request_words.THERE.search(message.text.plain):
        clauses += [clause for clause in message.clauses if clause.form in ("past", "maybe", "question")]
    for clause in clauses:
        slots = message.slots(clause.first, clause.last)
        if clause.form != "request":
            slots = _context_slots(message, clause, slots)
        requests = [completed(request, slots, own=False) for request in requests]
    return requests


def _context_slots(message: ParsedMessage, clause: Clause, slots: Slots) -> Slots:
    # A length in a tale is somebody else's: `we had 3 nights in Rome last year`.
    slots = replace(slots, lengths=())
    if slots.places:
        return slots
    loose = _loose_place(message, clause.first, clause.last)
    return replace(slots, places=(loose,) if loose else ())
