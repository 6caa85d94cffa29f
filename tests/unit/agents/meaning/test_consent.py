"""Consent is read from a closed list of phrases, and whatever is not on it counts as neither yes nor no."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from agents.meaning.consent import Consent, Subject, consent_in

CASES = Path(__file__).parents[3] / "evals" / "consent.txt"
SEED = 20261118


def _cases() -> list[tuple[str, str]]:
    lines = CASES.read_text(encoding="utf-8").splitlines()
    pairs = [line.rpartition("=>") for line in lines if line and not line.startswith("#")]
    return [(message.removesuffix(" "), expected.strip()) for message, _, expected in pairs]


def test_two_hundred_ways_to_answer_are_read_as_a_person_would() -> None:
    wrong = [(message, expected) for message, expected in _cases() if consent_in(message, "a booking") != expected]
    assert not wrong


def test_there_are_two_hundred_ways_and_many_of_each() -> None:
    sides = Counter(expected for _, expected in _cases())
    assert sides.total() >= 200
    assert all(sides[side] >= 50 for side in ("yes", "no", "neither"))


@pytest.mark.parametrize(
    ("message", "subject", "expected"),
    [
        ("cancel it", "a booking", "no"),
        ("cancel it", "a cancellation", "yes"),
        ("keep it", "a cancellation", "no"),
        ("book it", "a cancellation", "neither"),
        ("book it", None, "neither"),
        ("go on without", "going on without", "yes"),
        ("without it is fine", "going on without", "yes"),
        ("any airline is fine", "going on without", "yes"),
        ("any airline is fine", "a booking", "neither"),
        ("not without it", "going on without", "no"),
        ("change it", "a change", "yes"),
        ("yes", None, "yes"),
        ("no", None, "no"),
    ],
)
def test_the_question_decides_what_a_phrase_means(message: str, subject: Subject | None, expected: Consent) -> None:
    assert consent_in(message, subject) == expected


def test_one_word_more_than_the_list_has_is_no_consent() -> None:
    """A yes with anything added to it asks again, whatever was added."""
    random = Random(SEED)
    yeses = [message for message, expected in _cases() if expected == "yes"]
    added = ("but", "if", "cheaper", "Rome", "tomorrow", "not", "unless", "maybe", "without breakfast", "?", "2 nights")
    for number in range(300):
        words = random.choice(yeses).split(" ")
        words.insert(random.randint(0, len(words)), random.choice(added))
        message = " ".join(words)
        assert consent_in(message, "a booking") != "yes", f"seed {SEED}, message {number}: {message!r}"


def test_case_and_punctuation_change_no_answer() -> None:
    random = Random(SEED)
    for message, expected in _cases():
        if "?" in message or not message:
            continue
        changed = random.choice((message.upper(), message.lower(), message.title(), f"  {message} !!", f"{message}."))
        assert consent_in(changed, "a booking") == expected, f"seed {SEED}: {changed!r}"


@pytest.mark.parametrize("message", ["yes " * 1000, "y" * 4000, "no, " * 900, "yes\n" * 50])
def test_a_long_message_is_no_answer(message: str) -> None:
    assert consent_in(message) == "neither"
