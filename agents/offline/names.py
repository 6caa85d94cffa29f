"""The names of places in a message: where one begins and ends, and how it is written."""

from collections.abc import Sequence, Set

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
from agents.places.lookup import AmbiguousPlace, KnownPlace, look_up
from agents.places.table import Kind
from agents.places.town_words import town_words

NO_NAMES = STOP | NOT_PLACES
NO_SMALL_NAMES = NO_NAMES | VERBS
"""Words that begin no name in small letters. With a capital letter a verb may be one, such as Reading."""
_LONGEST_NAME = 5
_LONGEST_SMALL_NAME = 4
_LONGEST_KNOWN_NAME = 7
# A town of that size is meant also where its name is a word: `fly to anchorage`.
_LARGE_TOWN = 250_000
# `to: beautiful sunny old Rome` has four.
_MOST_SKIPPED = 6
_KINDS_OF_PLACE = ("city", "island", "town", "state", "village", "islands")
_RIVERS_AND_SEAS = ("sea", "thames", "tyne", "trent", "avon")
_SPEAKER = ("i", "i'd", "i'm", "i'll", "i've")
_INITIALS = ("nyc", "uk", "usa", "uae")
"""Nicknames that are nothing else when written small; `us` and `la` are other words."""


class Names:
    """The names in one message. `taken` are tokens that mean something else."""

    def __init__(self, text: Text, taken: Set[int]) -> None:
        self.text = text
        self.tokens = text.tokens
        self.taken = taken
        letters = [letter for letter in text.source if letter.isalpha()]
        # Where all is in capitals, a capital letter tells no name from another word.
        self._shouting = len(letters) > 8 and sum(map(str.isupper, letters)) > 0.8 * len(letters)

    def is_capital(self, token: Token) -> bool:
        return token.is_capital and not self._shouting and token.low not in _SPEAKER

    def skip_to_name(self, at: int, limit: int) -> int:
        """Return the position after article and adjectives: `the Maldives`, `sunny Spain`, `the city of Bath`."""
        for _ in range(_MOST_SKIPPED):
            if not self._may_skip(at, limit):
                break
            at += 1
        lows = [token.low for token in self.tokens[at : at + 3]]
        if lows[:1] == ["the"] and len(lows) > 1:
            return self._skip_article(at, lows[1:])
        return at

    def _may_skip(self, at: int, limit: int) -> bool:
        if at >= len(self.tokens):
            return False
        token = self.tokens[at]
        if token.low == ":":
            return True
        if token.low not in DESCRIBING or self.is_capital(token):
            return False
        # An adjective before no name may be one: `a hotel in nice`.
        return at + 1 < limit and at + 1 not in self.taken and self._begins_name(self.tokens[at + 1])

    def _skip_article(self, at: int, following: Sequence[str]) -> int:
        if following[0] in _KINDS_OF_PLACE and following[1:2] == ["of"]:
            return at + 3
        if following[0] in KEPT_ARTICLES:
            return at
        is_name = self.is_capital(self.tokens[at + 1]) or following[0] not in COMMON_THINGS | DESCRIBING
        return at + 1 if is_name else at

    def known_end(self, at: int, limit: int) -> int:
        """Return the position after the longest name of a known place that begins at a token, else that token."""
        if at >= limit or not self.tokens[at].is_word:
            return at
        last = min(limit, at + _LONGEST_KNOWN_NAME)
        free = next((token for token in range(at, last) if token in self.taken), last)
        ends = (end for end in range(free, at, -1) if self.tokens[end - 1].is_word and self._is_known(at, end))
        end = next(ends, at)
        # `San Bogus` is one name and not the town San.
        is_start = end == at + 1 and self.tokens[at].low in NAME_STARTS
        return at if is_start and self.end_of_name(at, limit) > end else end

    def _is_known(self, first: int, last: int) -> bool:
        written = self.text.written(first, last)
        # A word alone may be a name that is a word as well.
        if last == first + 1 and not self._may_be_known(self.tokens[first]):
            return False
        if self._shouting:
            written = written.lower()
        return isinstance(look_up(written), KnownPlace | AmbiguousPlace)

    def _may_be_known(self, token: Token) -> bool:
        if not self._begins_name(token):
            return False
        is_small = not self.is_capital(token)
        if is_small and len(token.low) == len("la") and token.low not in _INITIALS:
            return False
        return not is_small or not self.is_mere_word(token)

    def is_mere_word(self, token: Token) -> bool:
        """Return whether a word is one of English that only a small town is called by."""
        place = look_up(token.low)
        is_large = isinstance(place, KnownPlace) and place.weight >= _LARGE_TOWN
        return token.low in town_words() and not is_large

    def is_small_word(self, at: int) -> bool:
        """Return whether a token in small letters is a word that only a small town is called by."""
        return not self.is_capital(self.tokens[at]) and self.is_mere_word(self.tokens[at])

    def kind_of(self, name: str) -> Kind | None:
        """Return the kind of the one place that a name means."""
        place = look_up(name)
        return place.kind if isinstance(place, KnownPlace) else None

    def end_of_name(self, at: int, limit: int) -> int:
        """Return the position after the name that begins at a token; it is that token if no name does."""
        if at >= limit or at in self.taken:
            return at
        if not self._has_kept_article(at, limit) and not self._begins_name(self.tokens[at]):
            return at
        has_capital = self.is_capital(self.tokens[at])
        end = at + 1
        while end < limit and end - at < _LONGEST_NAME and end not in self.taken:
            count = self._tokens_that_go_on(at, end, limit, has_capital=has_capital)
            if not count:
                break
            end += count
        return end

    def _has_kept_article(self, at: int, limit: int) -> bool:
        return self.tokens[at].low == "the" and at + 1 < limit and self.tokens[at + 1].low in KEPT_ARTICLES

    def _begins_name(self, token: Token) -> bool:
        low = token.low
        is_capital = self.is_capital(token)
        if not token.is_word or (len(low) < 2 and not is_capital):
            return False
        is_nickname = low in NICKNAMES and token.text.isupper() and not self._shouting
        # Nice is a city, and US in capitals a country, although both are common words.
        if low == "nice" or is_nickname:
            return True
        return low not in (NO_NAMES if is_capital else NO_SMALL_NAMES)

    def _tokens_that_go_on(self, first: int, end: int, limit: int, *, has_capital: bool) -> int:
        """Return how many tokens from `end` on belong to the name that began at `first`."""
        token = self.tokens[end]
        following = self.tokens[end + 1] if end + 1 < limit else None
        if not token.is_word:
            return 0
        before = self.tokens[end - 1]
        if token.low == "and" and before.low in PAIRED_NAMES and following and following.is_word:
            return 2
        is_particle = token.low in PARTICLES and following is not None and end + 1 not in self.taken
        if is_particle and following and self._particle_fits(token, following, has_capital=has_capital):
            # Of two particles, as in `de la`, the second is looked at next.
            return 1 if following.low in PARTICLES else 2
        goes_on = self._word_goes_on if has_capital else self._small_word_goes_on
        return 1 if goes_on(token, first, end) else 0

    def _particle_fits(self, token: Token, following: Token, *, has_capital: bool) -> bool:
        if token.low == "on":
            return following.low in _RIVERS_AND_SEAS
        is_common_word = token.low in ("the", "i", "e", "an")
        if not following.is_word or (is_common_word and not self.is_capital(following)):
            return False
        return self.is_capital(following) if has_capital else following.low not in NO_NAMES

    def _word_goes_on(self, token: Token, first: int, end: int) -> bool:
        """Return whether a word goes on with a name that has a capital letter."""
        if self.is_capital(token):
            return token.low not in STOP
        follows_start = self.tokens[end - 1].low in NAME_STARTS and end - first <= 2
        return follows_start and token.low not in NO_NAMES

    def _small_word_goes_on(self, token: Token, first: int, end: int) -> bool:
        """Return whether a word goes on with a name in small letters."""
        is_adverb = token.low.endswith("ly") and len(token.low) > 5
        if token.low in NO_NAMES or is_adverb:
            return False
        return end - first < _LONGEST_SMALL_NAME

    def end_with_region(self, end: int, limit: int) -> int:
        """Return the position after `, France` or `, British Columbia`, if that follows."""
        if end + 1 >= limit or self.tokens[end].low != "," or end + 1 in self.taken:
            return end
        first = self.tokens[end + 1]
        second = self.tokens[end + 2] if end + 2 < limit else None
        if second and f"{first.low}-{second.low}" in REGION_PHRASES:
            return end + 3
        is_short = len(first.low) <= 2
        # `, in` is a preposition and `, IN` is Indiana.
        if first.low not in REGIONS or (is_short and not first.text.isupper()):
            return end
        # In `Rome, Georgia Hotel` the second name is no region of the first.
        goes_on = second is not None and self.is_capital(second) and not is_short
        return end if goes_on else end + 2

    def alternative_after(self, end: int, limit: int) -> tuple[int, int] | None:
        """Return the tokens of another place right after `and`, `or`, `/` or a comma."""
        if end + 1 >= limit or self.tokens[end].low not in ("and", "or", "/", "&", ",") or end + 1 in self.taken:
            return None
        joint = self.tokens[end].low
        start = end + 1
        if joint == "," and self.tokens[start].low in ("and", "or"):
            start += 1
        if not self._may_be_alternative(start, limit, joint):
            return None
        stop = self.known_end(start, limit)
        if stop == start and self.is_capital(self.tokens[start]):
            stop = self.end_of_name(start, limit)
        # After a comma a name is a further place only inside a list: `Rome, Florence and Venice`.
        is_in_list = stop < limit and self.tokens[stop].low in ("and", "or", ",")
        if stop == start or (joint == "," and not is_in_list):
            return None
        return (start, stop)

    def _may_be_alternative(self, at: int, limit: int, joint: str) -> bool:
        if at >= limit or at in self.taken:
            return False
        if self.is_capital(self.tokens[at]):
            return True
        return joint in ("and", "or") and self.tokens[at].low not in NO_SMALL_NAMES

    def spelled(self, first: int, last: int) -> str:
        written = self.text.written(first, last)
        low = written.lower()
        if low in NICKNAMES and (written.isupper() or low in _INITIALS):
            return NICKNAMES[low]
        place = look_up(written)
        # Ours are the capital letters of a name in small ones.
        if isinstance(place, KnownPlace) and written.islower() and written != place.name and place.name.lower() == low:
            return place.name
        parts = enumerate(written.split())
        return " ".join(spelled_word(part, leads=number == 0, shouting=self._shouting) for number, part in parts)
