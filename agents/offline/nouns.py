"""The things to book that a message names: trip, flight, hotel, hire car, or just going somewhere."""

import re
from collections.abc import Set
from dataclasses import dataclass, replace

from agents.offline.patterns import any_of
from agents.offline.tokens import Text
from domain.components import ToolName
from domain.trip.requests import KIND_OF_TOOL

_HOTEL = any_of(
    "(?:hotel|motel|hostel|inn|guest ?house|resort|b&b|bnb|bed and breakfast)s?(?: rooms?| suites?| stays?)?",
    "(?:(?:single|double|twin|family|triple|king|queen|deluxe|standard|bed)[ -]){0,4}(?:bed)?rooms?, suites?",
    "accommodations?, accomodations?, accommodation, lodgings?",
    "(?:holiday |beach |serviced )?(?:villa|apartment|flat|cottage|chalet|bungalow|studio|condo|cabin)s?",
    "(?:holiday|summer|beach|country) (?:home|house|let)s?, airbnbs?, lodge, riad, ryokan",
    "(?:place|somewhere|anywhere|roof) (?:nice |cheap |decent |quiet |good )?to (?:stay|sleep|crash)",
    "bed for the night, place(?= (?:in|near|at) ), put (?:me|us|them) up, check (?:me|us) in(?:to)?, stay(?:ing)?",
    "sleep",
    # A hotel by the name of its company.
    "(?:marriott|hilton|sheraton|hyatt|novotel|ibis|mercure|radisson|ritz|ritz-carlton|(?:4|four) seasons|holiday inn"
    "|westin|best western|intercontinental|premier inn|travelodge|sofitel|kempinski|mandarin oriental|crowne plaza"
    "|ramada|hampton inn|doubletree|waldorf astoria|fairmont|motel 6)(?: hotels?)?",
)
_CAR = any_of(
    "(?:(?:hire|rental|rented|small|big|large|family|electric|compact|economy|sports|estate|automatic) ){0,4}"
    "(?:car|cars|vehicle|vehicles|suv|suvs|minivan|minivans|van|convertible|automobile|cabrio|jeep|4x4"
    "|sedan|people carrier|hatchback|camper|campervan|auto)(?: hire| rental| rentals)?",
    "automatic(?= (?:in|for|from|at)), rent-a-car, set of wheels, wheels, hire car, rental",
)
_FLIGHT = any_of(
    "(?:(?:return|direct|non-?stop|one-way|round[ -]trip) ){0,4}"
    "(?:flight|flights|airfare|airfares)(?: tickets?| seats?)?",
    "fly, flying, (?:plane|air|airline|airplane|aeroplane|flight)(?:-| )(?:tickets?|seats?|fares?), planes?",
    "seats? on (?:a|the) (?:plane|flight)",
    "(?:(?:return|one-way|round[ -]trip|single|open) ){0,4}tickets?(?= (?:to|from|for)), round-trip(?= to)",
    "jet (?=(?:me|us|off) )",
)
_TRAVEL = any_of(
    "(?:(?:business|family|beach|city|weekend|short|package|ski|skiing|summer|winter|honeymoon|romantic|road|dream"
    "|relaxing|group|solo|whole|entire|full|complete|all-in|surprise|birthday|anniversary|walking|golf|sailing"
    "|sightseeing) ){0,4}"
    "(?:trip|trips|holiday|holidays|hols|vacation|vacations|vacay|getaway|getaways|journey|honeymoon|staycation"
    "|excursion|minibreak|mini-break|retreat|escapade|travel package|travel|package|packages|city breaks?"
    "|weekend breaks?|short breaks?|beach breaks?|breaks?(?= (?:in|to|at|away))|weekend away|time away"
    "|tour(?= (?:of|to|in|around)))(?: package| packages)?",
)
_GOING = any_of(
    "go, going, travel, travelling, traveling, visit, head, escape, get, take (?:me|us)",
    "get (?:me|us|myself|ourselves), be, see, explore, bring (?:me|us), send (?:me|us), spend, whisk (?:me|us), off",
    "come, hop, pop, nip",
)


def _noun_of(tool: ToolName) -> tuple[int, str]:
    """Return the pattern of a tool's noun and its rank: a word that fits several counts for the lowest rank."""
    match tool:
        case "book_flight":
            return 1, _FLIGHT
        case "book_car_hire":
            return 2, _CAR
        case "book_hotel":
            return 3, _HOTEL
        case "book_travel":
            return 4, _TRAVEL


