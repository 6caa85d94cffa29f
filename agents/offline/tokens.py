"""A message as tokens: each word as it was written, with a plain form in which numbers are digits."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, replace

from agents.offline.days.words import MONTHS, WEEKDAYS
from agents.offline.lexicon import words as word_set
from agents.offline.numbers import NUMBER_WORDS, ORDINALS, read_number

_MONTHS = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_TOKEN = re.compile(
    rf"""
      (?:st|ste|sta|mt|ft|pt|{_MONTHS})\.(?=\s|,|$)                 # shortened words that end in a dot
    | (?:[a-z]\.){{2,}}+                                             # U.S., D.C., a.m.
    | \d{{4}}(?P<sign>[-/.])\d{{1,2}}(?P=sign)\d{{1,2}}\b             # 2027-05-03 and other dates in numbers
    | \d{{1,2}}(?P<mark>[-/.])\d{{1,2}}(?P=mark)\d{{2,4}}\b
    | \d{{1,2}}:\d{{2}}
    | (?:(?<=\s)|^)-\d+(?=\s*(?:night|day|week))
    | \d+(?:st|nd|rd|th)\b
    | \d+(?:[.,]\d+)?
    | [^\W\d_]+(?:['.&-][^\W\d_]+)*+'?
    | \S
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SHORT_MONTH = re.compile(rf"(?:{_MONTHS})\.")
_TIED_PART = re.compile(r"[^-]+|-")
_UNIT_WORDS = word_set("night nights day days week weeks weekend month months fortnight long")
_WHOLE = re.compile(r"(?:one|two)-way|\w+-star|one-off|non-\w+|round-trip|rent-a-car|all-in|check-(?:in|out)")
"""Words with a hyphen that are one word, although a part of them may be a number or a unit."""
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "–": "-", "—": "-"}
)
# Enough for `two hundred and thirty`; no stay is longer.
_MOST_NUMBER_WORDS = 5
# No word of the rules and no place is longer; patterns look at every letter of a word several times.
_LONGEST_WORD = 80


@dataclass(frozen=True)
class Token:
    """A word, a number or a sign.

    `text` is as written. `low` is in lower case with numbers and ordinals in digits, and cut if it is too long.
    """

    text: str
    low: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        return self.low[:1].isalpha()

    @property
    def is_capital(self) -> bool:
        return self.text[:1].isupper()


@dataclass(frozen=True)
class Text:
    """A message in tokens. `plain` joins their `low` forms with single spaces; `starts` are their positions in it."""

    source: str
    tokens: tuple[Token, ...]
    plain: str
    starts: tuple[int, ...]

    def index_at(self, position: int) -> int:
        """Return the index of the token at a position of `plain`."""
        return bisect_right(self.starts, position) - 1

    def written(self, first: int, last: int) -> str:
        """Return the tokens from `first` to before `last` as the traveller wrote them."""
        source = self.source[self.tokens[first].start : self.tokens[last - 1].end]
        return " ".join(source.split())

    def words(self, first: int, last: int) -> str:
        """Return the tokens from `first` to before `last` in their plain form."""
        return " ".join(token.low for token in self.tokens[first:last])


def tokenise(message: str) -> Text:
    """Cut a message into tokens; typographic quotes and dashes count as plain ones."""
    source = unicodedata.normalize("NFC", message).translate(_PLAIN)
    pieces = [piece for match in _TOKEN.finditer(source) for piece in _split(match)]
    tokens = tuple(_merge_numbers(pieces))
    starts: list[int] = []
    position = 0
    for token in tokens:
        starts.append(position)
        position += len(token.low) + len(" ")
    plain = " ".join(token.low for token in tokens)
    return Text(source, tokens, plain, tuple(starts))


def _split(match: re.Match[str]) -> list[Token]:
    """Return one token, or several where a hyphen ties a number or a length: five-night, twenty-one, 3-8."""
    text, start = match.group(), match.start()
    if not _is_tied(text):
        return [_token(text, start)]
    parts = _TIED_PART.finditer(text)
    return [_token(part.group(), start + part.start()) for part in parts]


def _is_tied(text: str) -> bool:
    low = text.lower()
    parts = low.split("-")
    has_hyphen = len(parts) > 1 and all(parts) and text[0].isalpha()
    if has_hyphen and (all(part in WEEKDAYS for part in parts) or all(part in MONTHS for part in parts)):
        return True
    if not has_hyphen or low in ORDINALS or _WHOLE.fullmatch(low):
        return False
    return any(part in _UNIT_WORDS or read_number([part]) is not None for part in parts)


def _token(text: str, start: int) -> Token:
    low = text.lower()[:_LONGEST_WORD]
    if _SHORT_MONTH.fullmatch(low):
        low = low.removesuffix(".")
    # `a week's stay` and `two nights' stay` name lengths like any other.
    if low.rstrip("s'") in _UNIT_WORDS and low.endswith(("'s", "'")):
        low = low.removesuffix("'s").rstrip("'")
    return Token(text, ORDINALS.get(low, low), start, start + len(text))


def _merge_numbers(pieces: list[Token]) -> list[Token]:
    """Turn words such as `twenty`, `-`, `one` into one token 21."""
    merged: list[Token] = []
    at = 0
    while at < len(pieces):
        number = _number_at(pieces, at)
        merged.append(number or pieces[at])
        at += 1
        if number:
            # Past the other words of the number, which are inside its token now.
            while at < len(pieces) and pieces[at].start < number.end:
                at += 1
    return merged


def _number_at(pieces: list[Token], at: int) -> Token | None:
    """Return the longest number that begins here, as one token."""
    if pieces[at].low not in NUMBER_WORDS:
        return None
    for count in range(_MOST_NUMBER_WORDS, 0, -1):
        group = pieces[at : at + count]
        value = read_number([piece.low for piece in group])
        if value is not None:
            text = " ".join(piece.text for piece in group)
            return replace(group[0], text=text, low=str(value), end=group[-1].end)
    return None
