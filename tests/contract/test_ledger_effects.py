"""Promises of every ledger about effects: one owner at a time, one outcome, nothing done that is being undone."""

from datetime import UTC, date, datetime

import pytest

from domain.components import Effect
from domain.trip.effect_outcomes import Cancelled, Refunded, Refused, Settled, WrittenOff
from domain.trip.entry_data import HoldArguments, NoArguments
from domain.trip.marks import Decision
from domain.trip.revisions import RevisionEffect
from stores.ledger import Busy, Done, EffectKey, KeyClaim, KeyReusedError, Ledger, StaleClaimError, Superseded
from stores.opening import Stores
from support.races import exit_code_in_a_process, in_processes, in_threads
from support.stores.ledgers import (
    ANSWERS,
    ARGUMENTS,
    LEASE,
    REFUSED,
    TRIP,
    TickingClock,
    Writer,
    accepted,
    claim_and_conclude_many,
    claimed,
    decision,
    die_holding_a_key,
    do,
    effect,
    new_trip,
    outcome,
    parked,
    usd,
    version,
)

HOLD = effect()
FORWARD: list[Effect] = ["hold", "authorize", "confirm", "capture"]
UNDOING: list[Effect] = ["cancel", "void", "refund"]


@pytest.fixture
def ledger(stores: Stores) -> Ledger:
    stores.ledger.open(new_trip())
    return stores.ledger


def events(ledger: Ledger) -> list[str]:
    return [entry.event for entry in ledger.entries(TRIP)]


def again(ledger: Ledger, name: Effect = "hold", epoch: int = 1) -> KeyClaim | Done | Busy | Superseded:
    return ledger.claim(effect(name), ARGUMENTS[name], epoch, LEASE)


def test_a_claim_writes_the_intent_and_a_conclusion_the_outcome(ledger: Ledger, clock: TickingClock) -> None:
    claim = claimed(ledger, HOLD)
    assert (claim.effect, claim.fence, claim.takeover) == (HOLD, 1, False)
    # The clock ticks a millisecond at each look, so that a little of the lease is over.
    assert 14 < (claim.until - clock.now).total_seconds() <= LEASE
    assert ledger.facts(TRIP).components[0].revisions[0].hold == "intended"
    assert ledger.conclude(claim, ANSWERS["hold"]).outcome == ANSWERS["hold"]
    assert events(ledger) == ["opened", "intent", "outcome"]
    assert ledger.facts(TRIP).components[0].revisions[0].hold == "done"


def test_the_first_answer_is_given_again(ledger: Ledger, clock: TickingClock) -> None:
    do(ledger, HOLD)
    assert again(ledger) == Done(ANSWERS["hold"])
    clock.pass_by(LEASE + 1)
    assert again(ledger) == Done(ANSWERS["hold"])
    do(ledger, effect("authorize"), answer=REFUSED)
    assert again(ledger, "authorize") == Done(REFUSED)
    assert events(ledger) == ["opened", "intent", "outcome", "intent", "outcome"]


def test_who_meets_a_live_claim_is_told_until_when(ledger: Ledger) -> None:
    claim = claimed(ledger, HOLD)
    assert again(ledger) == Busy(claim.until)
    assert events(ledger) == ["opened", "intent"]


def test_a_renewed_lease_keeps_others_out(ledger: Ledger, clock: TickingClock) -> None:
    claim = claimed(ledger, HOLD)
    clock.pass_by(LEASE - 1)
    renewed = ledger.renew(claim, LEASE)
    assert (renewed.effect, renewed.fence) == (claim.effect, claim.fence)
    assert renewed.until > claim.until
    clock.pass_by(LEASE - 1)
    assert again(ledger) == Busy(renewed.until)
    ledger.conclude(claim, ANSWERS["hold"])


