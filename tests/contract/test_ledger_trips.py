"""Promises of every ledger about a trip as a whole: its pivot, its commands, its owners and its end."""

from datetime import date, timedelta

import pytest

from domain.trip.command_bodies import AnswerBody, CancelBody, ChangeBody, DecisionBody
from domain.trip.entry_data import CommandsSoFar, NoArguments, RefundArguments, Resolved
from domain.trip.outcomes import TripOutcome
from domain.trip.plan import Park, next_step
from domain.trip.records import TripRow
from stores import trip_rules
from stores.ledger import CommandsWaiting, Ledger, StaleVersionError, Superseded, TripFullError
from stores.opening import Stores
from support.races import in_processes, in_threads
from support.stores.ledgers import (
    ANSWERS,
    TRIP,
    TickingClock,
    Writer,
    accept_many,
    accepted,
    claimed,
    decision,
    do,
    effect,
    new_trip,
    outcome,
    paid,
    parked,
    version,
)


@pytest.fixture
def ledger(stores: Stores) -> Ledger:
    stores.ledger.open(new_trip())
    return stores.ledger


def row_of(ledger: Ledger) -> TripRow:
    row = ledger.trip(TRIP)
    assert row is not None
    return row


def events(ledger: Ledger) -> list[str]:
    return [entry.event for entry in ledger.entries(TRIP)]


def test_the_first_verdict_about_the_pivot_stays(ledger: Ledger) -> None:
    assert ledger.pivot(TRIP, 1, 0, "pivot") == "done"
    assert ledger.pivot(TRIP, 1, 0, "hold_expired") == "done"
    assert events(ledger) == ["opened", "pivot"]
    assert ledger.facts(TRIP).pivot == "recorded"


def test_a_pivot_that_came_too_late_tells_why(ledger: Ledger) -> None:
    assert ledger.pivot(TRIP, 1, 0, "no_answer") == "done"
    assert ledger.pivot(TRIP, 1, 0, "pivot") == "done"
    facts = ledger.facts(TRIP)
    assert (facts.pivot, facts.expired_because) == ("expired", "no_answer")


def test_a_command_that_was_not_read_stops_the_pivot_and_the_end(ledger: Ledger) -> None:
    accepted(ledger)
    assert ledger.pivot(TRIP, 1, 0, "pivot") == CommandsWaiting()
    assert ledger.close(outcome(), 1, 0) == CommandsWaiting()
    assert events(ledger) == ["opened"]
    assert ledger.pivot(TRIP, 1, 1, "pivot") == "done"
    assert ledger.close(outcome(), 1, 1) == outcome()


def test_a_repeat_of_the_pivot_gets_what_stands_whatever_came_since(ledger: Ledger) -> None:
    ledger.pivot(TRIP, 1, 0, "pivot")
    accepted(ledger)
    assert ledger.pivot(TRIP, 1, 0, "pivot") == "done"


def test_a_change_ends_once(ledger: Ledger) -> None:
    ledger.end_change(TRIP, 1, 1, done=True)
    ledger.end_change(TRIP, 1, 1, done=False)
    ledger.end_change(TRIP, 1, 2, done=False)
    ledger.end_change(TRIP, 2, 3, done=True)
    assert events(ledger) == ["opened", "changed", "not_changed"]


def test_a_trip_ends_once(ledger: Ledger) -> None:
    assert ledger.close(outcome("failed"), 1, 0) == outcome("failed")
    assert ledger.close(outcome("confirmed"), 1, 0) == outcome("failed")
    row = row_of(ledger)
    assert (row.box, row.outcome) == ("closed", outcome("failed"))
    assert events(ledger) == ["opened", "closed"]
    assert ledger.entries(TRIP)[1].data == outcome("failed")


def test_commands_are_numbered_and_kept_as_they_came(ledger: Ledger) -> None:
    body = ChangeBody(kind="hotel", revision=2, replaces=1, date=date(2026, 4, 1), units=3, fee=0)
    change = ledger.accept(TRIP, "change", "id-1", "a traveller", body, version(ledger))
    choice = ledger.accept(TRIP, "answer", "id-2", "a traveller", AnswerBody(choice="keep"), version(ledger))
    assert [change, choice] == list(ledger.commands(TRIP))
    assert (change.number, change.kind, change.id, change.by, change.body) == (1, "change", "id-1", "a traveller", body)
    assert (choice.number, row_of(ledger).commands, row_of(ledger).updated) == (2, 2, choice.at)


