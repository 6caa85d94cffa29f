"""What a message asks to book: its requests, each with as much as it says about place, length and day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from agents.offline.clauses import Clause, plain, read_clauses
from agents.offline.dates import find_dates
from agents.offline.lengths import find_lengths
from agents.offline.nouns import Mention, find_mentions, goes_somewhere
from agents.offline.places import Place, find_loose_place, find_places, place_at
from agents.offline.spans import DateSpan, LengthSpan
from agents.offline.tokens import Text, tokenise
from agents.tools import LENGTH_OF_TOOL
from domain.requests import ToolName

_PARTS: tuple[ToolName, ...] = ("book_flight", "book_hotel", "book_car_hire")
_CORRECTION = re.compile(
    r"^(?:no|nope|actually|sorry|wait|i mean|i meant|rather|make (?:it|that)|or rather|scratch|instead|correction)\b"
)
_POINTS_BACK = re.compile(
    r"^(?:can|could|would|will|you|please|go ahead and|just|\s)*(?:book|reserve|get|take|rent|hire|arrange) (?:me |us )?(?:it|that|one|this|them)\b"
)
_ALONE = re.compile(r"\b(?:only|just|nothing else|alone|that's all)\b")
_ORDERS = re.compile(r"^(?:book|reserve|get|order|buy|arrange|organi[sz]e|rent|hire|fly|send|take|find|plan|make)\b")


@dataclass(frozen=True)
class Wanted:
    """One thing to book; None for what was not said. `unclear` names what was said but can't be used as it is."""

    tool: ToolName
    destination: str | None = None
    length: int | None = None
    day: date | None = None
    unclear_day: str | None = None
    several_places: tuple[str, ...] = ()
    going: bool = False
    """Only going somewhere was said: gives way to anything that is named as to be booked."""

    def arguments(self) -> dict[str, str | int]:
        """The tool's arguments as far as they are known."""
        found: dict[str, str | int] = {}
        if self.destination:
            found["destination"] = self.destination
        unit = LENGTH_OF_TOOL[self.tool]
        if unit and self.length is not None:
            found[unit] = self.length
        if self.day:
            found["date"] = self.day.isoformat()
        return found


@dataclass(frozen=True)
class Slots:
    """What a stretch of words says besides the thing to book."""

    places: tuple[Place, ...]
    lengths: tuple[LengthSpan, ...]
    dates: tuple[DateSpan, ...]

    @property
    def empty(self) -> bool:
        return not (self.places or self.lengths or self.dates)


class Message:
    """A message, taken apart once."""

    def __init__(self, source: str, today: date) -> None:
        self.text: Text = tokenise(source)
        self.today = today
        self.dates = find_dates(self.text, today)
        dated = {at for span in self.dates for at in range(span.first, span.last)}
        self.lengths = find_lengths(self.text, dated)
        self.taken = dated | {at for span in self.lengths for at in range(span.first, span.last)}
        self.clauses: list[Clause] = read_clauses(self.text)

    def words(self, clause: Clause) -> str:
        return self.text.lows(clause.first, clause.last)

    def mentions(self, first: int, last: int) -> list[Mention]:
        return find_mentions(self.text, first, last, self.taken)

    def slots(self, first: int, last: int) -> Slots:
        """Places, lengths and dates that stand in a stretch of tokens."""
        places = sorted(find_places(self.text, first, last, self.taken), key=lambda place: (place.rank, place.first))
        return Slots(
            tuple(places),
            tuple(span for span in self.lengths if first <= span.first < last),
            tuple(span for span in self.dates if first <= span.first < last),
        )

    def unit_of(self, tool: ToolName) -> str | None:
        return LENGTH_OF_TOOL[tool]


def wanted_in(message: Message) -> list[Wanted]:
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


def _take_up(message: Message, clause: Clause, mentions: list[Mention], wanted: list[Wanted]) -> None:
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
        bare = None if slots.places else _bare_place(message, clause)
        if bare:
            slots = replace(slots, places=(bare,))
        wanted[-1] = _completed(
            wanted[-1], slots, override=bool(_CORRECTION.match(words)) or _follows_correction(message, clause)
        )
        return
    if _POINTS_BACK.search(plain(words)) and (found := _pointed_at(message, clause)):
        wanted.extend(_completed(each, slots, override=False) for each in found)
    elif single := _without_noun(message, clause, slots):
        wanted.append(single)


def _pointed_at(message: Message, clause: Clause) -> list[Wanted]:
    """What `book it` means: the thing that an earlier clause told of."""
    for earlier in reversed(message.clauses[: message.clauses.index(clause)]):
        mentions = message.mentions(earlier.first, earlier.last)
        if mentions and earlier.form in ("tale", "maybe", "question", "price", "fragment"):
            return _of_mentions(message, earlier, mentions)
    return []


def _follows_correction(message: Message, clause: Clause) -> bool:
    at = message.clauses.index(clause)
    return at > 0 and bool(_CORRECTION.match(message.words(message.clauses[at - 1])))


def _bare_place(message: Message, clause: Clause) -> Place | None:
    if clause.last - clause.first > 5:
        return None
    return find_loose_place(message.text, clause.first, clause.last, message.taken, frozenset())