def test_after_the_lease_the_next_takes_over_and_the_old_owner_is_refused(ledger: Ledger, clock: TickingClock) -> None:
    old = claimed(ledger, HOLD)
    clock.pass_by(LEASE + 1)
    new = claimed(ledger, HOLD)
    assert (new.fence, new.takeover) == (2, True)
    with pytest.raises(StaleClaimError):
        ledger.conclude(old, ANSWERS["hold"])
    with pytest.raises(StaleClaimError):
        ledger.renew(old, LEASE)
    ledger.release(old)
    assert again(ledger) == Busy(new.until)
    assert ledger.conclude(new, ANSWERS["hold"]).outcome == ANSWERS["hold"]
    assert events(ledger) == ["opened", "intent", "outcome"]


def test_an_owner_whose_lease_ran_out_may_conclude_while_nobody_took_over(ledger: Ledger, clock: TickingClock) -> None:
    claim = claimed(ledger, HOLD)
    # However late: only a newer fencing token makes a claim stale, time alone does not.
    clock.pass_by(LEASE * 10)
    assert ledger.conclude(claim, ANSWERS["hold"]).outcome == ANSWERS["hold"]


def test_a_released_key_is_free_at_once_and_counts_as_taken_over(ledger: Ledger) -> None:
    ledger.release(claimed(ledger, HOLD))
    new = claimed(ledger, HOLD)
    assert (new.fence, new.takeover) == (2, True)
    assert events(ledger) == ["opened", "intent"]


def test_a_lost_answer_to_a_conclusion_can_be_asked_for_again(ledger: Ledger) -> None:
    claim = claimed(ledger, HOLD)
    for _ in range(2):
        assert ledger.conclude(claim, ANSWERS["hold"]).outcome == ANSWERS["hold"]
    with pytest.raises(StaleClaimError):
        ledger.conclude(claim, REFUSED)
    ledger.release(claim)
    assert events(ledger) == ["opened", "intent", "outcome"]


def test_a_key_with_other_arguments_is_an_error_and_changes_nothing(ledger: Ledger) -> None:
    claimed(ledger, HOLD)
    with pytest.raises(KeyReusedError):
        ledger.claim(HOLD, HoldArguments(destination="Rome"), 1, LEASE)
    do(ledger, effect("authorize"))
    with pytest.raises(KeyReusedError):
        ledger.claim(effect("authorize"), NoArguments(), 1, LEASE)
    assert events(ledger) == ["opened", "intent", "intent", "outcome"]


def test_arguments_are_equal_whatever_their_order(ledger: Ledger) -> None:
    do(ledger, HOLD)
    other_order = HoldArguments(units=None, date=date(2026, 3, 2), destination="Paris")
    assert ledger.claim(HOLD, other_order, 1, LEASE) == Done(ANSWERS["hold"])


@pytest.mark.parametrize("wrong", [{"key": "x"}, {"component": "trip-2-flight"}, {"revision": 2}, {"effect": "void"}])
def test_a_key_that_is_not_the_effects_own_is_refused(ledger: Ledger, wrong: dict[str, object]) -> None:
    key = HOLD.__class__(**{**vars(HOLD), **wrong})
    with pytest.raises(ValueError, match="not the key"):
        ledger.claim(key, NoArguments(), 1, LEASE)


def test_a_key_has_at_most_255_characters(stores: Stores) -> None:
    name = "t" * (255 - len("-flight/hold/1"))
    stores.ledger.open(new_trip(name))
    assert isinstance(stores.ledger.claim(effect(trip=name), NoArguments(), 1, LEASE), KeyClaim)
    stores.ledger.open(new_trip(f"{name}t"))
    with pytest.raises(ValueError, match="255"):
        stores.ledger.claim(effect(trip=f"{name}t"), NoArguments(), 1, LEASE)


@pytest.mark.parametrize(("forward", "undo"), [("hold", "cancel"), ("confirm", "cancel"), ("capture", "void")])
@pytest.mark.parametrize("ended", [True, False])
def test_an_effect_since_undone_answers_cancelled(ledger: Ledger, forward: Effect, undo: Effect, ended: bool) -> None:
    do(ledger, effect(forward))
    claim = claimed(ledger, effect(undo))
    if ended:
        ledger.conclude(claim, ANSWERS[undo])
    assert again(ledger, forward) == Done(Cancelled())


