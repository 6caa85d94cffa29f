"""A turn's own steps on a real store: the first decision and the first reply are kept."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

import process
from activities import turns
from activities.services import ActivityServices
from agents.model import ModelAnswer, ModelAnswerInvalid, ModelUnavailable
from agents.travel_agent import TravelAgent
from agents.wording import NOTHING_DONE
from domain.conversation.chat_turn import TurnFailure, TurnRef, TurnReply
from domain.conversation.turn import Problem, Turn
from domain.ids import trip_id, turn_name
from domain.trip.outcomes import TripOutcome
from support.orchestrations.services import ScriptedModel, call_of, claim_turn, open_scripted

PARIS = call_of("book_travel", '{"destination": "Paris", "nights": 5}')
TOKYO = call_of("book_flight", '{"destination": "Tokyo"}')
BOTH = ModelAnswer(calls=PARIS.calls + TOKYO.calls)


def ref_of(turn: Turn) -> TurnRef:
    return TurnRef(conversation=turn.conversation, turn=turn.number, attempt=turn.attempt)


def stored(services: ActivityServices, ref: TurnRef) -> Turn:
    turn = services.conversations.turn(ref.conversation, ref.turn)
    assert turn
    return turn


def opened(tmp_path: Path, *answers: ModelAnswer | Exception) -> tuple[ActivityServices, ScriptedModel, TurnRef]:
    model = ScriptedModel(answers)
    services = open_scripted(tmp_path, model)
    return services, model, ref_of(claim_turn(services))


async def test_a_decision_makes_trip_ids_from_conversation_turn_and_index(tmp_path: Path) -> None:
    services, _, ref = opened(tmp_path, BOTH)
    decision = await turns.decide(services, ref)
    secret = services.conversations.installation_secret()
    assert decision.state == "decided"
    assert [call.trip for call in decision.calls] == [trip_id(secret, ref.conversation, ref.turn, i) for i in (0, 1)]
    assert [call.kind for call in decision.calls] == ["travel", "flight"]
    assert all(services.ledger.trip(call.trip) for call in decision.calls)


async def test_a_repeat_gets_the_standing_calls_and_asks_no_model_again(tmp_path: Path) -> None:
    services, model, ref = opened(tmp_path, PARIS, TOKYO)
    first = await turns.decide(services, ref)
    assert await turns.decide(services, ref) == first
    assert len(model.questions) == 1


async def test_the_first_of_two_decisions_at_the_same_moment_stands(tmp_path: Path) -> None:
    services, _, ref = opened(tmp_path, PARIS, TOKYO)

    class Slow(ScriptedModel):
        async def choose(self, question: object) -> ModelAnswer:
            # Another delivery of the same activity decides while this model still thinks.
            await turns.decide(services, ref)
            return TOKYO

    late = await turns.decide(replace(services, travel_agent=TravelAgent(Slow())), ref)
    assert [call.kind for call in late.calls] == ["travel"]


async def test_the_model_is_given_todays_utc_date_and_the_finished_turns(tmp_path: Path) -> None:
    services, model, ref = opened(tmp_path, ModelAnswer(text="Hello!"), PARIS)
    await turns.decide(services, ref)
    second = ref_of(claim_turn(services, "To Paris, 5 nights", ref.conversation))
    await turns.decide(services, second)
    assert [question.today.isoformat() for question in model.questions] == ["2026-02-16"] * 2
    assert [turn.reply for turn in model.questions[1].history] == [f"Hello!\n\n{NOTHING_DONE}"]


async def test_each_end_of_a_turn_rings_for_who_waits_for_it(tmp_path: Path) -> None:
    services, _, ref = opened(tmp_path, ModelAnswer(text="Hello!"))
    with process.turns_bell.heard(turn_name(ref.conversation, ref.turn)) as rung:
        await turns.decide(services, ref)
        await asyncio.wait_for(rung.wait(), 10)
        for end in (
            lambda: turns.finish(services, TurnReply(ref=ref, text="Booked.")),
            lambda: turns.fail(services, TurnFailure(ref=ref, problem=Problem(code="internal_error", detail="-"))),
        ):
            rung.clear()
            end()
            await asyncio.wait_for(rung.wait(), 10)


async def test_a_step_that_is_not_the_turns_last_wakes_nobody(tmp_path: Path) -> None:
    services, _, ref = opened(tmp_path, PARIS)
    with process.turns_bell.heard(turn_name(ref.conversation, ref.turn)) as rung:
        await turns.decide(services, ref)
        # What was rung is heard in the loop's next round.
        await asyncio.sleep(0)
        assert not rung.is_set()


async def test_small_talk_ends_the_turn_with_its_reply(tmp_path: Path) -> None:
    services, _, ref = opened(tmp_path, ModelAnswer(text="Hello!"))
    assert (await turns.decide(services, ref)).state == "done"
    assert stored(services, ref).reply == f"Hello!\n\n{NOTHING_DONE}"


@pytest.mark.parametrize(
    ("failure", "code", "retry_after"),
    [
        (ModelUnavailable("The model can't be reached.", retry_after=7), "model_unavailable", 7),
        (ModelAnswerInvalid("The model called an unknown tool."), "model_answer_invalid", None),
        (call_of("book_rocket", "{}"), "model_answer_invalid", None),
        (ModelAnswer(calls=PARIS.calls + call_of("book_flight", "{").calls), "model_answer_invalid", None),
    ],
    ids=["unavailable", "invalid", "unknown tool", "one call of two malformed"],
)
async def test_a_failing_model_is_a_stored_problem_and_books_nothing(
    tmp_path: Path, failure: ModelAnswer | Exception, code: str, retry_after: int | None
) -> None:
    services, _, ref = opened(tmp_path, failure)
    decision = await turns.decide(services, ref)
    problem = stored(services, ref).problem
    assert (decision.state, decision.calls) == ("problem", ())
    assert problem
    assert (problem.code, problem.retry_after) == (code, retry_after)
    assert list(services.ledger.trips()) == []


async def test_an_attempt_that_a_later_one_superseded_does_nothing_more(tmp_path: Path) -> None:
    services, model, ref = opened(tmp_path, PARIS)
    stale = ref.model_copy(update={"attempt": 0})
    assert (await turns.decide(services, stale)).state == "problem"
    assert model.questions == []
    assert (await turns.decide(services, ref)).state == "decided"
    assert (await turns.decide(services, stale)).state == "problem"


async def test_a_superseded_attempt_neither_fails_nor_finishes_the_one_after_it(tmp_path: Path) -> None:
    services, _, ref = opened(tmp_path, PARIS)
    stale = ref.model_copy(update={"attempt": 0})
    problem = Problem(code="internal_error", detail="No answer.")
    assert turns.fail(services, TurnFailure(ref=stale, problem=problem)).state == "problem"
    assert stored(services, ref).state == "claimed"
    await turns.decide(services, ref)
    assert turns.finish(services, TurnReply(ref=stale, text="Booked.")).state == "problem"
    assert stored(services, ref).reply is None


async def test_a_turn_that_was_decided_after_all_is_not_failed(tmp_path: Path) -> None:
    services, _, ref = opened(tmp_path, PARIS)
    decision = await turns.decide(services, ref)
    problem = Problem(code="internal_error", detail="No answer.")
    assert turns.fail(services, TurnFailure(ref=ref, problem=problem)) == decision
    assert stored(services, ref).state == "decided"


async def test_a_turn_that_was_never_claimed_is_a_fault(tmp_path: Path) -> None:
    services, _, ref = opened(tmp_path)
    with pytest.raises(turns.TurnUnknownError, match="Turn 9 of conversation"):
        await turns.decide(services, ref.model_copy(update={"turn": 9}))


async def test_the_reply_waits_until_each_trip_has_ended_and_tells_what_the_ledger_has(tmp_path: Path) -> None:
    services, _, ref = opened(tmp_path, BOTH)
    decision = await turns.decide(services, ref)
    first, second = decision.calls
    services.ledger.close(TripOutcome(status="confirmed", id=first.trip, kind="travel"), 1, 0)
    with pytest.raises(turns.TripUnderWayError, match=second.trip):
        await turns.word(services, ref)
    services.ledger.close(TripOutcome(status="cancelled", id=second.trip, kind="flight"), 1, 0)
    reply = (await turns.word(services, ref)).text
    assert all(f"/api/travel-status/{call.trip}" in reply for call in decision.calls)


async def test_a_model_that_fails_after_the_booking_hides_nothing(tmp_path: Path) -> None:
    services, model, ref = opened(tmp_path, PARIS)
    decision = await turns.decide(services, ref)
    services.ledger.close(TripOutcome(status="confirmed", id=decision.calls[0].trip, kind="travel"), 1, 0)
    model.words = ModelUnavailable("gone")
    assert decision.calls[0].trip in (await turns.word(services, ref)).text


async def test_the_first_reply_stands_and_is_worded_once(tmp_path: Path) -> None:
    services, model, ref = opened(tmp_path, PARIS)
    await turns.decide(services, ref)
    assert turns.finish(services, TurnReply(ref=ref, text="Booked.")).state == "done"
    turns.finish(services, TurnReply(ref=ref, text="Something else."))
    model.wordings.clear()
    assert (await turns.word(services, ref)).text == "Booked."
    assert model.wordings == []
