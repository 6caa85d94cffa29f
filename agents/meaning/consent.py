"""Consent: a yes or a no in the traveller's own words, by the closed list of phrases in `agents/data/consent.txt`.

Code decides this, never a model. Words that are not on the list make the message neither, so that it is asked again.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Literal

from agents.meaning.data_files import sections

Consent = Literal["yes", "no", "neither"]
Subject = Literal["a booking", "a cancellation", "a change", "going on without"]
"""The question that was open: it decides, for example, on which side `cancel it` is."""

_FILE = "consent.txt"
# A person who is asked to go on without something is asked about a booking too.
_IMPLIED: Mapping[Subject | None, tuple[Subject, ...]] = {"going on without": ("a booking", "going on without")}
# Longer messages say more than yes or no, and are not looked at.
_LONGEST = 120
_PLAIN = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "\ufe0f": "", "\ufe0e": ""})
_SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
_QUESTION_MARK = re.compile(r"[?？¿؟⁇]")
_LONG_DRAWN = re.compile(r"([a-z])\1{2,}")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]")
_PUNCTUATION = frozenset(".,!;:…-–—()*~\"“”'")
_Words = tuple[str, ...]
_Side = Literal["yes", "no", "polite"]


def consent_in(message: str, subject: Subject | None = None) -> Consent:
    """Return the traveller's answer to an open question of ours about `subject`; `neither` if the words are not listed.

    `None` leaves out the phrases that need a certain question, such as `book it`.
    """
    if len(message) > _LONGEST or _QUESTION_MARK.search(message):
        return "neither"
    sides = _sides_in(_words_of(message), _phrases_about(subject)) - {"polite"}
    match sorted(sides):
        case ["yes"]:
            return "yes"
        case ["no"]:
            return "no"
        case _:
            return "neither"


def _sides_in(words: _Words, phrases: Mapping[_Words, _Side]) -> set[str]:
    """Return the sides of all the phrases that a message is made of; a word of no phrase is returned itself."""
    longest = max(map(len, phrases))
    sides: set[str] = set()
    at = 0
    while at < len(words):
        # The longest phrase counts: `not now` is a no, although `now` alone is polite.
        candidates = (words[at : at + size] for size in range(longest, 0, -1))
        phrase = next((candidate for candidate in candidates if candidate in phrases), None)
        sides.add(phrases[phrase] if phrase else words[at])
        at += len(phrase) if phrase else 1
    # A word may be spelled like a side.
    return sides if len(sides & {"yes", "no", "polite"}) == len(sides) else {"other words"}


def _words_of(text: str) -> _Words:
    low = unicodedata.normalize("NFC", text).translate(_PLAIN).casefold()
    low = _LONG_DRAWN.sub(r"\1", _SKIN_TONES.sub("", low))
    return tuple(word for word in _WORD.findall(low) if word not in _PUNCTUATION)


@cache
def _phrases_about(subject: Subject | None) -> Mapping[_Words, _Side]:
    """Return the phrases that count for a question, each with its side."""
    sides: dict[str, _Side] = {"polite": "polite", "yes": "yes", "no": "no"}
    for asked_about in _IMPLIED.get(subject, (subject,)):
        sides |= {f"yes to {asked_about}": "yes", f"no to {asked_about}": "no"}
    phrases: dict[_Words, _Side] = {}
    # In the order of `sides`, so that the special question decides over the general list.
    for section, side in sides.items():
        phrases |= dict.fromkeys(_words_by_section().get(section, ()), side)
    return phrases


@cache
def _words_by_section() -> Mapping[str, tuple[_Words, ...]]:
    return {section: tuple(map(_words_of, phrases)) for section, phrases in sections(_FILE).items()}
