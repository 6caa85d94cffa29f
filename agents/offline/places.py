"""Destinations: which words of a message name the place to go to, and how the name is written."""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from agents.offline.lexicon import (
    COMMON_THINGS,
    DESCRIBING,
    KEPT_ARTICLES,
    NAME_STARTS,
    NICKNAMES,
    NOT_PLACES,
    PAIRED_NAMES,
    PARTICLES,
    REGION_PHRASES,
    REGIONS,
    STOP,
    VERBS,
)
from agents.offline.spelling import spelled_word
from agents.offline.tokens import Text, Token

_RANKS = {
    "to": 0,
    "into": 0,
    "visit": 0,
    "visiting": 0,
    "explore": 0,
    "exploring": 0,
    "seeing": 0,
    "see": 0,
    "towards": 0,
    "destination": 0,
    "in": 1,
    "around": 1,
    "across": 1,
    "round": 2,
    "of": 2,
    "on": 2,
    "near": 2,
    "at": 3,
    "for": 3,
}
_LONGEST_NAME = 5
_GOING = frozenset(
    {"leave", "leaving", "bound", "head", "heading", "headed", "depart", "departing", "off", "make", "set"}
)


@dataclass(frozen=True)
class Place:
    """A candidate: the name as it will be booked, its tokens, and how strongly its words point to it (0 is best)."""

    name: str
    first: int
    last: int
    rank: int
    alternatives: tuple[str, ...] = ()
    """Further places named in one breath with it: `Paris and Rome`."""


def find_places(text: Text, first: int, last: int, taken: Set[int]) -> list[Place]:
    """The places that tokens `first` to before `last` lead to, by preposition or verb, in order of their appearance."""
    return list(_Finder(text, taken).by_words(first, last))


def find_loose_place(text: Text, first: int, last: int, taken: Set[int], nouns: Set[int]) -> Place | None:
    """A name without a preposition: `Paris trip`, `book hotel Rome`. `nouns` are the tokens of the things to book."""
    return _Finder(text, taken).loose(first, last, nouns)


