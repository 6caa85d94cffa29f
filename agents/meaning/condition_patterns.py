"""The patterns of conditions, made of the data files on first use."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

from agents.meaning.data_files import lines, sections
from domain.conversation.conditions import ConditionKind

_FILE = "conditions.txt"
_PART = re.compile(r"\{([a-z_]+)\}")
_NAMES: tuple[tuple[str, str, str, str], ...] = (
    ("airline", "airlines.txt", r"(?:on|with|by|fly|flying|take) (?:an? |the )?", " "),
    ("hotel", "hotels.txt", r"(?:the|an?) ", "the hotel"),
    ("car company", "car_companies.txt", r"(?:from|with|by|at) ", " "),
)
"""For each kind of company: its file, the words after which an ambiguous name is meant as one, and its stand-in."""
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_UNLISTED_NAMES: tuple[tuple[str, str, str], ...] = (
    ("airline", r"\b(?:[A-Z][\w'-]{1,20} ){1,2}(?:Airlines?|Airways|Air Lines|Aviation)\b", " "),
    ("airline", r"\b[Ff]light (?:number |no\.? ?)?(?:[A-Z]{2}|[A-Z]\d|\d[A-Z]) ?\d{1,4}\b", "flight"),
    (
        "hotel",
        r"\b[Tt]he (?:[A-Z][\w'&-]{1,20} ){1,3}(?:[Hh]otel|Inn|Resort|Palace|Lodge|Suites|Hostel)\b",
        "the hotel",
    ),
    (
        "hotel",
        r"\b[Aa]t the (?!Hague\b)[A-Z][\w'&-]{1,20}(?: [A-Z][\w'&-]{1,20}){0,2}(?= in\b| on\b| for\b)",
        "at the hotel",
    ),
    (
        "hotel",
        rf"\b(?:[Hh]otel|Pension|Hostel)(?: [A-Z][\w'&-]{{1,20}}){{1,3}}(?= in (?!{_MONTHS})[A-Z])",
        "hotel",
    ),
)
"""Patterns of names that no list has, with their stand-ins; here a capital letter counts."""


@dataclass(frozen=True)
class Topic:
    """A kind of wish with the pattern that finds it."""

    name: str
    kind: ConditionKind
    pattern: re.Pattern[str]
    stand_in: str = ""
    """The words that say the same without the name of a company."""


@cache
def asides() -> re.Pattern[str]:
    """Return the pattern of words that sound like a condition and are none."""
    return _whole_words(sections(_FILE)["asides"], {})


@cache
def topics() -> tuple[Topic, ...]:
    """Return the topics in the order in which they are tried; their patterns fit small letters."""
    by_name = sections(_FILE)
    parts = {name.removeprefix("="): entries for name, entries in by_name.items() if name.startswith("=")}
    headed = [(name.partition(": "), entries) for name, entries in by_name.items() if ": " in name]
    return tuple(
        Topic(name, cast("ConditionKind", kind), _whole_words(entries, parts)) for (name, _, kind), entries in headed
    )


@cache
def companies() -> tuple[Topic, ...]:
    """Return the topics of named companies, those of the lists first; the others need capital letters."""
    listed = [
        Topic(name, "condition", _company_pattern(lines(file), lead), stand_in) for name, file, lead, stand_in in _NAMES
    ]
    unlisted = [Topic(name, "condition", re.compile(pattern), stand_in) for name, pattern, stand_in in _UNLISTED_NAMES]
    return (*listed, *unlisted)


def _whole_words(entries: Iterable[str], parts: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    filled = [_PART.sub(lambda part: f"(?:{'|'.join(parts[part[1]])})", entry) for entry in entries]
    return re.compile(rf"(?<!\w)(?:{'|'.join(filled)})(?!\w)")


def _company_pattern(names: Iterable[str], lead: str) -> re.Pattern[str]:
    """Return a pattern that finds every name: those with `?` only after `lead`, the others anywhere."""
    # Longer names first, so that `Air France` is not cut to `Air`.
    ordered = sorted(names, key=len, reverse=True)
    sure = "|".join(re.escape(name) for name in ordered if not name.startswith("?"))
    ambiguous = "|".join(re.escape(name.removeprefix("?")) for name in ordered if name.startswith("?"))
    sure_name = rf"(?:(?:on|with|by|from) )?(?:(?:the|an?) )?(?:{sure})"
    pattern = rf"(?<![\w'-])(?:{sure_name}|{lead}(?:{ambiguous}))(?: (?:airlines?|airways|hotels?))?(?![\w'-])"
    return re.compile(pattern, re.IGNORECASE)