@pytest.mark.parametrize(("forward", "undo"), [("hold", "cancel"), ("authorize", "void"), ("capture", "void")])
@pytest.mark.parametrize("begun", [True, False])
def test_an_effect_that_is_being_undone_is_not_done_any_more(
    ledger: Ledger, clock: TickingClock, forward: Effect, undo: Effect, begun: bool
) -> None:
    if begun:
        claimed(ledger, effect(forward))
        clock.pass_by(LEASE + 1)
    claimed(ledger, effect(undo))
    assert again(ledger, forward) == Done(Cancelled())
    other = ledger.claim(effect(forward, revision=2), ARGUMENTS[forward], 1, LEASE)
    assert isinstance(other, KeyClaim)


def test_an_outcome_that_comes_after_the_undoing_began_is_kept(ledger: Ledger) -> None:
    hold = claimed(ledger, HOLD)
    do(ledger, effect("cancel"))
    ledger.conclude(hold, ANSWERS["hold"])
    first = ledger.facts(TRIP).components[0].revisions[0]
    assert (first.hold, first.cancel, first.confirmation, first.held) == ("done", "done", "FL-1", False)


@pytest.mark.parametrize("name", FORWARD)
def test_a_saga_of_an_older_epoch_does_nothing_forward_any_more(ledger: Ledger, name: Effect) -> None:
    ledger.take_over(TRIP, version(ledger))
    assert again(ledger, name) == Superseded()
    assert isinstance(again(ledger, name, epoch=2), KeyClaim)
    assert again(ledger, name, epoch=3) == Superseded()


@pytest.mark.parametrize("name", UNDOING)
def test_a_saga_of_an_older_epoch_may_still_undo(ledger: Ledger, name: Effect) -> None:
    ledger.take_over(TRIP, version(ledger))
    assert isinstance(again(ledger, name), KeyClaim)


def test_an_outcome_of_an_older_epoch_is_kept(ledger: Ledger) -> None:
    claim = claimed(ledger, HOLD)
    ledger.take_over(TRIP, version(ledger))
    ledger.conclude(claim, ANSWERS["hold"])
    assert ledger.facts(TRIP).components[0].revisions[0].hold == "done"


def test_a_closed_trip_tells_its_answers_and_does_nothing_new(ledger: Ledger) -> None:
    do(ledger, HOLD)
    ledger.close(outcome("failed"), 1, 0)
    assert again(ledger) == Done(ANSWERS["hold"])
    assert again(ledger, "confirm") == Superseded()
    assert isinstance(again(ledger, "cancel"), KeyClaim)


def test_attempts_are_given_up_once(ledger: Ledger) -> None:
    claimed(ledger, effect("cancel"))
    for _ in range(2):
        ledger.give_up(effect("cancel"), 1)
    assert events(ledger) == ["opened", "intent", "given_up"]
    assert ledger.facts(TRIP).components[0].revisions[0].cancel == "given_up"


def test_what_has_an_outcome_is_not_given_up(ledger: Ledger) -> None:
    do(ledger, HOLD)
    ledger.give_up(HOLD, 1)
    assert events(ledger) == ["opened", "intent", "outcome"]


def test_what_never_began_can_be_given_up_and_begun_later(ledger: Ledger) -> None:
    ledger.give_up(effect("cancel"), 1)
    ledger.give_up(effect("refund"), 1)
    assert events(ledger) == ["opened", "given_up"]
    assert isinstance(again(ledger), KeyClaim)
    do(ledger, effect("cancel"))
    assert ledger.facts(TRIP).components[0].revisions[0].cancel == "done"


def test_an_older_epoch_gives_nothing_up_and_loses_nothing(ledger: Ledger) -> None:
    ledger.take_over(TRIP, version(ledger))
    before = events(ledger)
    ledger.give_up(effect("cancel"), 1)
    ledger.lose(TRIP, "trip-1-flight", "flight", 1)
    assert events(ledger) == before