_PATTERNS: dict[ToolName, re.Pattern[str]] = {
    tool: re.compile(rf"(?<!\S){_noun_of(tool)[1]}(?!\S)")
    for tool in sorted(KIND_OF_TOOL, key=lambda tool: _noun_of(tool)[0])
}
_GO = re.compile(rf"(?<!\S){_GOING}(?!\S)")
_MODIFIER = re.compile(
    any_of("for, near, after, before, during, from, by, of, at, on, to, next to, close to, about")
    + r" (?:my|our|the|a|an|this|that|his|her|their|some|any)(?: (?!and)[a-z'-]+){0,2} $"
)
"""The words before a thing that only describes another one: `a hotel for my `."""
_OTHER_RENTAL = re.compile(r"(?:bike|ski|boat|house|scooter|my|some) $")
_OTHER_TICKET = re.compile(
    any_of(
        "train, bus, coach, ferry, concert, theatre, theater, museum, opera, football, match, game, movie, cinema",
        "rail, tram, metro, lottery, boat, cruise, festival, show, gig, zoo, park, event",
    )
    + " $"
)
_OTHER_ROOM = re.compile(any_of("bath, class, chat, living, is there, meeting, conference, some, enough, more") + " $")
_NO_NOUN = re.compile(any_of("to, can, could, i, we, who, send, a, the, my") + " $")
"""Words after which `travel` and `package` are verbs or a parcel."""
_JOINT = re.compile(r"(?:^|\s)(?:and|,|plus|then|another|also|&|or)(?:\s|$)")
_NOT_TRIP = re.compile(r"(?:round|return|day) $|round-$")
_EXCLUDED = re.compile(
    any_of(
        "without, no, not, minus, except, excluding, never mind, forget, skip, skipping, drop, leave out, but not",
        "n't need, do not need, do not want, don't need, don't want, don't book, do not book, nor, neither",
        "instead of, rather than, not (?:need|want)(?:ing)?",
    )
    + r"(?: (?:a|an|the|any|my|our|book|hire|hired|rental|that|of|get|me|us)){0,6} $"
)
# The words that change a noun's meaning are right before it.
_LETTERS_BEFORE = 100
_NO_PLURALS = ("is", "this", "business")


@dataclass(frozen=True)
class Mention:
    """The noun of a tool at tokens `first` to before `last`. `is_excluded` says that the thing is not to be booked."""

    tool: ToolName
    first: int
    last: int
    is_plural: bool
    is_excluded: bool


def find_mentions(text: Text, first: int, last: int, taken: Set[int]) -> list[Mention]:
    """Return the things to book that tokens `first` to before `last` name, in order; each word counts once."""
    mentions: dict[int, Mention] = {}
    used: set[int] = set(taken)
    offset = text.starts[first] if first < len(text.starts) else 0
    end = text.starts[last] if last < len(text.starts) else len(text.plain)
    for tool, pattern in _PATTERNS.items():
        for match in pattern.finditer(text.plain, offset, end):
            start, stop = text.index_at(match.start()), text.index_at(match.end() - 1) + 1
            before = _words_before(text, offset, match.start())
            if not used.isdisjoint(range(start, stop)) or _is_something_else(tool, match.group(), before):
                continue
            used.update(range(start, stop))
            is_excluded = bool(_EXCLUDED.search(before))
            mentions[start] = Mention(tool, start, stop, _is_plural(match.group()), is_excluded)
    in_order = [mentions[start] for start in sorted(mentions)]
    return _without_modifiers(text, offset, _merged(text, in_order))


def goes_somewhere(text: Text, first: int, last: int) -> bool:
    """Return whether the words speak of going to a place, without a thing to book."""
    return bool(_GO.search(text.words(first, last)))


def _words_before(text: Text, offset: int, position: int) -> str:
    return text.plain[max(offset, position - _LETTERS_BEFORE) : position]


def _is_plural(words: str) -> bool:
    return any(word.endswith("s") and word not in _NO_PLURALS for word in words.split())


def _is_something_else(tool: ToolName, words: str, before: str) -> bool:
    """Return whether the words before the noun make it another thing, such as a train ticket."""
    if "ticket" in words and _OTHER_TICKET.search(before):
        return True
    if tool == "book_travel" and words.startswith("trip") and _NOT_TRIP.search(before):
        return True
    if words in ("travel", "package") and _NO_NOUN.search(before):
        return words == "travel" or "send" in before
    if words.startswith("room") and _OTHER_ROOM.search(before):
        return True
    return words in ("rental", "wheels", "sleep") and bool(_OTHER_RENTAL.search(before))


def _merged(text: Text, mentions: list[Mention]) -> list[Mention]:
    """Make one of two names of a thing side by side: `hotel room`, `somewhere to stay`, `hotel accommodation`."""
    merged: list[Mention] = []
    for mention in mentions:
        before = merged[-1] if merged else None
        if before and _names_the_same(text, before, mention):
            merged[-1] = replace(mention, first=before.first, is_excluded=before.is_excluded)
        else:
            merged.append(mention)
    return merged


def _names_the_same(text: Text, before: Mention, mention: Mention) -> bool:
    if before.tool != mention.tool or mention.is_excluded:
        return False
    return not _JOINT.search(text.words(before.last, mention.first))


def _without_modifiers(text: Text, offset: int, mentions: list[Mention]) -> list[Mention]:
    """Drop what only describes: the trip in `a hotel for my trip to Rome`, the flight in `a car after my flight`."""
    kept: list[Mention] = []
    for mention in mentions:
        before = _words_before(text, offset, text.starts[mention.first])
        describes = bool(kept) and not mention.is_excluded and bool(_MODIFIER.search(before))
        if describes and not _JOINT.search(text.words(kept[-1].last, mention.first)):
            continue
        kept.append(mention)
    return kept
