"""Figures and report: counts by topic, repeats, waits and tokens, and what the exit code goes by."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scripts.eval import report
from scripts.eval.case_files import cases_in
from scripts.eval.cases import Case
from scripts.eval.figures import Evaluation, TokenSums, evaluate, percentile, tokens_in
from scripts.eval.readme_table import table_in, with_table
from scripts.eval.transcripts import HostRun, SeenTrip, Transcript, TripBooks

ROME = SeenTrip("trip-1", "hotel", "confirmed", {"destination": "Rome", "nights": 3})
BOOKED = TripBooks({"captured": 100, "refunded": 0, "kept": 100}, ())
CASE = """\
case: {name}
traveller: hi
must say: hello
expect: nothing booked
"""


def case_of(name: str, known_fault: str = "", topic: str = "Talk") -> Case:
    text = CASE.format(name=name) + (f"known fault: {known_fault}\n" if known_fault else "")
    (case,) = cases_in(Path(f"{topic}-{name}.txt"), text, date(2026, 12, 1))
    return replace(case, topic=topic)


def said(case: Case, *replies: str, trips: tuple[SeenTrip, ...] = ()) -> list[Transcript]:
    return [Transcript(case, (reply,), (0.1,), trips) for reply in replies]


def evaluated(*transcripts: Transcript, **run: object) -> Evaluation:
    cases = list(dict.fromkeys(transcript.case.place for transcript in transcripts))
    by_place = {transcript.case.place: transcript.case for transcript in transcripts}
    host = HostRun(transcripts, {}, **run)  # pyright: ignore
    return evaluate([by_place[place] for place in cases], [host])


RIGHT, WRONG = case_of("right"), case_of("wrong", topic="Other talk")
FAULT, FIXED = case_of("fault", "not built"), case_of("fixed", "not built")


def test_each_topic_and_all_together_have_a_row() -> None:
    transcripts = [
        *said(RIGHT, "hello"),
        *said(FAULT, "no", trips=(ROME,)),
        *said(FIXED, "hello"),
        *said(WRONG, "no", trips=(ROME, ROME)),
    ]
    evaluation = evaluated(*transcripts)
    assert report.rows(evaluation) == [
        ("Talk", "3", "2", "2", "1"),
        ("Other talk", "1", "0", "0", "2"),
        ("all", "4", "2", "2", "3"),
    ]
    assert report.wrong_bookings_line(evaluation).endswith("was not asked for: 3 in 4 conversations.")
    assert "| Talk | 3 | 2 | 2 | 1 |\n" in report.as_markdown(evaluation)


def test_a_fault_fails_the_run_unless_it_is_known_and_a_mended_one_only_a_strict_run() -> None:
    for case, reply, passes, passes_strictly in (
        (RIGHT, "hello", True, True),
        (FAULT, "no", True, True),
        (WRONG, "no", False, False),
        (FIXED, "hello", True, False),
    ):
        evaluation = evaluated(*said(case, reply))
        assert (evaluation.passes(strict=False), evaluation.passes(strict=True)) == (passes, passes_strictly)


def test_the_report_names_what_needs_attention_and_shows_the_conversation() -> None:
    text = report.as_text(evaluated(*said(RIGHT, "hello"), *said(FIXED, "hello"), *said(WRONG, "no")), False)
    assert "FAILED Other talk-wrong.txt:1: wrong\n  traveller: hi\n  app: no\n  - must say 'hello': 'no'" in text
    assert "FIXED Talk-fixed.txt:1: fixed (known fault: not built)" in text
    assert "Talk-right.txt" not in text
    assert "Talk-right.txt" in report.as_text(evaluated(*said(RIGHT, "hello")), True)


def test_a_booking_that_no_conversation_was_shown_is_a_wrong_one_and_fails_the_run() -> None:
    transcript = Transcript(RIGHT, ("hello",), (0.1,), (ROME,))
    run = HostRun((transcript,), {"trip-1": BOOKED, "trip-2": BOOKED}, orphans=("a payment without a trip",))
    evaluation = evaluate([RIGHT], [run])
    assert evaluation.stray == ("trip-2", "a payment without a trip")
    # The third is the trip of the conversation, which had asked for none.
    assert evaluation.wrong_bookings() == 3
    unmarked = evaluate([RIGHT], [HostRun(tuple(said(RIGHT, "hello")), {"trip-2": BOOKED})])
    assert not unmarked.passes(strict=False)
    assert "NOBODY WAS SHOWN THIS BOOKING: trip-2" in report.as_text(unmarked, False)


def test_pass_1_is_the_share_of_runs_and_pass_4_that_of_cases_without_a_fault() -> None:
    three_of_four = said(RIGHT, "hello", "hello", "no", "hello")
    all_four = said(WRONG, *["hello"] * 4)
    evaluation = evaluated(*three_of_four, *all_four)
    assert evaluation.pass_power(1) == pytest.approx(7 / 8)
    assert evaluation.pass_power(2) == pytest.approx((3 / 6 + 1) / 2)
    assert evaluation.pass_power(4) == pytest.approx(1 / 2)
    assert report.repeats(evaluation, 4).startswith("pass^1 87.5%, pass^4 50.0%")
    assert evaluation.conversations() == 8
    # A case of which one repeat goes wrong is not right.
    assert report.rows(evaluation)[-1] == ("all", "2", "1", "0", "0")


def test_waits_are_named_by_median_and_95_in_100() -> None:
    assert percentile([0.1, 0.2], 0.95) == 0.2
    assert percentile([n / 100 for n in range(100, 0, -1)], 0.95) == 0.95
    evaluation = replace(evaluated(*said(RIGHT, "hello")), seconds=(0.3, 0.1, 0.2))
    assert report.waits(evaluation) == "3 replies: median 200 ms, 95 in 100 within 300 ms"
    assert report.waits(replace(evaluation, seconds=())) == "No reply came."


def test_tokens_are_those_of_the_log_and_cost_what_they_are_said_to() -> None:
    tokens = tokens_in(
        "[12:00] agents: model_usage prompt=1000 completion=20\nother\nmodel_usage prompt=500 completion=5"
    )
    assert tokens == TokenSums(requests=2, prompt=1500, completion=25)
    assert report.costs(tokens, (2.0, 20.0)).endswith("1500 tokens sent, 25 received, $0.0035")
    assert "set PRICES=sent,received" in report.costs(tokens, None)
    assert report.costs(tokens_in(""), (2.0, 10.0)) == "tokens: the service has named none"


def test_only_the_text_between_the_markers_is_replaced() -> None:
    document = "a\n<!-- evaluation -->\nold\n<!-- /evaluation -->\nb\n"
    assert table_in(document) == "old\n"
    assert with_table(document, "new\n") == document.replace("old", "new")
