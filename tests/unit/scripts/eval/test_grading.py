"""Grading: the end state and what was said count, and what was not asked for is counted apart."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from scripts.eval.case_files import cases_in
from scripts.eval.grading import Verdict, grade
from scripts.eval.transcripts import SeenTrip, Transcript, TripBooks

ROME = SeenTrip("trip-1", "hotel", "confirmed", {"destination": "Rome", "nights": 3, "date": "2027-01-05"})
OSLO = SeenTrip("trip-2", "flight", "confirmed", {"destination": "Oslo", "date": "2027-01-05"})
SUMS: Mapping[str, int] = {"captured": 52_500, "refunded": 0, "kept": 52_500}


def verdict(lines: str, *trips: SeenTrip, replies: tuple[str, ...] = ("Done.",), **more: object) -> Verdict:
    (case,) = cases_in(Path("a.txt"), f"case: a\ntraveller: hi\n{lines}\n", date(2026, 12, 1))
    seen = {"case": case, "replies": replies, "seconds": (0.1,), "trips": trips, **more}
    return grade(Transcript(**seen), {trip.id: TripBooks(SUMS, ()) for trip in trips})  # pyright: ignore


def changed(trip: SeenTrip, status: str = "confirmed", **members: object) -> SeenTrip:
    return SeenTrip(trip.id, trip.kind, status, {**trip.request, **members})


@pytest.mark.parametrize(
    "line",
    [
        "hotel Rome",
        "hotel rome, 3 nights",
        "hotel Rome, 3 days, 2027-01-05, confirmed",
        "hotel Roma or Rome, 1 travellers",
        "hotel Rome, changed from 2 nights",
    ],
)
def test_what_a_file_does_not_name_is_not_compared(line: str) -> None:
    assert verdict(f"expect: {line}", ROME).is_right()


@pytest.mark.parametrize(
    "line",
    [
        "hotel Milan, 3 nights",
        "trip Rome, 3 nights",
        "hotel Rome, 2 nights",
        "hotel Rome, 2027-01-06",
        "hotel Rome, 2 travellers",
        "hotel Rome, from Oslo",
    ],
)
def test_a_trip_that_differs_is_a_wrong_booking_and_a_missing_one(line: str) -> None:
    got = verdict(f"expect: {line}", ROME)
    assert got.wrong_bookings == 1
    assert got.faults == (
        f"missing: {line}",
        "booked, but not asked for: hotel Rome, 3, 2027-01-05, confirmed",
    )


def test_a_trip_too_many_is_a_wrong_booking() -> None:
    assert verdict("expect: nothing booked", ROME, OSLO).wrong_bookings == 2
    assert verdict("expect: hotel Rome", ROME, OSLO).wrong_bookings == 1
    twice = verdict("expect: hotel Rome", ROME, SeenTrip("trip-3", ROME.kind, ROME.status, ROME.request))
    assert twice.wrong_bookings == 1


def test_a_trip_that_was_to_be_cancelled_or_changed_is_a_fault_and_no_wrong_booking() -> None:
    for line in ("hotel Rome, 3 nights, cancelled", "hotel Rome, 4 nights, changed from 3 nights"):
        got = verdict(f"expect: {line}", ROME)
        assert (len(got.faults), got.wrong_bookings) == (1, 0)
        assert got.faults[0].startswith("expected hotel Rome")
    assert verdict("expect: hotel Rome, 4 nights, changed from 3 nights", changed(ROME, nights=4)).is_right()


def test_of_two_trips_for_one_wish_the_one_in_the_right_state_is_taken() -> None:
    cancelled = SeenTrip("trip-3", ROME.kind, "cancelled", ROME.request)
    lines = "expect: hotel Rome, 3 nights, cancelled\nexpect: hotel Rome, 3 nights"
    assert verdict(lines, ROME, cancelled).is_right()
    assert verdict(lines, cancelled, ROME).is_right()


def test_money_is_the_sum_over_all_trips() -> None:
    lines = "expect: hotel Rome\nexpect: flight Oslo\nexpect: "
    for money in ("captured $1,050.00", "captured at least $1.00", "kept at most $1,050.00", "refunded nothing"):
        assert verdict(lines + money, ROME, OSLO).is_right()
    got = verdict(f"{lines}captured at most $1,049.99", ROME, OSLO)
    assert got.faults == ("expected captured at most $1,049.99, but the books say $1,050.00",)


def test_a_difference_that_the_audit_has_found_is_a_fault() -> None:
    (case,) = cases_in(Path("a.txt"), "case: a\ntraveller: hi\nexpect: hotel Rome\n", date(2026, 12, 1))
    transcript = Transcript(case, ("Done.",), (0.1,), (ROME,))
    got = grade(transcript, {ROME.id: TripBooks(SUMS, ("charged twice",))})
    assert got.faults == ("the audit has found: charged twice",)


def test_quotes_and_the_staff_count_only_where_a_file_names_them() -> None:
    quote = SeenTrip("quote-1", "hotel", "open", ROME.request)
    assert verdict("expect: nothing booked", quotes=(quote,), is_handed_over=True).is_right()
    assert verdict("expect: quote hotel Rome, 3 nights", quotes=(quote,)).is_right()
    got = verdict("expect: no quote\nexpect: not handed over", quotes=(quote,), is_handed_over=True)
    assert got.faults == (
        "quoted, but not asked for: hotel Rome, 3, 2027-01-05, open",
        "handed over to the staff",
    )
    # Nothing is charged for a quote, so it is no booking.
    assert got.wrong_bookings == 0


@pytest.mark.parametrize(
    ("line", "is_right"),
    [
        ("must say: DONE  deal", True),
        ("must say: Cafe", True),
        ("must say: no | deal", True),
        ("must say: no", False),
        ("must not say: no", True),
        ("must not say: no | deal", False),
        ("must say somewhere: 'twas", True),
        ("must say somewhere: nowhere", False),
        ("must never say: deal", False),
        ("must never say: nowhere", True),
    ],
)
def test_words_are_compared_without_case_accents_and_line_breaks(line: str, is_right: bool) -> None:
    got = verdict(f"{line}\nexpect: nothing booked", replies=("Done\ndeal, ’twas a CAFÉ.",))
    assert got.is_right() is is_right


def test_a_conversation_that_broke_off_is_a_fault_and_its_bookings_still_count() -> None:
    got = verdict("expect: nothing booked", ROME, replies=(), error="the app answered 503")
    assert got.faults[0] == "the app answered 503"
    assert got.wrong_bookings == 1
