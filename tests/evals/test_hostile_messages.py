"""No message keeps the offline model busy: the work grows with its length and no faster.

Work is counted and not timed: calls of functions, and letters that patterns are asked to look at. How long one pattern
may look at its letters is held by a rule about how patterns are built. `hostile_times.py` prints times.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from re import _constants, _parser  # pyright: ignore
from types import FrameType
from typing import Any

import pytest

from agents.model import ModelAnswer, Question
from agents.offline.reading import read
from agents.places.lookup import look_up
from domain.conversation.turn import Draft, Turn
from support.app.hostile_messages import LONGEST, hostile_messages
from support.app.offline_grammar import modules, patterns, patterns_in

SEED = 20261118
MESSAGES = 360
PARTS = 4
# 250 calls or letters for each letter of the message. The most that was measured is 742,000.
MOST_WORK = 250 * LONGEST
ORDINARY_WORK = 20_000
TODAY = date(2026, 11, 18)
UNFINISHED = Turn(
    conversation="c",
    number=1,
    attempt=1,
    state="done",
    message="a hotel in Rome",
    draft=Draft(tool="book_hotel", arguments={"destination": "Rome"}),
    created=datetime.now(UTC),
)
# Each of these once took seconds, or ended in an error.
ONCE_TOO_MUCH = (
    ": " * 986,
    "to " + ": " * 1990,
    "sunny " * 660,
    "Mr. " * 1000,
    "-" * 3991,
    "hotel and " * 400,
    "oh " * 1300 + "x",
    "just " * 790 + "x",
    "no" + " i do not want it" * 200 + " x",
    "a hotel in Rome for " + "9" * 400 + " nights",
    "I need a hotel there. " * 180,
    "a flight. " + "book it. " * 400,
    " ".join(f"{day} May {year}" for year in range(2027, 2050) for day in range(1, 29))[:LONGEST],
)


@dataclass
class ReadingWork:
    """Calls of functions, in Python and in C, and letters that patterns were asked to look at."""

    calls: int = 0
    letters: int = 0

    @property
    def total(self) -> int:
        return self.calls + self.letters

    def count_call(self, frame: FrameType, event: str, argument: Any) -> None:
        self.calls += event in ("call", "c_call")

    def count_letters(self, text: str, start: int, end: int) -> None:
        self.letters += max(0, min(end, len(text)) - start)


class CountingPattern:
    """A pattern that counts the letters it is asked to look at."""

    def __init__(self, pattern: re.Pattern[str], work: ReadingWork) -> None:
        self._pattern = pattern
        self._work = work

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        self._work.count_letters(text, start, end)
        return self._pattern.search(text, start, end)

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        self._work.count_letters(text, start, end)
        return self._pattern.match(text, start, end)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        self._work.count_letters(text, 0, sys.maxsize)
        return self._pattern.fullmatch(text)

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        self._work.count_letters(text, start, end)
        return self._pattern.finditer(text, start, end)

    def sub(self, replacement: str, text: str) -> str:
        self._work.count_letters(text, 0, sys.maxsize)
        return self._pattern.sub(replacement, text)

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        self._work.count_letters(text, 0, sys.maxsize)
        return self._pattern.split(text, maxsplit)


@contextmanager
def counting() -> Iterator[ReadingWork]:
    """Put a counting pattern in the place of each pattern of the offline model."""
    work = ReadingWork()
    replaced = [(module, name, value) for module in modules() for name, value in vars(module).items()]
    replaced = [(module, name, value) for module, name, value in replaced if any(patterns_in(value))]
    for module, name, value in replaced:
        setattr(module, name, _counted(value, work))
    try:
        yield work
    finally:
        for module, name, value in replaced:
            setattr(module, name, value)


def _counted(value: Any, work: ReadingWork) -> Any:
    match value:
        case re.Pattern():
            return CountingPattern(value, work)
        case dict():
            return {key: _counted(part, work) for key, part in value.items()}
        case tuple():
            return tuple(_counted(part, work) for part in value)
        case _:
            return value


def work_for(message: str, history: Sequence[Turn]) -> ReadingWork:
    """Answer a message and return the work that it took."""
    # What an earlier message looked up costs nothing again, so each begins without it.
    look_up.cache_clear()
    with counting() as work:
        sys.setprofile(work.count_call)
        try:
            read(Question(message, history, TODAY))
        finally:
            sys.setprofile(None)
    return work


@pytest.mark.parametrize("part", range(PARTS))
def test_the_work_for_a_message_grows_with_its_length_and_no_faster(part: int) -> None:
    """Four times the letters take about four times the work, and none more than so much for each letter."""
    seed = SEED + part
    messages = zip(
        hostile_messages(seed, MESSAGES // PARTS, LONGEST // 4), hostile_messages(seed, MESSAGES // PARTS), strict=True
    )
    for number, (short, long) in enumerate(messages):
        assert len(long) == LONGEST
        # Every other message answers a question of ours, which has rules of its own.
        history = (UNFINISHED,) if number % 2 else ()
        work, work_for_quarter = work_for(long, history).total, work_for(short, history).total
        assert work <= MOST_WORK, f"seed {seed}, message {number}: {long[:200]!r}"
        # Glued words may fall into more clauses in the long one. Work that grows with the square would be 16 times.
        assert work <= 10 * work_for_quarter, f"seed {seed}, message {number}: {long[:200]!r}"


@pytest.mark.parametrize("message", ONCE_TOO_MUCH, ids=lambda message: message[:12])
@pytest.mark.parametrize("history", [(), (UNFINISHED,)], ids=["new", "answer"])
def test_messages_that_once_were_too_much_take_no_more(message: str, history: Sequence[Turn]) -> None:
    assert work_for(message, history).total <= MOST_WORK


def test_an_ordinary_sentence_takes_little_work() -> None:
    sentence = "I'd like a trip to Rome for 3 nights from the 3rd of May, please."
    work_for(sentence, ())
    assert work_for(sentence, ()).total <= ORDINARY_WORK


def test_hostile_messages_book_nothing_that_was_not_said() -> None:
    """The letters of a word that is too long are no number, and a message of ten thousand clauses is no request."""
    for message in ("a hotel in Rome for " + "9" * 400 + " nights", "Book a flight to Rome. " * 170, "yes " * 1000):
        answer = read(Question(message, (), TODAY))
        assert isinstance(answer, ModelAnswer)
        assert len(answer.calls) <= 1


def _unbounded_groups(tree: Any) -> Iterator[Any]:
    """Yield the bodies of repeats without an end that are more than a letter and may be tried again and again."""
    for operation, argument in tree:
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            _, most, body = argument
            if most == _constants.MAXREPEAT and not _is_one_letter(body):
                yield body
        for part in argument if isinstance(argument, tuple | list) else [argument]:
            yield from _unbounded_in(part)


def _unbounded_in(part: Any) -> Iterator[Any]:
    if isinstance(part, _parser.SubPattern):
        yield from _unbounded_groups(part)
    elif isinstance(part, list):
        for inner in part:
            yield from _unbounded_in(inner)


def _is_one_letter(body: Any) -> bool:
    single = (_constants.LITERAL, _constants.NOT_LITERAL, _constants.IN, _constants.ANY)
    return len(body) == 1 and body[0][0] in single


@pytest.mark.parametrize("name", sorted(patterns()))
def test_a_repeated_group_is_bounded_or_never_tried_again(name: str) -> None:
    """A pattern that may part a run of words in several ways tries them all, which takes for ever.

    So a group is repeated a few times at most, or possessively: `(?:so |well )*+`.
    """
    pattern = patterns()[name]
    assert not list(_unbounded_groups(_parser.parse(pattern.pattern, pattern.flags)))


@pytest.mark.parametrize(
    ("pattern", "is_bad"),
    [("(?:a|b )*x", True), ("(a+)+", True), ("(?:(?:a )*b)?", True), ("(?:a )*+x", False), ("a*x", False)],
)
def test_the_rule_for_groups_knows_good_from_bad(pattern: str, is_bad: bool) -> None:
    assert bool(list(_unbounded_groups(_parser.parse(pattern)))) is is_bad