def test_a_command_is_accepted_once_however_often_it_comes(ledger: Ledger) -> None:
    first = ledger.accept(TRIP, "cancel", "id-1", "me", CancelBody(fees=()), version(ledger))
    assert ledger.accept(TRIP, "cancel", "id-1", "me", CancelBody(fees=()), 1) == first
    ledger.close(outcome("cancelled"), 1, 1)
    assert ledger.accept(TRIP, "cancel", "id-1", "me", CancelBody(fees=()), version(ledger)) == first
    assert row_of(ledger).box == "closed"
    assert len(ledger.commands(TRIP)) == 1


def test_a_command_for_an_older_version_is_refused(ledger: Ledger) -> None:
    read = version(ledger)
    do(ledger, effect())
    with pytest.raises(StaleVersionError):
        ledger.accept(TRIP, "cancel", "id-1", "me", CancelBody(fees=()), read)
    assert not ledger.commands(TRIP)


def test_a_command_after_the_end_opens_the_box_for_a_saga_of_its_own(ledger: Ledger) -> None:
    accepted(ledger, 1)
    ledger.close(outcome("confirmed"), 1, 1)
    number = accepted(ledger, 2)
    row = row_of(ledger)
    assert (row.box, row.outcome, row.epoch, row.saga) == ("open", None, 2, f"{TRIP}-command-{number}")
    assert ledger.facts(TRIP).outcome is None
    assert ledger.close(outcome("failed"), 1, 2) == Superseded()
    accepted(ledger, 3)
    assert row_of(ledger).saga == f"{TRIP}-command-{number}"
    assert ledger.close(outcome("cancelled"), 2, 3) == outcome("cancelled")
    assert events(ledger) == ["opened", "closed", "closed"]


def test_a_decision_resolves_its_item_and_tells_who_decided(ledger: Ledger) -> None:
    parked(ledger)
    [item] = ledger.facts(TRIP).items
    command = ledger.accept(TRIP, "decision", "id-1", "an operator", decision(item.id), version(ledger))
    row = ledger.entries(TRIP)[-1]
    assert (row.event, row.key) == ("resolved", effect("cancel").key)
    assert row.data == Resolved(
        decision="settled", reason="by phone", reference="R-1", by="an operator", command=command.number
    )
    assert ledger.facts(TRIP).items == ()
    assert ledger.facts(TRIP).components[0].revisions[0].cancel == "settled"


def test_a_decision_needs_an_open_item(ledger: Ledger) -> None:
    with pytest.raises(StaleVersionError):
        ledger.accept(TRIP, "decision", "id-1", "me", decision(), version(ledger))
    parked(ledger)
    ledger.accept(TRIP, "decision", "id-2", "me", decision(), version(ledger))
    with pytest.raises(StaleVersionError):
        ledger.accept(TRIP, "decision", "id-3", "me", decision(), version(ledger))
    assert [command.id for command in ledger.commands(TRIP)] == ["id-2"]
    assert events(ledger).count("resolved") == 1


def test_who_takes_a_trip_over_before_its_pivot_ends_it(ledger: Ledger) -> None:
    row = ledger.take_over(TRIP, version(ledger))
    assert row == row_of(ledger)
    assert (row.epoch, row.saga) == (2, f"{TRIP}-recovery-2")
    assert (ledger.facts(TRIP).pivot, ledger.facts(TRIP).expired_because) == ("expired", "recovered")
    assert ledger.pivot(TRIP, 1, 0, "pivot") == Superseded()
    assert ledger.close(outcome(), 1, 0) == Superseded()


def test_each_taking_over_is_a_row_that_tells_since_which_command(ledger: Ledger) -> None:
    ledger.take_over(TRIP, version(ledger))
    accepted(ledger)
    ledger.take_over(TRIP, version(ledger))
    taken = [entry.data for entry in ledger.entries(TRIP) if entry.event == "taken_over"]
    assert taken == [CommandsSoFar(commands=0), CommandsSoFar(commands=1)]


