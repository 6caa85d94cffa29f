"""Which of the four tools a message speaks of: trip, flight, hotel, hire car, and plain going somewhere."""

import re
from collections.abc import Set
from dataclasses import dataclass

from agents.offline.tokens import Text
from domain.trip.requests import ToolName

_HOTEL = (
    r"(?:hotel|motel|hostel|inn|guest ?house|resort|b&b|bnb|bed and breakfast)s?(?: rooms?| suites?| stays?)?"
    r"|(?:(?:single|double|twin|family|triple|king|queen|deluxe|standard|bed)[ -])*(?:bed)?rooms?|suites?"
    r"|accommodations?|accomodations?|accommodation|lodgings?|(?:place|somewhere|anywhere|roof) (?:nice |"
    r"cheap |decent |quiet |good )?to "
    r"(?:stay|sleep|crash)|bed for the night|place(?= (?:in|near|at) )|put (?:me|us|them) up|check (?:me|"
    r"us) in(?:to)?|stay(?:ing)?|sleep"
)
_CAR = (
    r"(?:(?:hire|rental|rented|small|big|large|family|electric|compact|economy|sports|estate|automatic) )*"
    r"(?:car|cars|vehicle|vehicles|suv|suvs|minivan|minivans|van|convertible|automobile|cabrio|jeep|4x4|"
    r"sedan|people carrier|"
    r"hatchback|camper|campervan|auto)(?: hire| rental| rentals)?|rent-a-car|set of wheels|wheels|hire car|rental"
)
_FLIGHT = (
    r"(?:(?:return|direct|non-?stop|one-way|round[ -]trip) )*(?:flight|flights|airfare|"
    r"airfares)(?: tickets?| seats?)?|fly|flying"
    r"|(?:plane|air|airline|airplane|aeroplane|flight)(?:-| )(?:tickets?|seats?|fares?)|planes?|"
    r"seats? on (?:a|the) (?:plane|flight)"
    r"|(?:(?:return|one-way|round[ -]trip|single|open) )*tickets?(?= (?:to|from|for))|round-trip(?= to)|"
    r"jet (?=(?:me|us|off) )"
)
_TRAVEL = (
    r"(?:(?:business|family|beach|city|weekend|short|package|ski|skiing|summer|winter|honeymoon|romantic|"
    r"road|dream|relaxing|"
    r"group|solo|whole|entire|full|complete|all-in|surprise|birthday|anniversary|walking|golf|sailing|sightseeing) )*"
    r"(?:trip|trips|holiday|holidays|hols|vacation|vacations|vacay|getaway|getaways|journey|honeymoon|"
    r"staycation|excursion|"
    r"minibreak|mini-break|retreat|escapade|travel package|travel|package|packages|city breaks?|"
    r"weekend breaks?|short breaks?|"
    r"beach breaks?|breaks?(?= (?:in|to|at|away))|weekend away|time away|tour(?= (?:of|to|in|"
    r"around)))(?: package| packages)?"
)
_GOING = (
    r"(?:go|going|travel|travelling|traveling|visit|head|escape|get|take (?:me|us)|get (?:me|us|myself|"
    r"ourselves)|be|see|explore|bring (?:me|us)|send (?:me|us)|spend|whisk (?:me|us)|off|come|hop|pop|nip)"
)
_NOUNS: dict[ToolName, str] = {
    "book_flight": _FLIGHT,
    "book_car_hire": _CAR,
    "book_hotel": _HOTEL,
    "book_travel": _TRAVEL,
}
_PATTERNS: dict[ToolName, re.Pattern[str]] = {
    tool: re.compile(rf"(?<!\S)(?:{pattern})(?!\S)") for tool, pattern in _NOUNS.items()
}
_GO = re.compile(rf"(?<!\S){_GOING}(?!\S)")
_MODIFIER = re.compile(
    r"(?:for|near|after|before|during|from|by|of|at|on|to|next to|close to|about) (?:my|our|the|a|an|this|"
    r"that|his|her|their|some|any)"
    r"(?: (?!and)[a-z'-]+){0,2} $"
)
_OTHER_RENTAL = re.compile(r"(?:bike|ski|boat|house|scooter|my|some) $")
_OTHER_TICKET = re.compile(
    r"(?:train|bus|coach|ferry|concert|theatre|theater|museum|opera|football|match|game|movie|cinema|rail|"
    r"tram|metro|lottery|"
    r"boat|cruise|festival|show|gig|zoo|park|event) $"
)
_JOINT = re.compile(r"(?:^|\s)(?:and|,|plus|then|another|also|&|or)(?:\s|$)")
_NOT_TRIP = re.compile(r"(?:round|return|day) $|round-$")
_EXCLUDED = re.compile(
    r"(?:without|no|not|minus|except|excluding|never mind|forget|skip|skipping|drop|leave out|but not|"
    r"n't need|do not need|"
    r"do not want|don't need|don't want|don't book|do not book|nor|neither|instead of|rather than|"
    r"not (?:need|want)(?:ing)?)"
    r"(?: (?:a|an|the|any|my|our|book|hire|hired|rental|that|of|get|me|us))* $"
)