def test_an_owner_who_was_given_up_on_can_still_conclude(ledger: Ledger) -> None:
    claim = claimed(ledger, effect("cancel"))
    ledger.give_up(effect("cancel"), 1)
    for _ in range(2):
        ledger.conclude(claim, ANSWERS["cancel"])
    assert ledger.facts(TRIP).items == ()
    assert [(c.number, c.kind) for c in ledger.commands(TRIP)] == [(1, "late_outcome")], "the saga may have parked"


def test_an_outcome_after_the_trips_end_opens_no_box(ledger: Ledger) -> None:
    claim = claimed(ledger, effect("hold"))
    ledger.give_up(effect("hold"), 1)
    ledger.close(outcome(), 1, 0)
    ledger.conclude(claim, ANSWERS["hold"])
    assert ledger.commands(TRIP) == []
    row = ledger.trip(TRIP)
    assert row
    assert row.box == "closed"


@pytest.mark.parametrize("begun", [False, True])
def test_the_fee_of_a_cancel_stands_whether_or_not_it_was_begun(ledger: Ledger, begun: bool) -> None:
    if begun:
        claimed(ledger, effect("cancel"), fee_agreed=700)
    ledger.give_up(effect("cancel"), 1, 700)
    assert ledger.facts(TRIP).components[0].revisions[0].fee_agreed == 700


@pytest.mark.parametrize("name", ["hold", "authorize"])
def test_what_was_given_up_before_the_pivot_stays_failed_whatever_is_told_later(
    ledger: Ledger, name: RevisionEffect
) -> None:
    claim = claimed(ledger, effect(name))
    ledger.give_up(effect(name), 1)
    ledger.conclude(claim, ANSWERS[name])
    revision = ledger.facts(TRIP).components[0].revisions[0]
    assert (revision.mark(name), revision.failed) == ("done", True)


def test_a_component_is_lost_once(ledger: Ledger) -> None:
    for kind in ("flight", "flight", "hotel"):
        ledger.lose(TRIP, f"trip-1-{kind}", kind, 1)
    assert events(ledger) == ["opened", "lost", "lost"]
    assert ledger.facts(TRIP).components[0].revisions[0].lost


@pytest.mark.parametrize("decided", ["settled", "written_off"])
def test_what_a_person_decided_on_is_not_done_any_more(ledger: Ledger, clock: TickingClock, decided: Decision) -> None:
    parked(ledger)
    clock.pass_by(LEASE + 1)
    late = claimed(ledger, effect("cancel"))
    ledger.accept(TRIP, "decision", "d-1", "operator", decision(decided=decided), version(ledger))
    assert again(ledger, "cancel") == Done(Settled() if decided == "settled" else WrittenOff())
    with pytest.raises(StaleClaimError):
        ledger.conclude(late, ANSWERS["cancel"])


def test_a_retry_is_one_more_round(ledger: Ledger) -> None:
    parked(ledger)
    ledger.accept(TRIP, "decision", "d-1", "operator", decision(decided="retry"), version(ledger))
    assert ledger.facts(TRIP).components[0].revisions[0].cancel == "intended"
    ledger.give_up(effect("cancel"), 1)
    assert [item.id for item in ledger.facts(TRIP).items] == ["flight-cancel-1"]
    ledger.accept(TRIP, "decision", "d-2", "operator", decision(decided="retry"), version(ledger))
    assert accepted(ledger) == 3


@pytest.mark.parametrize("name", UNDOING)
def test_an_undoing_that_was_refused_can_be_tried_again_or_decided_on(ledger: Ledger, name: Effect) -> None:
    for kind in ("capture", name):
        do(ledger, effect(kind), answer=ANSWERS["capture"] if kind == "capture" else REFUSED)
    item = f"flight-{name}-1"
    assert [open_item.id for open_item in ledger.facts(TRIP).items] == [item]
    assert [open_item.id for _, open_item in ledger.attention()] == [item]
    ledger.accept(TRIP, "decision", "d-1", "operator", decision(item, "retry"), version(ledger))
    again_claimed = claimed(ledger, effect(name))
    assert again_claimed.takeover
    ledger.conclude(again_claimed, Refused(refusal=REFUSED.refusal.model_copy(update={"code": "still_no"})))
    ledger.accept(TRIP, "decision", "d-2", "operator", decision(item), version(ledger))
    assert again(ledger, name) == Done(Settled())
    assert not ledger.attention()


