"""A turn's own steps: ask the model, word what came of its trips, store the reply.

The first decision and the first reply stand; a later delivery gets them and asks no model again.
"""

import asyncio
import logging
from collections.abc import Sequence

from activities.services import Services
from agents.model import ModelAnswerInvalid, ModelUnavailable
from agents.travel_agent import Book
from domain.conversation import Call, Problem, Turn
from domain.ids import trip_id
from domain.outcomes import ProblemNote, TripOutcome
from domain.turns import Reply, TurnDecision, TurnFailure, TurnRef, TurnReply

log = logging.getLogger(__name__)

TURNS_REMEMBERED = 20


class TurnUnknownError(Exception):
    """The turn was never claimed, so there is nothing to work on."""


async def decide(services: Services, ref: TurnRef) -> TurnDecision:
    """Ask the model, unless the turn has been decided, and store the trips that it wants.

    A model that fails is a problem, stored as the attempt's end; nothing has been booked then.
    """
    turn = await asyncio.to_thread(_read, services, ref)
    if turn.attempt != ref.attempt or turn.state != "claimed":
        return _standing(turn, ref)
    stands = await _ask(services, turn)
    log.info(
        "turn_decided conversation=%s turn=%d attempt=%d state=%s",
        ref.conversation,
        ref.turn,
        ref.attempt,
        stands.state,
    )
    return _standing(stands, ref)


def fail(services: Services, failure: TurnFailure) -> TurnDecision:
    """End the attempt with a problem, unless it has been decided after all."""
    turn = _read(services, failure.ref)
    return _standing(services.conversations.fail(turn, failure.problem), failure.ref)


async def word(services: Services, ref: TurnRef) -> Reply:
    """Word what came of the turn's trips, as the ledger has it."""
    turn = await asyncio.to_thread(_read, services, ref)
    if turn.reply is not None:
        return Reply(text=turn.reply)
    outcomes = await asyncio.to_thread(_outcomes, services, turn.calls)
    requests = [call.request for call in turn.calls]
    return Reply(text=await services.travel_agent.word_reply(turn.message, outcomes, requests))


def finish(services: Services, reply: TurnReply) -> TurnDecision:
    """Store the reply; the first one stands."""
    stands = services.conversations.finish(_read(services, reply.ref), reply.text)
    log.info("turn_finished conversation=%s turn=%d state=%s", stands.conversation, stands.number, stands.state)
    return _standing(stands, reply.ref)


async def _ask(services: Services, turn: Turn) -> Turn:
    store = services.conversations
    history = await asyncio.to_thread(store.finished_before, turn.conversation, turn.number, TURNS_REMEMBERED)
    try:
        decision = await services.travel_agent.decide(turn.message, history, services.clock().date())
    except ModelUnavailable as error:
        problem = Problem(code="model_unavailable", detail=error.detail, retry_after=error.retry_after)
        return await asyncio.to_thread(store.fail, turn, problem)
    except ModelAnswerInvalid as error:
        return await asyncio.to_thread(store.fail, turn, Problem(code="model_answer_invalid", detail=error.detail))
    if isinstance(decision, Book):
        secret = await asyncio.to_thread(store.installation_secret)
        calls = [
            Call(trip=trip_id(secret, turn.conversation, turn.number, index), kind=request.kind, request=request)
            for index, request in enumerate(decision.requests)
        ]
        return await asyncio.to_thread(store.decide, turn, calls, None, None, services.model_name)
    return await asyncio.to_thread(store.decide, turn, (), decision.reply, decision.draft, services.model_name)


def _read(services: Services, ref: TurnRef) -> Turn:
    turn = services.conversations.turn(ref.conversation, ref.turn)
    if turn is None:
        raise TurnUnknownError(f"Turn {ref.turn} of conversation {ref.conversation} was never claimed.")
    return turn


def _standing(turn: Turn, ref: TurnRef) -> TurnDecision:
    """What this attempt is to go on with; one that a later attempt has superseded is to do nothing more."""
    if turn.attempt != ref.attempt or turn.state in ("claimed", "problem"):
        return TurnDecision(state="problem")
    return TurnDecision(state="done" if turn.state == "done" else "decided", calls=turn.calls)


def _outcomes(services: Services, calls: Sequence[Call]) -> list[TripOutcome]:
    rows = [services.ledger.trip(call.trip) for call in calls]
    return [row.outcome if row and row.outcome else _stopped(call) for row, call in zip(rows, calls, strict=True)]


def _stopped(call: Call) -> TripOutcome:
    """A trip whose saga is over, or lost, without having recorded an end."""
    message = (
        "The booking stopped before its end was recorded, so something may be booked or charged. This needs"
        " attention: look at the trip's status before you book again."
    )
    note = ProblemNote(code="saga_stopped", message=message)
    return TripOutcome(status="needs_attention", id=call.trip, kind=call.kind, error=note)
