"""Promises of every ledger about trips and their rows."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.trip.command_bodies import CancelBody
from domain.trip.effect_outcomes import Held
from domain.trip.entry_data import NoArguments
from stores.ledger import Ledger, TripExistsError, TripUnknownError
from stores.opening import Stores
from support.races import in_threads
from support.stores.ledgers import (
    ANSWERS,
    ARGUMENTS,
    EXPIRES,
    TRIP,
    TickingClock,
    accepted,
    claimed,
    do,
    effect,
    new_trip,
    outcome,
    paid,
    request,
    usd,
)


@pytest.fixture
def ledger(stores: Stores) -> Ledger:
    """Return a ledger in which `trip-1` is open."""
    stores.ledger.open(new_trip())
    return stores.ledger


def test_a_new_trip_tells_who_asked_for_what(ledger: Ledger) -> None:
    row = ledger.trip(TRIP)
    assert row is not None
    assert (row.kind, row.request, row.conversation, row.turn) == ("travel", request(), "c1", 1)
    assert (row.version, row.epoch, row.saga, row.commands, row.box, row.outcome) == (1, 1, TRIP, 0, "open", None)
    assert row.created == row.updated == ledger.entries(TRIP)[0].at
    assert [(entry.sequence, entry.event) for entry in ledger.entries(TRIP)] == [(1, "opened")]


def test_the_turn_that_opened_a_trip_may_open_it_again(ledger: Ledger) -> None:
    do(ledger, effect())
    assert ledger.open(new_trip()) == ledger.trip(TRIP)
    assert len(ledger.entries(TRIP)) == 3


@pytest.mark.parametrize("other", [{"turn": 2}, {"conversation": "c2"}, {"kind": "flight"}])
def test_another_turn_may_not_open_it(ledger: Ledger, other: dict[str, object]) -> None:
    with pytest.raises(TripExistsError):
        ledger.open(replace(new_trip(), **other))
    assert ledger.trip(TRIP) == ledger.open(new_trip())


def test_turns_that_open_a_trip_at_once_have_one_winner(stores: Stores) -> None:
    def attempt(turn: int) -> int | None:
        try:
            return stores.ledger.open(new_trip(turn=turn)).turn
        except TripExistsError:
            return None

    winners = [turn for turn in in_threads(attempt, range(8)) if turn is not None]
    row = stores.ledger.trip(TRIP)
    assert row is not None
    assert winners == [row.turn]


def test_nothing_is_known_of_a_trip_that_was_never_opened(ledger: Ledger) -> None:
    assert ledger.trip("trip-2") is None
    assert not ledger.entries("trip-2")
    assert not ledger.commands("trip-2")
    assert not ledger.postings("trip-2")
    unknown = effect(trip="trip-2")
    calls: list[Callable[[], object]] = [
        lambda: ledger.facts("trip-2"),
        lambda: ledger.claim(unknown, NoArguments(), 1, 1),
        lambda: ledger.give_up(unknown, 1),
        lambda: ledger.lose("trip-2", "trip-2-flight", "flight", 1),
        lambda: ledger.pivot("trip-2", 1, 0, "pivot"),
        lambda: ledger.end_change("trip-2", 1, 1, done=True),
        lambda: ledger.close(outcome(trip="trip-2"), 1, 0),
        lambda: ledger.accept("trip-2", "cancel", "id", "me", CancelBody(fees=()), 1),
        lambda: ledger.take_over("trip-2", 1),
    ]
    for call in calls:
        with pytest.raises(TripUnknownError):
            call()
    assert [row.id for row in ledger.trips()] == [TRIP]


def test_rows_come_in_the_order_of_writing_and_are_numbered(ledger: Ledger, clock: TickingClock) -> None:
    clock.pass_by(60)
    for kind in ("car_hire", "flight", "hotel"):
        do(ledger, effect(kind=kind))
    rows = ledger.entries(TRIP)
    assert [row.sequence for row in rows] == list(range(1, 8))
    assert [row.kind for row in rows if row.event == "intent"] == ["car_hire", "flight", "hotel"]
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert rows[1].data == ARGUMENTS["hold"]
    assert (rows[1].component, rows[1].effect, rows[1].revision) == ("trip-1-car", "hold", 1)
    assert rows[1].key == "trip-1-car/hold/1"


def test_a_version_stands_for_what_can_be_read(ledger: Ledger) -> None:
    before = ledger.trip(TRIP)
    do(ledger, effect())
    after = ledger.trip(TRIP)
    assert before is not None
    assert after is not None
    assert after.version > before.version
    assert after.updated == ledger.entries(TRIP)[-1].at
    ledger.claim(effect(), ARGUMENTS["hold"], 1, 1)
    assert ledger.trip(TRIP) == after


def test_the_facts_are_those_of_the_rows_and_commands(ledger: Ledger) -> None:
    paid(ledger)
    number = accepted(ledger)
    facts = ledger.facts(TRIP)
    [flight] = facts.components
    assert (flight.revisions[0].capture, flight.captured, flight.revisions[0].cost) == ("done", 45_000, 45_000)
    assert flight.revisions[0].details == {"airline": "Paris Air"}
    assert (facts.cancel, facts.commands, facts.outcome) == (number, number, None)


def test_everything_outlives_the_process(ledger: Ledger, reopen_stores: Callable[[], Stores]) -> None:
    paid(ledger)
    accepted(ledger)
    ledger.keep_text("trip-1-flight/hold/1", "Booked.")
    ledger.close(outcome(), 1, 1)
    again = reopen_stores().ledger
    assert again.trip(TRIP) == ledger.trip(TRIP)
    assert again.entries(TRIP) == ledger.entries(TRIP)
    assert again.commands(TRIP) == ledger.commands(TRIP)
    assert again.postings(TRIP) == ledger.postings(TRIP)
    assert again.facts(TRIP) == ledger.facts(TRIP)
    assert again.text("trip-1-flight/hold/1") == "Booked."


def test_a_process_that_has_read_a_trip_sees_what_another_writes(
    ledger: Ledger, reopen_stores: Callable[[], Stores]
) -> None:
    other = reopen_stores().ledger
    for kind in ("flight", "hotel", "car_hire"):
        for name in ("hold", "authorize", "confirm", "capture"):
            do(ledger, effect(name, kind=kind))
            assert other.facts(TRIP) == ledger.facts(TRIP) == reopen_stores().ledger.facts(TRIP)
            ledger, other = other, ledger
    accepted(ledger)
    assert other.rows(TRIP) == ledger.rows(TRIP)
    assert other.facts(TRIP).cancel == 1


def test_a_process_that_has_read_a_trip_sees_that_another_has_forgotten_it(
    ledger: Ledger, reopen_stores: Callable[[], Stores]
) -> None:
    other = reopen_stores().ledger
    paid(ledger)
    ledger.close(outcome(), 1, 0)
    assert other.rows(TRIP).row.request.destination == "Paris"
    assert ledger.forget("c1") == 1
    assert other.rows(TRIP) == ledger.rows(TRIP) == reopen_stores().ledger.rows(TRIP)
    assert "Paris" not in repr(other.rows(TRIP))


def test_a_conclusion_comes_with_the_rows_that_include_it(ledger: Ledger, reopen_stores: Callable[[], Stores]) -> None:
    concluded = ledger.conclude(claimed(ledger, effect()), ANSWERS["hold"])
    assert concluded.rows == reopen_stores().ledger.rows(TRIP)
    assert concluded.rows.facts.components[0].revisions[0].hold == "done"


def test_texts_in_any_script_come_back_as_they_were(ledger: Ledger) -> None:
    text = "Zürich, 東京 ✈ \x00 'quoted' \n end"
    # The long one is more than a property of a table holds (64 KiB).
    held = Held(confirmation="FL-1", amount=usd(1), details={"text": text, "long": text * 20_000}, expires=EXPIRES)
    do(ledger, effect(), destination=text, answer=held)
    rows = ledger.entries(TRIP)
    assert rows[1].data == ARGUMENTS["hold"].model_copy(update={"destination": text})
    assert rows[2].data == held
    assert ledger.keep_text("trip-1/words", text) == text
    assert ledger.text("trip-1/words") == text


def test_the_first_wording_stays(ledger: Ledger) -> None:
    key = effect().key
    assert ledger.text(key) is None
    assert ledger.keep_text(key, "Booked, with joy.") == "Booked, with joy."
    assert ledger.keep_text(key, "Booked again.") == "Booked, with joy."
    assert ledger.text(key) == "Booked, with joy."


def test_an_outcome_with_words_is_stored_with_them_unless_there_are_some(ledger: Ledger) -> None:
    flight, hotel = effect(), effect(kind="hotel")
    ledger.conclude(claimed(ledger, flight), ANSWERS["hold"], "Flight.")
    claim = claimed(ledger, hotel)
    # Another delivery can have found the hold cancelled meanwhile, and have had that worded.
    ledger.keep_text(hotel.key, "It has been cancelled.")
    ledger.conclude(claim, ANSWERS["hold"], "Hotel.")
    assert ledger.texts(TRIP, [flight.key, hotel.key]) == {flight.key: "Flight.", hotel.key: "It has been cancelled."}
    assert [part.first.hold for part in ledger.facts(TRIP).components] == ["done", "done"]


def test_the_wordings_of_a_trip_are_read_together(ledger: Ledger) -> None:
    wanted = {effect().key: "Flight.", effect(kind="hotel").key: "Hotel."}
    for key, text in {**wanted, "trip-1/words": "Other.", "trip-10/words": "Of another trip."}.items():
        ledger.keep_text(key, text)
    assert ledger.texts(TRIP, [*wanted, effect(kind="car_hire").key]) == wanted
    assert ledger.texts("trip-2", wanted) == {}


def test_a_ledger_that_works_answers_a_ping(ledger: Ledger) -> None:
    ledger.ping()
