"""A message counts as far as the traveller says it: no quotations, forwarded text, headers or names of companies."""

import re
from collections.abc import Iterator

import pytest

from agents.meaning import own_words as module
from agents.meaning.condition_patterns import asides, companies, topics
from agents.meaning.own_words import own_words


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ('My friend said "book a flight to Rome"', "My friend said ..."),
        ("“Book me a flight”, he said", "... , he said"),
        ('a hotel in "Rome" for 3 nights', "a hotel in Rome for 3 nights"),
        ("I'm off, and don't forget Anna's hotel", "I'm off, and don't forget Anna's hotel"),
        ("Fwd: book a flight to Rome", ""),
        ("> book a flight to Rome\nno idea what this is", "no idea what this is"),
        ("Subject: Rooms\nplease book a hotel", "please book a hotel"),
        ("Subject: Rooms", ""),
        ("From: Anna\nTo: you\nSubject: Hi\na flight to Rome", "a flight to Rome"),
        ("From: London\nTo: Rome", "From: London To: Rome"),
        ("He wrote: book a flight to Rome", "He"),
        ("My request is: a flight to Rome", "request a flight to Rome"),
        ("a flight on Lufthansa to Rome", "a flight to Rome"),
        ("the Marriott in Lima", "the hotel in Lima"),
        ("flight BA 117 to New York", "flight to New York"),
        ("a flihgt and a hotle", "a flight and a hotel"),
        ("a hostel, a motel and a fight", "a hostel, a motel and a fight"),
        ("a table for 3 nights and dinner for 2", "a table for 3 nights and dinner for 2"),
    ],
)
def test_only_the_travellers_own_words_are_left(message: str, words: str) -> None:
    assert " ".join(own_words(message).split()) == words


def _patterns() -> Iterator[str]:
    yield asides().pattern
    yield from (topic.pattern.pattern for topic in (*companies(), *topics()))
    for value in vars(module).values():
        values = value if isinstance(value, tuple) else (value,)
        yield from (part.pattern for part in values if isinstance(part, re.Pattern))


def test_no_group_of_a_pattern_is_repeated_without_a_bound() -> None:
    """A pattern that may part a run of words in several ways tries them all, which takes for ever."""
    unbounded = re.compile(r"\)(?:[*+](?!\+)|\{\d*,\})")
    assert not [pattern for pattern in _patterns() if unbounded.search(pattern)]
    assert unbounded.search("(?:a )*b")