def test_who_takes_a_trip_over_after_its_pivot_goes_on(ledger: Ledger) -> None:
    ledger.pivot(TRIP, 1, 0, "pivot")
    assert ledger.take_over(TRIP, version(ledger)).epoch == 2
    assert ledger.take_over(TRIP, version(ledger)).saga == f"{TRIP}-recovery-3"
    assert ledger.facts(TRIP).pivot == "recorded"
    assert ledger.close(outcome(), 3, 0) == outcome()


def test_a_stranded_trip_needs_a_person_until_somebody_asks_for_something(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.strand(TRIP, version(ledger))
    [(row, item)] = ledger.attention()
    assert (row.id, item.id, item.component, item.kind) == (TRIP, "trip-recovery-1", TRIP, None)
    assert next_step(ledger.facts(TRIP)) == Park()
    body = DecisionBody(item=item.id, decision="retry", reason="mended", reference="")
    ledger.accept(TRIP, "decision", "id-1", "me", body, version(ledger))
    assert (ledger.attention(), ledger.facts(TRIP).items) == ([], ())
    assert events(ledger) == ["opened", "stranded", "resolved"]
    ledger.strand(TRIP, version(ledger))
    assert [open_item.id for _, open_item in ledger.attention()] == ["trip-recovery-1"]
    ledger.close(outcome(), 1, 1)
    assert ledger.attention() == []
    with pytest.raises(StaleVersionError):
        ledger.strand(TRIP, version(ledger))


def test_one_of_many_takes_a_trip_over(ledger: Ledger) -> None:
    read = version(ledger)

    def attempt(_: int) -> int | None:
        try:
            return ledger.take_over(TRIP, read).epoch
        except StaleVersionError:
            return None

    assert [epoch for epoch in in_threads(attempt, range(8)) if epoch] == [2]


def test_a_trip_is_not_closed_over_what_came_since_its_outcome_was_made_up(ledger: Ledger) -> None:
    read = version(ledger)
    claimed(ledger, effect("hold"))
    assert ledger.close(outcome(), 1, 0, read) == CommandsWaiting()
    assert ledger.close(outcome(), 1, 0, version(ledger)) == outcome()
    assert ledger.close(outcome(), 1, 0, read) == outcome()


def test_a_trip_that_has_ended_is_not_taken_over(ledger: Ledger) -> None:
    ledger.close(outcome(), 1, 0)
    with pytest.raises(StaleVersionError):
        ledger.take_over(TRIP, version(ledger))


def test_a_command_and_the_end_at_once_have_one_order(ledger: Ledger, stores: Stores) -> None:
    """Let the saga read the command before it ends, or let the command open the trip again."""
    # Five races, because a single one may well be won by the same side every time.
    for number in range(5):
        trip = f"race-{number}"
        ledger.open(new_trip(trip))

        def attempt(which: int, trip: str = trip) -> object:
            if which:
                return ledger.close(outcome(trip=trip), 1, 0)
            while True:
                try:
                    return ledger.accept(trip, "cancel", "id-1", "me", CancelBody(fees=()), version(ledger, trip))
                except StaleVersionError:
                    continue

        _, closed = in_threads(attempt, [0, 1])
        row = ledger.trip(trip)
        assert row is not None
        assert (row.box, row.commands) == ("open", 1)
        assert (closed == CommandsWaiting()) == (row.epoch == 1)
        assert isinstance(closed, TripOutcome) == (row.saga == f"{trip}-command-1")


def test_a_command_and_the_pivot_at_once_have_one_order(ledger: Ledger) -> None:
    for number in range(5):
        trip = f"race-{number}"
        ledger.open(new_trip(trip))

        def attempt(which: int, trip: str = trip) -> object:
            if which:
                return ledger.pivot(trip, 1, 0, "pivot")
            while True:
                try:
                    return accepted(ledger, trip=trip)
                except StaleVersionError:
                    continue

        _, pivoted = in_threads(attempt, [0, 1])
        assert ledger.facts(trip).cancel == 1
        assert (ledger.facts(trip).pivot == "recorded") == (pivoted == "done")


def test_commands_of_several_processes_get_consecutive_numbers(ledger: Ledger, writers: list[Writer]) -> None:
    numbers = [number for accepted_by in in_processes(accept_many, writers) for number in accepted_by]
    assert sorted(numbers) == list(range(1, 41))
    assert [command.number for command in ledger.commands(TRIP)] == sorted(numbers)


def test_open_items_are_listed_across_trips_until_they_are_resolved(ledger: Ledger) -> None:
    ledger.open(new_trip("trip-2"))
    assert not ledger.attention()
    parked(ledger)
    paid(ledger, "hotel", "trip-2")
    refund = effect("refund", kind="hotel", trip="trip-2")
    claimed(ledger, refund)
    ledger.give_up(refund, 1)
    listed = [(row.id, item.id, item.amount.minor) for row, item in ledger.attention()]
    assert listed == [(TRIP, "flight-cancel-1", 45_000), ("trip-2", "hotel-refund-1", 45_000)]
    ledger.accept(TRIP, "decision", "id-1", "me", decision(), version(ledger))
    assert [row.id for row, _ in ledger.attention()] == ["trip-2"]
    # The claim from before it was given up still has its lease.
    refund_claim = ledger.claim(refund, RefundArguments(target=1, amount=45_000), 1, 0.001)
    assert type(refund_claim).__name__ == "Busy"


def test_a_given_up_hold_is_no_open_item(ledger: Ledger) -> None:
    claimed(ledger, effect())
    ledger.give_up(effect(), 1)
    assert not ledger.attention()


def test_an_item_that_was_done_after_all_is_listed_no_more(ledger: Ledger) -> None:
    paid(ledger)
    claim = claimed(ledger, effect("cancel"))
    ledger.give_up(effect("cancel"), 1)
    ledger.conclude(claim, ANSWERS["cancel"])
    assert not ledger.attention()


def test_an_item_of_a_reopened_trip_is_listed_too(ledger: Ledger) -> None:
    parked(ledger)
    ledger.accept(TRIP, "decision", "id-1", "me", decision(), version(ledger))
    ledger.close(outcome("cancelled"), 1, 1)
    assert not ledger.attention()
    accepted(ledger, 2)
    claimed(ledger, effect("void"), epoch=2)
    ledger.give_up(effect("void"), 2)
    assert [item.id for _, item in ledger.attention()] == ["flight-void-1"]


def test_unfinished_trips_are_those_left_alone_with_an_open_box(ledger: Ledger, clock: TickingClock) -> None:
    ledger.open(new_trip("trip-2"))
    ledger.open(new_trip("trip-3"))
    ledger.close(outcome(trip="trip-2"), 1, 0)
    clock.pass_by(60)
    do(ledger, effect())
    ledger.open(new_trip("trip-4"))
    minute_ago = clock.now - timedelta(seconds=30)
    assert [row.id for row in ledger.unfinished(minute_ago, 10)] == ["trip-3"]
    assert [row.id for row in ledger.unfinished(clock.read(), 10)] == [TRIP, "trip-3", "trip-4"]
    assert [row.id for row in ledger.unfinished(clock.read(), 2)] == [TRIP, "trip-3"]


def test_a_reopened_trip_is_unfinished_again(ledger: Ledger, clock: TickingClock) -> None:
    ledger.close(outcome(), 1, 0)
    assert not ledger.unfinished(clock.read(), 10)
    accepted(ledger)
    assert [row.id for row in ledger.unfinished(clock.read(), 10)] == [TRIP]
    ledger.close(outcome("cancelled"), 2, 1)
    assert not ledger.unfinished(clock.read(), 10)


def test_trips_come_oldest_first_however_many(stores: Stores) -> None:
    # In an order that is not that of their ids.
    names = [f"trip-{n}" for n in reversed(range(60))]
    for name in names:
        stores.ledger.open(new_trip(name))
    assert [row.id for row in stores.ledger.trips()] == names


def test_a_trip_with_very_many_rows_takes_no_more_commands_and_holds_but_ends(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stores.trip_rules.MOST_ROWS", 10)
    monkeypatch.setattr("stores.effect_rules.MOST_ROWS", 10)
    assert trip_rules.MOST_ROWS == 10
    paid(ledger)
    claimed(ledger, effect("hold", revision=2))
    with pytest.raises(TripFullError):
        ledger.accept(TRIP, "cancel", "id-1", "me", CancelBody(fees=()), version(ledger))
    with pytest.raises(TripFullError):
        ledger.claim(effect("hold", revision=3), NoArguments(), 1, 1)
    do(ledger, effect("cancel"))
    do(ledger, effect("refund"))
    assert ledger.close(outcome("failed"), 1, 0) == outcome("failed")