def test_threads_that_claim_at_once_have_one_owner(ledger: Ledger) -> None:
    claims = in_threads(lambda _: again(ledger), range(8))
    assert sorted(type(claim).__name__ for claim in claims) == ["Busy"] * 7 + ["KeyClaim"]
    assert events(ledger) == ["opened", "intent"]


def test_processes_that_work_at_once_all_get_the_same_answers(ledger: Ledger, writers: list[Writer]) -> None:
    by_process = in_processes(claim_and_conclude_many, writers)
    assert all(answers == by_process[0] for answers in by_process)
    # Fifteen keys, whatever number of processes worked on each.
    assert sorted(events(ledger)) == ["intent"] * 15 + ["opened"] + ["outcome"] * 15
    posted = [posting.amount for posting in ledger.postings(TRIP)]
    assert posted == [entry.data.amount for entry in ledger.entries(TRIP) if isinstance(entry.data, Refunded)]


def test_an_owner_that_dies_with_a_key_delays_the_next_only_for_its_lease(
    ledger: Ledger, writers: list[Writer]
) -> None:
    assert exit_code_in_a_process(die_holding_a_key, writers[0]) == 9
    # Asked again and again: the dead process has a lease by the machine's clock, which no test can move.
    claim = writers[1].stores().ledger.claim(HOLD, ARGUMENTS["hold"], 1, LEASE)
    while isinstance(claim, Busy):
        claim = writers[1].stores().ledger.claim(HOLD, ARGUMENTS["hold"], 1, LEASE)
    assert isinstance(claim, KeyClaim)
    assert (claim.fence, claim.takeover) == (2, True)
    assert ledger.conclude(claim, ANSWERS["hold"]).outcome == ANSWERS["hold"]


def test_simultaneous_claims_of_many_keys_of_a_trip_all_succeed(ledger: Ledger) -> None:
    def one(number: int) -> object:
        return do(ledger, effect("refund", number), answer=Refunded(amount=usd(number)))

    in_threads(one, range(1, 9))
    assert sorted(posting.amount.minor for posting in ledger.postings(TRIP)) == list(range(1, 9))


def test_each_claim_of_a_key_is_counted(ledger: Ledger, clock: TickingClock) -> None:
    assert ledger.claims(TRIP) == {}
    ledger.release(claimed(ledger, HOLD))
    claimed(ledger, HOLD)
    assert isinstance(again(ledger), Busy), "who meets a live claim claims nothing"
    clock.pass_by(LEASE + 1)
    ledger.conclude(claimed(ledger, HOLD), ANSWERS["hold"])
    assert isinstance(again(ledger), Done)
    do(ledger, effect("authorize"))
    assert ledger.claims(TRIP) == {HOLD.key: 3, effect("authorize").key: 1}
    assert ledger.claims("trip-unknown") == {}


def test_claims_go_on_being_counted_after_an_operator_had_an_effect_tried_again(ledger: Ledger) -> None:
    parked(ledger)
    cancel = effect("cancel")
    ledger.accept(TRIP, "decision", "id-1", "an operator", decision(decided="retry"), version(ledger))
    # The first claim is still under way, so that its lease ends first.
    ledger.release(claim_of_parked(cancel))
    claimed(ledger, cancel)
    assert ledger.claims(TRIP)[cancel.key] == 2


def claim_of_parked(key: EffectKey) -> KeyClaim:
    """Return the claim with which `parked` has left an effect; its lease is not compared on release."""
    return KeyClaim(key, 1, datetime.max.replace(tzinfo=UTC), takeover=False)