@dataclass(frozen=True)
class Mention:
    """A tool's noun at tokens `first` to before `last`. `excluded`: it is named as not wanted."""

    tool: ToolName
    first: int
    last: int
    plural: bool
    excluded: bool


def find_mentions(text: Text, first: int, last: int, taken: Set[int]) -> list[Mention]:
    """The things to book that tokens `first` to before `last` name, in order; each word counts once."""
    found: dict[int, Mention] = {}
    used: set[int] = set(taken)
    offset = text.starts[first] if first < len(text.starts) else 0
    end = text.starts[last] if last < len(text.starts) else len(text.plain)
    for tool, pattern in _PATTERNS.items():
        for match in pattern.finditer(text.plain, offset, end):
            start, stop = text.index_at(match.start()), text.index_at(match.end() - 1) + 1
            before = text.plain[offset : match.start()]
            if not used.isdisjoint(range(start, stop)) or _is_something_else(tool, match.group(), before):
                continue
            used.update(range(start, stop))
            words = match.group().split()
            plural = any(word.endswith("s") and word not in ("is", "this", "business") for word in words)
            found[start] = Mention(tool, start, stop, plural, bool(_EXCLUDED.search(before)))
    return _without_modifiers(text, offset, _merged(text, [found[start] for start in sorted(found)]))


def goes_somewhere(text: Text, first: int, last: int) -> bool:
    """Whether the words speak of going to a place without naming a thing to book."""
    return bool(_GO.search(text.lows(first, last)))


def _is_something_else(tool: ToolName, words: str, before: str) -> bool:
    if "ticket" in words and _OTHER_TICKET.search(before):
        return True
    if tool == "book_travel" and words.startswith("trip") and _NOT_TRIP.search(before):
        return True
    if words in ("travel", "package") and re.search(r"(?:to|can|could|i|we|who|send|a|the|my) $", before):
        return words == "travel" or "send" in before
    if words.startswith("room") and re.search(
        r"(?:bath|class|chat|living|is there|meeting|conference|some|enough|more) $", before
    ):
        return True
    return words in ("rental", "wheels", "sleep") and bool(_OTHER_RENTAL.search(before))


def _merged(text: Text, mentions: list[Mention]) -> list[Mention]:
    """Two names of one thing side by side are one: `hotel room`, `somewhere to stay`, `hotel accommodation`."""
    merged: list[Mention] = []
    for mention in mentions:
        gap = text.lows(merged[-1].last, mention.first) if merged else ""
        if merged and merged[-1].tool == mention.tool and not _JOINT.search(gap) and not mention.excluded:
            merged[-1] = Mention(mention.tool, merged[-1].first, mention.last, mention.plural, merged[-1].excluded)
        else:
            merged.append(mention)
    return merged


def _without_modifiers(text: Text, offset: int, mentions: list[Mention]) -> list[Mention]:
    """Drop what only describes: the trip in `a hotel for my trip to Rome`, the flight in `a car after my flight`."""
    kept: list[Mention] = []
    for mention in mentions:
        before = text.plain[offset : text.starts[mention.first]]
        if kept and not mention.excluded and _MODIFIER.search(before):
            gap = text.lows(kept[-1].last, mention.first)
            if not _JOINT.search(gap):
                continue
        kept.append(mention)
    return kept
