"""Sentences: what is right, what is taken for what, and what would be booked without having been asked for."""

from pathlib import Path

import pytest

from agents.offline.model import OfflineModel
from scripts.eval.format_errors import CaseFormatError
from scripts.eval.sentence_report import as_text, confusions, meets_aims
from scripts.eval.sentences import SentenceResult, decide_all, read_sentences, sentences_in

PATH = Path("s.txt")


def result(expected: str, decided: str) -> SentenceResult:
    (sentence,) = sentences_in(PATH, f"some words => {expected}")
    return SentenceResult(sentence, decided)


def test_messages_alternatives_and_the_day_are_read() -> None:
    first, second = sentences_in(
        PATH, "# note\na => b || c => ask|hotel Rome / 3\nsaid on: 2027-01-05\nhi => nothing\n"
    )
    assert (first.messages, first.expected) == (("a => b", "c"), ("ask", "hotel Rome / 3"))
    assert (first.today.isoformat(), second.today.isoformat()) == ("2026-11-18", "2027-01-05")
    assert second.place == "s.txt:4"


@pytest.mark.parametrize("line", ["a hotel", "=> ask", "hi => hello", "hi => flight Rome + nothing", "said on: today"])
def test_a_line_of_another_form_is_named_with_file_and_line(line: str) -> None:
    with pytest.raises(CaseFormatError, match=r"^s\.txt:2: cannot read"):
        sentences_in(PATH, f"# a note\n{line}\n")


def test_a_file_without_sentences_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("# nothing yet\n", encoding="utf-8")
    with pytest.raises(CaseFormatError, match="there is no sentence here"):
        read_sentences(tmp_path)


@pytest.mark.parametrize(
    ("expected", "decided", "is_right", "has_right_tool", "wrong_bookings"),
    [
        ("hotel Rome / 3", "hotel Rome / 3", True, True, 0),
        ("ask|hotel Rome / 3", "hotel Rome / 3", True, True, 0),
        ("hotel Rome / 3", "hotel Rome / 4", False, True, 1),
        ("hotel Rome / 3", "flight Rome", False, False, 1),
        ("hotel Rome / 3", "ask", False, False, 0),
        ("nothing", "flight Rome + hotel Rome / 3", False, False, 2),
        ("flight Rome + hotel Rome / 3", "hotel Rome / 3", False, False, 0),
        ("flight Rome", "flight Rome + flight Rome", False, False, 1),
        ("ask", "nothing", False, False, 0),
        ("ask", "error", False, False, 0),
    ],
)
def test_what_nobody_asked_for_is_counted_apart_from_what_is_missed(
    expected: str, decided: str, is_right: bool, has_right_tool: bool, wrong_bookings: int
) -> None:
    got = result(expected, decided)
    assert (got.is_right(), got.has_right_tool(), got.wrong_bookings()) == (is_right, has_right_tool, wrong_bookings)


def test_the_aims_are_nine_in_ten_and_no_wrong_booking() -> None:
    nine = [result("ask", "ask")] * 9
    assert meets_aims([*nine, result("hotel Rome / 3", "ask")])
    assert not meets_aims([*nine, result("ask", "hotel Rome / 3")])
    assert not meets_aims([*nine[1:], *[result("hotel Rome / 3", "ask")] * 2])


def test_the_report_says_what_is_taken_for_what() -> None:
    results = [result("ask", "ask"), result("ask", "flight Rome"), result("travel Rome / 3", "travel Rome / 4")]
    text = as_text(results)
    assert text.startswith("3 sentences: right tool and slots 33.3% (aim 90%), right tool 66.7%")
    assert "Wrong bookings, something booked that was not asked for: 2 in 3 sentences (aim 0)." in text
    assert "BOOKED s.txt:1: 'some words': 'flight Rome', not 'ask'" in text
    (row,) = [line for line in confusions(results).splitlines() if line.startswith("ask")]
    #       travel flight hotel car several ask nothing error
    assert row.split()[1:] == ["0", "1", "0", "0", "0", "1", "0", "0"]


async def test_the_agent_decides_about_the_last_message_and_nothing_is_booked_before() -> None:
    text = "a hotel in Rome || 3 nights => hotel Rome / 3\nsaid on: 2027-01-05\na flight to Oslo tomorrow => nothing\n"
    first, second = await decide_all(OfflineModel(), sentences_in(PATH, text))
    assert first.is_right()
    assert second.decided == "flight Oslo / 2027-01-06"
