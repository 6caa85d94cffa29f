"""Files of conversations: what is read from them, and how a mistake in one is named."""

from datetime import date
from pathlib import Path

import pytest

from scripts.eval.case_files import cases_in, read_cases
from scripts.eval.cases import Case, MoneyRange, SpokenLine, Wish
from scripts.eval.format_errors import CaseFormatError

TODAY = date(2026, 12, 1)
PATH = Path("fees.txt")
WHOLE = """\
# A note.
topic: Fees

case: after a yes
traveller: A hotel in Paris from {+30 long},
  two nights
must say: Paris | the capital
must not say: Rome
traveller: cancel it
must never say: free
expect: hotel Paris or Lutetia, 2 nights, {+30}, cancelled, changed from 3 nights, from Oslo, 2 travellers
expect: quote flight Oslo, back {+31}, open
expect: kept at most $1,035.00
expect: captured nothing
expect: handed over
set: SIM_REJECT_CAR=1
known fault: not built
"""


def read(text: str) -> list[Case]:
    return cases_in(PATH, text, TODAY)


def test_a_whole_case_is_read() -> None:
    (case,) = read(WHOLE)
    assert (case.topic, case.name, case.place) == ("Fees", "after a yes", "fees.txt:4")
    assert case.lines == (
        SpokenLine("A hotel in Paris from 31 December 2026,\ntwo nights", (("Paris", "the capital"),), (("Rome",),)),
        SpokenLine("cancel it"),
    )
    assert case.never_said == (("free",),)
    assert (dict(case.dials), case.known_fault) == ({"SIM_REJECT_CAR": "1"}, "not built")
    (trip,) = case.end.trips
    assert (trip.kind, trip.places, trip.status) == ("hotel", ("Paris", "Lutetia"), "cancelled")
    assert trip.members == {"length": 2, "date": "2026-12-31", "origin": "Oslo", "travellers": 2}
    assert trip.earlier == {"length": 3}
    line = "quote flight Oslo, back 2027-01-01, open"
    assert case.end.quotes == (Wish(line, "flight", ("Oslo",), "open", {"return_date": "2027-01-01"}, {}),)
    assert case.end.money == (
        MoneyRange("kept at most $1,035.00", "kept", 0, 103_500),
        MoneyRange("captured nothing", "captured", 0, 0),
    )
    assert case.end.handed_over is True


def test_a_file_without_a_topic_has_its_name() -> None:
    (case,) = cases_in(Path("a/change_of_mind.txt"), "case: a\ntraveller: hi\nexpect: nothing booked\n", TODAY)
    assert (case.topic, case.end.trips) == ("change of mind", ())


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("{+30}", "2026-12-31"),
        ("{+31 long}", "1 January 2027"),
        ("{+31 short}", "1 January"),
        ("{+31 american}", "January 1, 2027"),
        ("{-1 weekday}", "Monday"),
        ("{+31 year}", "2027"),
        ('{"tool": "book"}', '{"tool": "book"}'),
    ],
)
def test_days_count_from_the_day_of_the_run(written: str, day: str) -> None:
    (case,) = read(f"case: a\ntraveller: on {written}!\nexpect: nothing booked\n")
    assert case.lines[0].text == f"on {day}!"


BEGIN = "case: a\ntraveller: hi\n"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "there is no `case:`"),
        ("hello there", 1, "a line cannot begin with 'hello there'; use one of: topic, case, traveller"),
        ("case: a\ntraveler: hi", 2, "did you mean `traveller:`?"),
        ("a hotel in Rome => ask", 1, "hand such a file in as SENTENCES="),
        ("case:", 1, "there is nothing after `case:`"),
        ("traveller: hi", 1, "`traveller:` stands above the first `case:`"),
        ("case: a\nmust say: hello\ntraveller: hi", 2, "`must say:` stands above the first `traveller:` line"),
        ("case: a\nexpect: nothing booked", 1, "this case has no `traveller:` line"),
        ("# one\n\ncase: a\ntraveller: hi", 3, "this case has no `expect:` line"),
        (f"{BEGIN}expect: nothing booked\n{BEGIN}expect: nothing booked", 4, "another case of this name"),
        (f"{BEGIN}expect: nothing booked\nexpect: car Rome", 1, "expects a booking and `nothing booked`"),
        (f"{BEGIN}expect: a hotel in Rome", 3, "cannot read 'a hotel in Rome'; write for example: hotel Rome"),
        (f"{BEGIN}expect: hotel Rome, three nights", 3, "'three nights' is neither a length, a day nor a status"),
        (f"{BEGIN}expect: hotel Rome, open", 3, "'open' is no status here; use one of: confirmed"),
        (f"{BEGIN}expect: captured 350 dollars", 3, "cannot read 'captured 350 dollars'"),
        (f"{BEGIN}expect: hotel Rome, {{30}}", 3, "{30} is no day; write {+30}, {+30 long}"),
        (f"{BEGIN}set: STATE_DIR=/tmp", 3, "STATE_DIR is no setting of the simulated suppliers"),
        (f"{BEGIN}set: SIM_WEATHER=1", 3, "SIM_WEATHER is no setting of the simulated suppliers"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(CaseFormatError) as caught:
        read(text)
    assert str(caught.value).startswith(f"fees.txt:{line}: ")
    assert problem in str(caught.value)


def test_a_folder_is_read_file_by_file_and_an_empty_one_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(CaseFormatError, match=r"there is no \.txt file"):
        read_cases(tmp_path, TODAY)
    for name in ("b", "a"):
        (tmp_path / f"{name}.txt").write_text(f"{BEGIN}expect: nothing booked\n", encoding="utf-8")
    assert [case.topic for case in read_cases(tmp_path, TODAY)] == ["a", "b"]


def test_a_file_that_is_missing_or_no_text_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(CaseFormatError, match="cannot be read"):
        read_cases(tmp_path / "missing.txt", TODAY)
    (tmp_path / "picture.txt").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(CaseFormatError, match="is not text in UTF-8"):
        read_cases(tmp_path / "picture.txt", TODAY)