def _is_whole_fragment(message: Message, clause: Clause, found: Sequence[Wanted]) -> bool:
    """A noun phrase is a request if it says more than its noun: `a flight to Oslo`, but not `hotels`."""
    words = message.words(clause)
    polite = re.search(r"\b(?:please|pls|thanks)\b", words)
    single = not all(mention.plural for mention in message.mentions(clause.first, clause.last))
    told = any(each.length is not None or each.day for each in found)
    return bool(polite or single or told) and not re.match(r"any\b", words)


def _without_noun(message: Message, clause: Clause, slots: Slots) -> Wanted | None:
    """`I want to go to Lisbon for a week`, `5 nights in Paris, please`: a trip; `book 3 nights in Rome`: a hotel."""
    words = plain(message.words(clause))
    goes = clause.form == "request" and goes_somewhere(message.text, clause.first, clause.last)
    place = slots.places[0] if slots.places else None
    if place is None and (slots.lengths or clause.form == "request"):
        place = find_loose_place(message.text, clause.first, clause.last, message.taken, frozenset())
    if not (place and (goes or slots.lengths)):
        return None
    nights = any(span.unit == "nights" for span in slots.lengths)
    tool: ToolName = "book_hotel" if nights and re.match(r"(?:book|reserve)\b", words) else "book_travel"
    if not goes and re.search(r"\bdriv(?:e|ing)\b", words):
        tool = "book_car_hire"
    return _filled(Wanted(tool, going=tool == "book_travel"), replace(slots, places=(place,)))


def _of_mentions(message: Message, clause: Clause, mentions: list[Mention]) -> list[Wanted]:
    """One request per thing named, each with the words around it; what one lacks it takes from its neighbours."""
    borders = [
        clause.first,
        *(_border(message, before, after) for before, after in zip(mentions, mentions[1:], strict=False)),
        clause.last,
    ]
    stretches = list(zip(borders, borders[1:], strict=False))
    all_slots = [message.slots(first, last) for first, last in stretches]
    nouns = {at for mention in mentions for at in range(mention.first, mention.last)}
    found: list[Wanted] = []
    for number, mention in enumerate(mentions):
        slots = all_slots[number]
        if not slots.places and not any(each.places for each in all_slots):
            loose = find_loose_place(message.text, *stretches[number], message.taken, nouns)
            slots = replace(slots, places=(loose,) if loose else ())
            all_slots[number] = slots
    for number, mention in enumerate(mentions):
        own = all_slots[number]
        each = _filled(Wanted(mention.tool), own)
        for other in (*all_slots[number + 1 :], *reversed(all_slots[:number])):
            each = _completed(each, other, override=False)
        found += _spread(each, mention, own)
    return found


def _border(message: Message, before: Mention, after: Mention) -> int:
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


def _filled(wanted: Wanted, slots: Slots) -> Wanted:
    return _completed(wanted, slots, override=False)


def _completed(wanted: Wanted, slots: Slots, *, override: bool) -> Wanted:
    """With what is missing, or with `override` also what differs, taken from some words."""
    if slots.places and (override or not wanted.destination):
        place = slots.places[0]
        several = (place.name, *place.alternatives) if place.alternatives else ()
        wanted = replace(wanted, destination=place.name, several_places=several)
    length = _length(wanted.tool, slots)
    if length is not None and (override or wanted.length is None):
        wanted = replace(wanted, length=length)
    days = [span for span in slots.dates if not span.is_end]
    if days and (override or (not wanted.day and not wanted.unclear_day)):
        first = days[-1] if override else days[0]
        wanted = replace(wanted, day=first.day, unclear_day=None if first.day else "yes")
    return wanted


def _length(tool: ToolName, slots: Slots) -> int | None:
    """The length in the tool's own unit if there is one, else any, else what a range of dates amounts to."""
    unit = LENGTH_OF_TOOL[tool]
    if unit is None:
        return None
    usable = [span for span in slots.lengths if span.value is not None]
    if chosen := next((span for span in usable if span.unit == unit), usable[0] if usable else None):
        return chosen.value
    ranged = next((span for span in slots.dates if span.day and span.until), None)
    return (ranged.until - ranged.day).days if ranged and ranged.until and ranged.day else None


def _settled(message: Message, wanted: list[Wanted], excluded: set[ToolName]) -> list[Wanted]:
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


def _with_context(message: Message, wanted: list[Wanted]) -> list[Wanted]:
    """Places and days that the message names beside its requests: `I'm off to Rome on Friday. I need a car for 3 days.`"""
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
        wanted = [_completed(each, slots, override=False) for each in wanted]
    return wanted


def spoken_place(message: Message) -> Place | None:
    """The place in a bare answer: `Lisbon`, `to Lisbon please`, `let's say Lisbon`."""
    for clause in message.clauses:
        slots = message.slots(clause.first, clause.last)
        if slots.places:
            return slots.places[0]
        if bare := _bare_place(message, clause):
            return bare
    return place_at(message.text, 0, message.taken) if message.text.tokens else None
