"""A turn's own steps: ask the model, word what came of its trips, store the reply.

The first decision and the first reply stand; a later delivery gets them and asks no model again.
"""

import logging

from activities.services import ActivityServices
from activities.threads import in_thread
from activities.trips import texts_of
from agents.model import ModelAnswerInvalid, ModelUnavailable
from agents.travel_agent import BookTrips
from domain.conversation.chat_turn import TurnDecision, TurnFailure, TurnRef, TurnReply, WordedReply
from domain.conversation.turn import Problem, TripCall, Turn
from domain.ids import trip_id
from domain.trip.ending import outcome_for_people, trip_status
from domain.trip.outcomes import PARKED, TripOutcome
from domain.trip.records import NewTrip

log = logging.getLogger(__name__)

TURNS_REMEMBERED = 20


class TurnUnknownError(Exception):
    """The turn was never claimed, so there is nothing to work on."""


class TripUnderWayError(Exception):
    """A trip of the turn has neither ended nor parked: what came of it can't be told yet."""


async def decide(services: ActivityServices, ref: TurnRef) -> TurnDecision:
    """Ask the model, unless the turn has been decided, and store the trips that it wants.

    A model that fails is a problem, stored as the attempt's end; nothing has been booked then.
    """
    turn = await in_thread(_read, services, ref)
    if turn.attempt != ref.attempt:
        return _standing(services, turn, ref)
    stands = await _ask(services, turn) if turn.state == "claimed" else turn
    if stands.state == "decided":
        await in_thread(_open_trips, services, stands)
    log.info(
        "turn_decided conversation=%s turn=%d attempt=%d state=%s",
        ref.conversation,
        ref.turn,
        ref.attempt,
        stands.state,
    )
    decision = _standing(services, stands, ref)
    if decision.state != "decided":
        return decision
    calls = await in_thread(lambda: [call for call in decision.calls if _wants_its_saga(services, call)])
    return decision.model_copy(update={"calls": tuple(calls)})


def fail(services: ActivityServices, failure: TurnFailure) -> TurnDecision:
    """End the attempt with a problem, unless it has been decided after all."""
    turn = _read(services, failure.ref)
    return _standing(services, services.conversations.fail(turn, failure.problem), failure.ref)


async def word(services: ActivityServices, ref: TurnRef) -> WordedReply:
    """Word what came of the turn's trips, as the ledger has it, once each has ended or parked.

    Raises `TripUnderWayError` before: a saga that was lost or taken over tells nothing by its end.
    """
    turn = await in_thread(_read, services, ref)
    if turn.reply is not None:
        return WordedReply(text=turn.reply)
    outcomes = await in_thread(lambda: [_outcome(services, call) for call in turn.calls])
    requests = [call.request for call in turn.calls]
    repeated = [call.request for call in turn.calls if call.is_repeated]
    text = await services.travel_agent.word_reply(turn.message, outcomes, requests, repeated)
    return WordedReply(text=text)


def finish(services: ActivityServices, reply: TurnReply) -> TurnDecision:
    """Store the reply; the first one stands."""
    stands = services.conversations.finish(_read(services, reply.ref), reply.text)
    log.info("turn_finished conversation=%s turn=%d state=%s", stands.conversation, stands.number, stands.state)
    return _standing(services, stands, reply.ref)


async def _ask(services: ActivityServices, turn: Turn) -> Turn:
    store = services.conversations
    history = await in_thread(store.finished_before, turn.conversation, turn.number, TURNS_REMEMBERED)
    try:
        decision = await services.travel_agent.decide(turn.message, history, services.clock().date())
    except ModelUnavailable as error:
        problem = Problem(code="model_unavailable", detail=error.detail, retry_after=error.retry_after)
        return await in_thread(store.fail, turn, problem)
    except ModelAnswerInvalid as error:
        return await in_thread(store.fail, turn, Problem(code="model_answer_invalid", detail=error.detail))
    if isinstance(decision, BookTrips):
        secret = await in_thread(store.installation_secret)
        calls = [
            TripCall(
                trip=trip_id(secret, turn.conversation, turn.number, index),
                kind=request.kind,
                request=request,
                is_repeated=request in decision.repeated,
            )
            for index, request in enumerate(decision.requests)
        ]
        return await in_thread(store.decide, turn, calls, None, None, services.model_name)
    return await in_thread(store.decide, turn, (), decision.reply, decision.draft, services.model_name)


def _read(services: ActivityServices, ref: TurnRef) -> Turn:
    turn = services.conversations.turn(ref.conversation, ref.turn)
    if turn is None:
        raise TurnUnknownError(f"Turn {ref.turn} of conversation {ref.conversation} was never claimed.")
    return turn


def _open_trips(services: ActivityServices, turn: Turn) -> None:
    """A row for each trip before its saga is started; what the turn itself has opened already stands."""
    for call in turn.calls:
        trip = NewTrip(
            id=call.trip,
            kind=call.kind,
            request=call.request,
            options=turn.options,
            conversation=turn.conversation,
            turn=turn.number,
        )
        services.ledger.open(trip)


def _wants_its_saga(services: ActivityServices, call: TripCall) -> bool:
    """A turn that is run again leaves alone what has ended or parked, and what another saga has taken over."""
    facts = services.ledger.facts(call.trip)
    return facts.outcome is None and facts.epoch == 1 and trip_status(facts) not in PARKED


def _standing(services: ActivityServices, turn: Turn, ref: TurnRef) -> TurnDecision:
    """Return what this attempt goes on with. An attempt that a later one has superseded does nothing more."""
    if turn.attempt != ref.attempt or turn.state in ("claimed", "problem"):
        return TurnDecision(state="problem")
    state = "done" if turn.state == "done" else "decided"
    return TurnDecision(state=state, calls=turn.calls, options=turn.options, policy=services.policy)


def _outcome(services: ActivityServices, call: TripCall) -> TripOutcome:
    """Return how the trip has ended or parked, from its rows.

    A stored outcome would count as done what a person closed.
    """
    facts = services.ledger.facts(call.trip)
    status = trip_status(facts)
    if facts.outcome is None and status not in PARKED:
        raise TripUnderWayError(f"The trip {call.trip} is {status}.")
    return outcome_for_people(facts, status, texts_of(services, facts))