class _Finder:
    def __init__(self, text: Text, taken: Set[int]) -> None:
        self._text = text
        self._tokens = text.tokens
        self._taken = taken
        letters = [letter for letter in text.source if letter.isalpha()]
        self._shouting = len(letters) > 8 and sum(map(str.isupper, letters)) > 0.8 * len(letters)

    def by_words(self, first: int, last: int) -> Iterator[Place]:
        at = first
        while at < last:
            token = self._tokens[at]
            origin = self._origin_at(at)
            if origin:
                at = origin
                continue
            rank = _RANKS.get(token.low) if at not in self._taken else None
            place = self.read(at + 1, rank, last) if rank is not None and self._leads(at) else None
            if place:
                yield place
                at = place.last
            else:
                at += 1

    def loose(self, first: int, last: int, nouns: Set[int]) -> Place | None:
        for noun in sorted(nouns):
            if not first <= noun < last:
                continue
            bare = not any(
                token.low in ("a", "an", "1", "the", "some") for token in self._tokens[max(first, noun - 4) : noun]
            )
            after = self.read(noun + 1, 4, last) if noun + 1 < last and noun + 1 not in nouns else None
            if after and (bare or self._tokens[after.first].is_capital):
                return after
        for at in range(first, last):
            token = self._tokens[at]
            if at in nouns or at in self._taken or not self._capital(token) or self._after_person_word(at, first):
                continue
            if at == first and token.low in VERBS | STOP | NOT_PLACES:
                continue
            if place := self.read(at, 5, last):
                return place
        if first in nouns or self._tokens[first].low in VERBS | STOP | NOT_PLACES | DESCRIBING | COMMON_THINGS:
            return None
        place = self.read(first, 6, last)
        follows = place is not None and (place.last >= last or place.last in nouns | self._taken)
        return place if follows else None

    def read(self, at: int, rank: int, limit: int | None = None) -> Place | None:
        limit = len(self._tokens) if limit is None else limit
        at = self._skip_to_name(at, limit)
        end = self._end_of_name(at, limit)
        if end == at:
            return None
        name_end = end
        end = self._end_with_region(end, limit)
        name = self._spelled(at, end)
        alternatives: list[str] = []
        after = self._alternative_after(end, limit)
        while after:
            alternatives.append(self._spelled(*after))
            end = after[1]
            after = self._alternative_after(end, limit)
        return Place(name, at, max(end, name_end), rank, tuple(alternatives))

    def _leads(self, at: int) -> bool:
        low = self._tokens[at].low
        before = self._tokens[at - 1].low if at else ""
        if low in ("for", "off"):
            return before in _GOING
        if low in ("at", "on", "of"):
            following = self._tokens[at + 1 : at + 3]
            return any(self._capital(token) or token.low == "the" for token in following) and low != "at"
        if low == "see":
            return at + 1 < len(self._tokens) and self._capital(self._tokens[at + 1])
        return True

    def _origin_at(self, at: int) -> int | None:
        """Where an origin that starts here ends: `from London`, `out of Leeds`, `leaving Manchester`."""
        low = self._tokens[at].low
        following = self._tokens[at + 1].low if at + 1 < len(self._tokens) else ""
        start = at + 1 if low in ("from", "via", "ex") else None
        if low == "out" and following == "of":
            start = at + 2
        if low in ("leaving", "departing") and following not in ("for", "to", "on", "in", "at"):
            start = at + 1
        if start is None or start in self._taken:
            return None
        start = self._skip_to_name(start, len(self._tokens))
        end = self._end_of_name(start, len(self._tokens))
        return self._end_with_region(end, len(self._tokens)) if end > start else None

    def _skip_to_name(self, at: int, limit: int) -> int:
        """Past an article or a describing word: `the Maldives`, `sunny Spain`, `the city of Bath`."""
        lows = [token.low for token in self._tokens[at : at + 4]]
        if ":" in lows[:1]:
            return self._skip_to_name(at + 1, limit)
        if lows[:1] == ["the"] and len(lows) > 1:
            if lows[1] in ("city", "island", "town", "state", "village", "islands") and lows[2:3] == ["of"]:
                return at + 3
            if lows[1] in KEPT_ARTICLES:
                return at
            known = self._capital(self._tokens[at + 1]) or lows[1] not in COMMON_THINGS | DESCRIBING
            return at + 1 if known else at
        describes = bool(lows) and lows[0] in DESCRIBING and not self._capital(self._tokens[at])
        if describes and at + 1 < limit and at + 1 not in self._taken and self._begins_name(self._tokens[at + 1]):
            return self._skip_to_name(at + 1, limit)
        return at

    def _end_of_name(self, at: int, limit: int) -> int:
        """After the last token of the name that starts at `at`; `at` if none does."""
        if at >= limit or at in self._taken:
            return at
        article = self._tokens[at].low == "the" and at + 1 < limit and self._tokens[at + 1].low in KEPT_ARTICLES
        if not article and not self._begins_name(self._tokens[at]):
            return at
        capital = self._capital(self._tokens[at])
        end = at + 1
        while end < limit and end - at < _LONGEST_NAME and end not in self._taken:
            token, following = self._tokens[end], self._tokens[end + 1] if end + 1 < limit else None
            if not token.is_word:
                break
            if token.low == "and" and self._tokens[end - 1].low in PAIRED_NAMES and following and following.is_word:
                end += 2
                continue
            if (
                token.low in PARTICLES
                and following
                and end + 1 not in self._taken
                and self._particle_fits(token, following, capital)
            ):
                end += 2 if following.low not in PARTICLES else 1
                continue
            if self._goes_on(token, at, end, capital):
                end += 1
                continue
            break
        return end

    def _begins_name(self, token: Token) -> bool:
        if not token.is_word or (len(token.low) < 2 and not self._capital(token)):
            return False
        if token.low == "nice":
            return True
        if token.low in NICKNAMES and token.text.isupper() and not self._shouting:
            return True
        if self._capital(token):
            return token.low not in STOP | NOT_PLACES
        return token.low not in STOP | NOT_PLACES | VERBS

    def _particle_fits(self, token: Token, following: Token, capital: bool) -> bool:
        if token.low == "on":
            return following.low in ("sea", "thames", "tyne", "trent", "avon")
        if token.low in ("the", "i", "e", "an") and not self._capital(following):
            return False
        if not following.is_word:
            return False
        return self._capital(following) if capital else following.low not in STOP | NOT_PLACES

    def _goes_on(self, token: Token, at: int, end: int, capital: bool) -> bool:
        if capital:
            if self._capital(token):
                return token.low not in STOP
            prefixed = self._tokens[end - 1].low in NAME_STARTS and end - at <= 2
            return prefixed and token.low not in STOP | NOT_PLACES
        if token.low in STOP | NOT_PLACES or (token.low.endswith("ly") and len(token.low) > 5):
            return False
        return end - at < 4

    def _end_with_region(self, end: int, limit: int) -> int:
        """Past `, France` or `, British Columbia`."""
        if end + 1 >= limit or self._tokens[end].low != "," or end + 1 in self._taken:
            return end
        first = self._tokens[end + 1]
        second = self._tokens[end + 2] if end + 2 < limit else None
        if second and f"{first.low}-{second.low}" in REGION_PHRASES:
            return end + 3
        short = len(first.low) <= 2
        if first.low in REGIONS and (first.text.isupper() if short else True):
            goes_on = second is not None and self._capital(second) and not short
            return end if goes_on else end + 2
        return end

    def _alternative_after(self, end: int, limit: int) -> tuple[int, int] | None:
        """Another place right after `and`, `or` or `/`, if that is all there is between."""
        if end + 1 >= limit or self._tokens[end].low not in ("and", "or", "/", "&", ",") or end + 1 in self._taken:
            return None
        start = end + 1
        if self._tokens[end].low == "," and self._tokens[start].low in ("and", "or"):
            start += 1
        if start >= limit or start in self._taken or not self._capital(self._tokens[start]):
            small = self._tokens[end].low in ("and", "or") and start < limit and start not in self._taken
            if not small or self._tokens[start].low in STOP | NOT_PLACES | VERBS:
                return None
        stop = self._end_of_name(start, limit)
        if stop == start or (self._tokens[end].low == "," and not self._closes(stop, limit)):
            return None
        return (start, stop)

    def _closes(self, at: int, limit: int) -> bool:
        """After a comma a name is a further place only in a list: `Rome, Florence and Venice`."""
        return at < limit and self._tokens[at].low in ("and", "or", ",")

    def _after_person_word(self, at: int, first: int) -> bool:
        before = self._tokens[at - 1].low if at > first else ""
        return before in (
            "for",
            "with",
            "by",
            "on",
            "from",
            "at",
            "of",
            "mr",
            "mrs",
            "ms",
            "dr",
            "i",
            "am",
            "is",
            "via",
            "dear",
            "hi",
        )

    def _capital(self, token: Token) -> bool:
        return token.is_capital and not self._shouting and token.low not in ("i", "i'd", "i'm", "i'll", "i've")

    def _spelled(self, first: int, last: int) -> str:
        written = self._text.written(first, last)
        if written.lower() in NICKNAMES and (written.isupper() or written.lower() in ("nyc", "uk", "usa", "uae")):
            return NICKNAMES[written.lower()]
        return " ".join(spelled_word(word, number == 0, self._shouting) for number, word in enumerate(written.split()))
