"""Conditions in a traveller's own message: everything that the tools cannot express, for which code has words.

They are found behind every model, because a model may book without them and not say so.
"""

import re
import unicodedata
from collections.abc import Iterator

from agents.meaning.condition_patterns import Topic, asides, companies, topics
from domain.conversation.conditions import Condition

# As much of a message as the offline model reads; nobody sets a condition after so many words.
_LONGEST_MESSAGE = 4000
_LONGEST_WORDS = 60
_MOST_CONDITIONS = 8
_PLAIN = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "‑": "-", "‐": "-", "–": "-", "—": "-"})
_SPACES = re.compile(r"\s+")


def conditions_in(message: str) -> tuple[Condition, ...]:
    """Return the conditions in a message in the order of the topics, at most 8, each with the words that name it."""
    text = _normal(message)
    conditions: dict[str, Condition] = {}
    for condition in (*_companies_in(text), *_wishes_in(text.lower())):
        # Of a topic the first words are enough to ask about it.
        conditions.setdefault(condition.topic, condition)
    return tuple(conditions.values())[:_MOST_CONDITIONS]


def _normal(message: str) -> str:
    text = unicodedata.normalize("NFC", message[:_LONGEST_MESSAGE]).translate(_PLAIN)
    return _SPACES.sub(" ", text).strip()


def _wishes_in(text: str) -> Iterator[Condition]:
    text = asides().sub(" ; ", text)
    for topic in topics():
        match = topic.pattern.search(text)
        if match:
            yield _condition(topic, match)
            # Words count once: the `a night` of a price is no time.
            text = f"{text[: match.start()]} ; {text[match.end() :]}"


def _companies_in(text: str) -> Iterator[Condition]:
    for topic in companies():
        match = topic.pattern.search(text)
        if match:
            yield _condition(topic, match)


def _condition(topic: Topic, match: re.Match[str]) -> Condition:
    return Condition(kind=topic.kind, topic=topic.name, words=match.group().strip(" ,.;:-")[:_LONGEST_WORDS])
