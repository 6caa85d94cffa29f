"""A message as tokens: words as written, and beside them a plain form in which numbers are digits."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, replace

from agents.offline.numbers import ORDINALS, read_number

_MONTHS = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_TOKEN = re.compile(
    rf"""
      (?:st|ste|sta|mt|ft|pt|{_MONTHS})\.(?=\s|,|$)                 # shortened words that end in a dot
    | (?:[a-z]\.){{2,}}                                              # U.S., D.C., a.m.
    | \d{{4}}-\d{{1,2}}-\d{{1,2}}
    | \d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}
    | \d{{1,2}}:\d{{2}}
    | (?:(?<=\s)|^)-\d+(?=\s*(?:night|day|week))
    | \d+(?:st|nd|rd|th)\b
    | \d+(?:[.,]\d+)?
    | [^\W\d_]+(?:['.&-][^\W\d_]+)*'?
    | \S
    """,
    re.VERBOSE | re.IGNORECASE,
)
_UNIT_WORDS = frozenset(
    ["night", "nights", "day", "days", "week", "weeks", "weekend", "month", "months", "fortnight", "long"]
)
_WHOLE = re.compile(r"(?:one|two)-way|\w+-star|one-off|non-\w+|round-trip|rent-a-car|all-in|check-(?:in|out)")
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "–": "-", "—": "-"}
)


@dataclass(frozen=True)
class Token:
    """`text` as written; `low` in lower case, with numbers and ordinals in digits."""

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
    """A tokenised message. `plain` joins the tokens' plain forms with single spaces."""

    source: str
    tokens: tuple[Token, ...]
    plain: str
    starts: tuple[int, ...]

    def index_at(self, position: int) -> int:
        """The token that stands at a position of `plain`."""
        return bisect_right(self.starts, position) - 1

    def written(self, first: int, last: int) -> str:
        """The tokens from `first` to before `last` as the traveller wrote them."""
        return " ".join(self.source[self.tokens[first].start : self.tokens[last - 1].end].split())

    def lows(self, first: int, last: int) -> str:
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
        position += len(token.low) + 1
    return Text(source, tokens, " ".join(token.low for token in tokens), tuple(starts))


def _split(match: re.Match[str]) -> list[Token]:
    """One token, or several where a hyphen ties a number or a length: five-night, twenty-one, 3-8."""
    text, start = match.group(), match.start()
    low = text.lower()
    parts = low.split("-")
    tied = len(parts) > 1 and all(parts) and text[0].isalpha() and low not in ORDINALS and not _WHOLE.fullmatch(low)
    if not (tied and any(part in _UNIT_WORDS or read_number([part]) is not None for part in parts)):
        return [_token(text, start)]
    tokens: list[Token] = []
    for part in re.finditer(r"[^-]+|-", text):
        tokens.append(_token(part.group(), start + part.start()))
    return tokens


def _token(text: str, start: int) -> Token:
    low = text.lower()
    if re.fullmatch(rf"(?:{_MONTHS})\.", low):
        low = low[:-1]
    if low.rstrip("s'") in _UNIT_WORDS and low.endswith(("'s", "'")):
        low = low.removesuffix("'s").rstrip("'")
    return Token(text, ORDINALS.get(low, low), start, start + len(text))


def _merge_numbers(pieces: list[Token]) -> list[Token]:
    """Turn words like `twenty`, `-`, `one` into one token 21."""
    merged: list[Token] = []
    at = 0
    while at < len(pieces):
        sizes = range(min(5, len(pieces) - at), 0, -1)
        longest = next((n for n in sizes if read_number([p.low for p in pieces[at : at + n]]) is not None), 0)
        if not longest:
            merged.append(pieces[at])
            at += 1
            continue
        group = pieces[at : at + longest]
        value = read_number([piece.low for piece in group])
        text = "".join(piece.text for piece in group) if len(group) == 1 else " ".join(p.text for p in group)
        merged.append(replace(group[0], text=text, low=str(value), end=group[-1].end))
        at += longest
    return merged
