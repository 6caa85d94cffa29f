"""Promises of every ledger to a traveller who wants to be forgotten."""

import json
from datetime import date

import pytest

from domain.amount import Money
from domain.ids import owned_id, split_owned_id
from domain.trip.command_bodies import ChangeBody, body_data
from domain.trip.effect_outcomes import Held
from domain.trip.entry_data import HoldArguments, entry_data
from domain.trip.outcomes import ComponentOutcome, ProblemNote, TripOutcome
from domain.trip.records import TripRow
from stores.ledger import Done, KeyReusedError, Ledger
from stores.opening import Stores
from support.stores.ledgers import (
    ARGUMENTS,
    LEASE,
    REFUSED,
    TRIP,
    accepted,
    do,
    effect,
    new_trip,
    outcome,
    paid,
    version,
)

PERSONAL = ("Paris", "2026-03-02", "2026-04-01", "Booked", "full")
CHANGE = ChangeBody(kind="hotel", revision=2, replaces=1, date=date(2026, 4, 1), units=3, fee=0)


@pytest.fixture
def ledger(stores: Stores) -> Ledger:
    """Return a ledger with a closed trip full of personal data."""
    ledger = stores.ledger
    ledger.open(new_trip())
    paid(ledger)
    do(ledger, effect(kind="hotel"), answer=REFUSED)
    ledger.keep_text("trip-1-flight/hold/1", "Booked to Paris.")
    ledger.accept(TRIP, "change", "id-1", "somebody", CHANGE, version(ledger))
    ledger.end_change(TRIP, 1, 1, done=False)
    part = ComponentOutcome(
        status="confirmed",
        id="trip-1-flight",
        kind="flight",
        text="Booked to Paris.",
        confirmation="FL-1",
        amount=Money(currency="USD", minor=45_000),
        error=ProblemNote(code="sold_out", message="Paris is full."),
    )
    ended = TripOutcome(status="partly_confirmed", id=TRIP, kind="travel", components=(part,))
    ledger.close(ended, 1, 1)
    return ledger


def row_of(ledger: Ledger) -> TripRow:
    row = ledger.trip(TRIP)
    assert row is not None
    return row


def everything(ledger: Ledger) -> str:
    data = [entry_data(entry.data) for entry in ledger.entries(TRIP)]
    bodies = [body_data(command.body) for command in ledger.commands(TRIP)]
    return json.dumps([repr(row_of(ledger)), repr(ledger.facts(TRIP)), data, bodies])


def test_nothing_personal_is_left(ledger: Ledger) -> None:
    assert all(word in everything(ledger) for word in PERSONAL)
    assert ledger.forget("c1") == 1
    assert [word for word in (*PERSONAL, "c1") if word in everything(ledger)] == []
    assert ledger.text("trip-1-flight/hold/1") is None


def test_rows_amounts_and_keys_stay(ledger: Ledger) -> None:
    before, postings, facts = ledger.entries(TRIP), ledger.postings(TRIP), ledger.facts(TRIP)
    ledger.forget("c1")
    after = ledger.entries(TRIP)
    assert [(row.sequence, row.at, row.event, row.key) for row in after] == [
        (row.sequence, row.at, row.event, row.key) for row in before
    ]
    assert ledger.postings(TRIP) == postings
    first, same = facts.components[0].revisions[0], ledger.facts(TRIP).components[0].revisions[0]
    assert (same.confirmation, same.price, same.captured) == (first.confirmation, first.price, first.captured)
    row = row_of(ledger)
    assert row.outcome is not None
    assert (row.outcome.status, row.outcome.components[0].amount) == ("partly_confirmed", first.price)
    assert (row.box, row.kind, row.commands) == ("closed", "travel", 1)


def test_keys_still_hold_after_it(ledger: Ledger) -> None:
    ledger.forget("c1")
    claim = ledger.claim(effect(), ARGUMENTS["hold"], 1, LEASE)
    assert isinstance(claim, Done)
    assert isinstance(claim.end, Held)
    assert claim.end.confirmation == "FL-1"
    with pytest.raises(KeyReusedError):
        ledger.claim(effect(), HoldArguments(destination="Rome"), 1, LEASE)
    assert [row.id for row in ledger.trips()] == [TRIP]


def test_forgetting_again_finds_nothing(ledger: Ledger) -> None:
    assert ledger.forget("c1") == 1
    assert ledger.forget("c1") == 0
    assert ledger.forget("c9") == 0


def test_other_conversations_and_open_trips_are_left_alone(ledger: Ledger) -> None:
    ledger.open(new_trip("trip-2"))
    ledger.open(new_trip("trip-3", conversation="c2"))
    ledger.close(outcome(trip="trip-3"), 1, 0)
    # Of a trip whose id begins with that of the forgotten one.
    ledger.keep_text("trip-10/words", "Of another trip.")
    assert ledger.forget("c1") == 1
    for trip in ("trip-2", "trip-3"):
        row = ledger.trip(trip)
        assert row is not None
        assert row.request.destination == "Paris"
    assert ledger.text("trip-10/words") == "Of another trip."
    ledger.close(outcome(trip="trip-2"), 1, 0)
    assert ledger.forget("c1") == 1


def test_a_trip_with_very_much_to_forget_is_forgotten_whole(stores: Stores) -> None:
    ledger = stores.ledger
    ledger.open(new_trip())
    # More texts than one batch of a table takes (a hundred rows).
    for number in range(1, 131):
        ledger.keep_text(f"trip-1/text/{number}", "Booked to Paris.")
    do(ledger, effect())
    ledger.close(outcome(), 1, 0)
    assert ledger.forget("c1") == 1
    assert {ledger.text(f"trip-1/text/{number}") for number in range(1, 131)} == {None}
    assert "Paris" not in everything(ledger)


def test_a_forgotten_trip_can_still_be_cancelled(ledger: Ledger) -> None:
    ledger.forget("c1")
    number = accepted(ledger, 2)
    assert row_of(ledger).saga == f"trip-1-command-{number}"
    assert ledger.facts(TRIP).cancel == number


def test_what_is_left_of_an_owners_trip_is_still_the_owners(stores: Stores) -> None:
    ledger, owner = stores.ledger, "0123456789abcdef"
    ledger.open(new_trip(conversation=owned_id(owner, "c1")))
    ledger.close(outcome("failed"), 1, 0)
    # Of the same name, and another owner's.
    assert ledger.forget("c1") == 0
    assert ledger.forget(owned_id(owner, "c1")) == 1
    assert split_owned_id(row_of(ledger).conversation) == (owner, "")
    assert ledger.forget(owned_id(owner, "c1")) in (0, 1)
