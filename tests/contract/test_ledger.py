"""What every ledger promises."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from support_races import in_processes, in_threads
from support_trips import Desk, request
from support_writers import Writer, conclude_many, ledger_intent

from domain.outcomes import TripOutcome
from stores.ledger import IntentMissingError, KeyReusedError, Ledger, TripUnknownError
from stores.opening import Stores

INTENT = ledger_intent()


@pytest.fixture
def ledger(desk: Desk) -> Ledger:
    """A ledger in which `trip-1` is open."""
    desk.open_trip("trip-1")
    return desk.stores.ledger


def events(ledger: Ledger, trip: str = "trip-1") -> list[str]:
    return [entry.event for entry in ledger.entries(trip)]


def test_an_intent_is_written_once_and_answered_only_when_concluded(ledger: Ledger) -> None:
    assert ledger.intend(INTENT) is None
    assert ledger.intend(INTENT) is None
    ledger.conclude(INTENT, {"status": "booked"})
    assert ledger.intend(INTENT) == {"status": "booked"}
    assert events(ledger) == ["opened", "intent", "outcome"]


def test_the_first_outcome_stays(ledger: Ledger) -> None:
    ledger.intend(INTENT)
    assert ledger.conclude(INTENT, {"status": "rejected"}) == {"status": "rejected"}
    assert ledger.conclude(INTENT, {"status": "booked"}) == {"status": "rejected"}
    assert events(ledger) == ["opened", "intent", "outcome"]


@pytest.mark.parametrize(
    "other",
    [
        replace(INTENT, arguments={"destination": "Rome"}),
        replace(INTENT, arguments={}),
        replace(INTENT, component="trip-1-other"),
        replace(INTENT, effect="charge"),
        replace(INTENT, kind="hotel"),
    ],
)
def test_a_key_with_other_arguments_is_an_error_and_changes_nothing(ledger: Ledger, other: object) -> None:
    ledger.intend(INTENT)
    with pytest.raises(KeyReusedError):
        ledger.intend(other)  # type: ignore[arg-type]
    with pytest.raises(KeyReusedError):
        ledger.conclude(other, {"status": "booked"})  # type: ignore[arg-type]
    assert events(ledger) == ["opened", "intent"]
    assert ledger.intend(INTENT) is None


def test_arguments_are_equal_whatever_their_order(ledger: Ledger) -> None:
    ledger.intend(replace(INTENT, arguments={"a": 1, "b": 2}))
    assert ledger.intend(replace(INTENT, arguments={"b": 2, "a": 1})) is None


def test_an_effect_of_an_unknown_trip_is_an_error(ledger: Ledger) -> None:
    with pytest.raises(TripUnknownError):
        ledger.intend(ledger_intent(trip="trip-2"))
    assert events(ledger, "trip-2") == []


def test_an_outcome_needs_its_intent(ledger: Ledger) -> None:
    with pytest.raises(IntentMissingError):
        ledger.conclude(INTENT, {"status": "booked"})
    assert events(ledger) == ["opened"]


def test_a_trip_ends_once(ledger: Ledger) -> None:
    failed = TripOutcome(status="failed", id="trip-1", kind="travel")
    assert ledger.close(failed) == failed
    assert ledger.close(failed.model_copy(update={"status": "confirmed"})) == failed
    row = ledger.trip("trip-1")
    assert row is not None
    assert row.outcome == failed
    assert events(ledger) == ["opened", "closed"]


def test_an_unknown_trip_cannot_end(ledger: Ledger) -> None:
    with pytest.raises(TripUnknownError):
        ledger.close(TripOutcome(status="failed", id="trip-2", kind="travel"))


def test_the_first_wording_stays(ledger: Ledger) -> None:
    assert ledger.text("trip-1/book") is None
    assert ledger.keep_text("trip-1/book", "Booked, with joy.") == "Booked, with joy."
    assert ledger.keep_text("trip-1/book", "Booked again.") == "Booked, with joy."
    assert ledger.text("trip-1/book") == "Booked, with joy."


def test_a_row_tells_who_asked_for_what(ledger: Ledger) -> None:
    row = ledger.trip("trip-1")
    assert row is not None
    assert (row.kind, row.request, row.turn, row.outcome) == ("travel", request(), 1, None)
    ledger.intend(INTENT)
    later = ledger.trip("trip-1")
    assert later is not None
    assert later.created == row.created
    assert later.updated >= row.updated
    assert later.updated == ledger.entries("trip-1")[-1].at
    assert ledger.trip("trip-2") is None


def test_entries_come_in_the_order_of_writing(ledger: Ledger, desk: Desk) -> None:
    desk.open_trip("trip-2")
    for number in (3, 1, 2):
        ledger.intend(ledger_intent(number))
        ledger.intend(ledger_intent(number, trip="trip-2"))
    entries = ledger.entries("trip-1")
    assert [entry.component for entry in entries] == [None, "trip-1-3", "trip-1-1", "trip-1-2"]
    assert [entry.sequence for entry in entries] == sorted(entry.sequence for entry in entries)
    assert entries[1].data == {"destination": "Paris"}


def test_trips_come_oldest_first_however_many(desk: Desk) -> None:
    names = [f"trip-{n}" for n in reversed(range(1100))]
    for name in names:
        desk.open_trip(name, "flight")
    assert [row.id for row in desk.stores.ledger.trips()] == names


def test_everything_outlives_the_process(ledger: Ledger, reopen_stores: Callable[[], Stores]) -> None:
    ledger.intend(INTENT)
    ledger.conclude(INTENT, {"status": "booked"})
    ledger.close(TripOutcome(status="confirmed", id="trip-1", kind="travel"))
    again = reopen_stores().ledger
    assert again.entries("trip-1") == ledger.entries("trip-1")
    assert again.trip("trip-1") == ledger.trip("trip-1")
    assert again.intend(INTENT) == {"status": "booked"}


def test_threads_that_conclude_at_once_all_get_the_same_answer(ledger: Ledger) -> None:
    def run(number: int) -> object:
        return ledger.intend(INTENT) or ledger.conclude(INTENT, {"writer": number})

    standing = in_threads(run, range(16))
    assert all(answer == standing[0] for answer in standing)
    assert events(ledger) == ["opened", "intent", "outcome"]


def test_processes_that_conclude_at_once_all_get_the_same_answers(ledger: Ledger, store_writers: list[Writer]) -> None:
    standing = in_processes(conclude_many, store_writers)
    assert all(answers == standing[0] for answers in standing)
    assert sorted(events(ledger)) == ["intent"] * 25 + ["opened"] + ["outcome"] * 25


def test_a_ledger_that_works_answers_a_ping(ledger: Ledger) -> None:
    ledger.ping()
