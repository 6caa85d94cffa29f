"""Destinations: the words of a message that name the place to go to."""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from agents.offline.lexicon import COMMON_THINGS, DESCRIBING, words
from agents.offline.names import NO_SMALL_NAMES, Names

_RANKS = {
    # The lower, the surer it is that a destination follows: `to Rome` rather than `at Rome`.
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
    "for": 3,
}
_RANK_BESIDE_NOUN = 4
_RANK_OF_CAPITAL = 5
_RANK_OF_BARE = 6
_GOING = frozenset(
    {"leave", "leaving", "bound", "head", "heading", "headed", "depart", "departing", "off", "make", "set"}
)
_ARTICLES = ("a", "an", "1", "the", "some")
_PERSON_WORDS = words("for with by on from at of mr mrs ms dr i am is via dear hi")
"""Words before a name that make it a person, or the place that is left."""


@dataclass(frozen=True)
class Place:
    """A candidate: the name as it will be booked, with its tokens. The lower the rank, the surer it is."""

    name: str
    first: int
    last: int
    rank: int
    alternatives: tuple[str, ...] = ()
    """Further places named in one breath with it: `Paris and Rome`."""


def find_places(names: Names, first: int, last: int) -> list[Place]:
    """Return the places to which a preposition or verb in tokens `first` to before `last` leads, in order."""
    return list(_Finder(names).after_leading_words(first, last))


def find_loose_place(names: Names, first: int, last: int, nouns: Set[int]) -> Place | None:
    """Return a name without a preposition: `Paris trip`, `book hotel Rome`.

    `nouns` are the tokens of the things to book.
    """
    finder = _Finder(names)
    return (
        finder.beside_noun(first, last, nouns)
        or finder.capitalised(first, last, nouns)
        or finder.bare(first, last, nouns)
    )


def find_origins(names: Names, first: int, last: int) -> list[Place]:
    """Return the places that some words leave from: `from Ghent`."""
    return list(_Finder(names).origins(first, last))


class _Finder:
    def __init__(self, names: Names) -> None:
        self._names = names
        self._tokens = names.tokens

    def after_leading_words(self, first: int, last: int) -> Iterator[Place]:
        at = first
        while at < last:
            origin_end = self._origin_end(at)
            if origin_end:
                at = origin_end
                continue
            place = self._led_to(at, last)
            if place:
                yield place
            at = place.last if place else at + 1

    def origins(self, first: int, last: int) -> Iterator[Place]:
        for at in range(first, last):
            start = self._origin_start(at)
            if start is not None and start < last and start not in self._names.taken:
                place = self._read(start, _RANK_OF_BARE, last)
                if place:
                    yield place

    def _led_to(self, at: int, limit: int) -> Place | None:
        rank = _RANKS.get(self._tokens[at].low)
        if rank is None or at in self._names.taken or not self._leads(at):
            return None
        return self._read(at + 1, rank, limit)

    def beside_noun(self, first: int, last: int, nouns: Set[int]) -> Place | None:
        """Return the name right after a thing to book: `hotel Rome`."""
        for noun in sorted(nouns):
            if not first <= noun < last or noun + 1 in nouns:
                continue
            place = self._read(noun + 1, _RANK_BESIDE_NOUN, last) if noun + 1 < last else None
            has_article = any(token.low in _ARTICLES for token in self._tokens[max(first, noun - 4) : noun])
            # After an article a small word describes the thing: `a room upstairs`.
            if place and (not has_article or self._tokens[place.first].is_capital):
                return place
        return None

    def capitalised(self, first: int, last: int, nouns: Set[int]) -> Place | None:
        """Return the first name with a capital letter."""
        for at in range(first, last):
            is_free = at not in nouns and at not in self._names.taken
            if not is_free or not self._is_name_with_capital(at, first):
                continue
            place = self._read(at, _RANK_OF_CAPITAL, last)
            if place:
                return place
        return None

    def _is_name_with_capital(self, at: int, first: int) -> bool:
        token = self._tokens[at]
        if not self._names.is_capital(token):
            return False
        if at == first:
            # The first word of a sentence has a capital letter whatever it is.
            return token.low not in NO_SMALL_NAMES
        return self._tokens[at - 1].low not in _PERSON_WORDS

    def bare(self, first: int, last: int, nouns: Set[int]) -> Place | None:
        """Return a name in small letters with which the words begin, if it is all of them or a thing follows."""
        no_names = NO_SMALL_NAMES | DESCRIBING | COMMON_THINGS
        if first in nouns or self._tokens[first].low in no_names:
            return None
        place = self._read(first, _RANK_OF_BARE, last)
        if place is None:
            return None
        is_all = place.last >= last or place.last in nouns or place.last in self._names.taken
        return place if is_all else None

    def _read(self, at: int, rank: int, limit: int) -> Place | None:
        """Return the place whose name begins at a token, with the further places named after it."""
        first = self._names.skip_to_name(at, limit)
        name_end = self._names.end_of_name(first, limit)
        if name_end == first:
            return None
        end = self._names.end_with_region(name_end, limit)
        name = self._names.spelled(first, end)
        alternatives: list[str] = []
        while alternative := self._names.alternative_after(end, limit):
            alternatives.append(self._names.spelled(*alternative))
            end = alternative[1]
        return Place(name, first, end, rank, tuple(alternatives))

    def _leads(self, at: int) -> bool:
        """Return whether the preposition or verb leads to a place here."""
        low = self._tokens[at].low
        if low == "for":
            return at > 0 and self._tokens[at - 1].low in _GOING
        following = self._tokens[at + 1 : at + 3]
        if low in ("on", "of"):
            return any(self._names.is_capital(token) or token.low == "the" for token in following)
        if low == "see":
            return bool(following) and self._names.is_capital(following[0])
        return True

    def _origin_end(self, at: int) -> int | None:
        """Return the end of an origin that begins here: `from London`, `out of Leeds`, `leaving Manchester`."""
        start = self._origin_start(at)
        if start is None or start in self._names.taken:
            return None
        limit = len(self._tokens)
        first = self._names.skip_to_name(start, limit)
        end = self._names.end_of_name(first, limit)
        return self._names.end_with_region(end, limit) if end > first else None

    def _origin_start(self, at: int) -> int | None:
        low = self._tokens[at].low
        following = self._tokens[at + 1].low if at + 1 < len(self._tokens) else ""
        if low in ("from", "via", "ex"):
            return at + 1
        if low == "out" and following == "of":
            return at + 2
        if low in ("leaving", "departing") and following not in ("for", "to", "on", "in", "at"):
            return at + 1
        return None
