"""The steps of a turn: ask the model, word the outcomes of its trips, store the reply.

The first decision and the first reply count; a later delivery gets them and asks no model again.
"""

from collections.abc import Sequence

import process
from activities import quoting
from activities.quoting import Decided, QuoteAnswer, Quoted, StillOpen
from activities.services import ActivityServices
from activities.step_log import write_line
from activities.threads import in_thread
from activities.trips import is_to_be_started, texts_of
from agents.model import ModelAnswerInvalid, ModelUnavailable
from agents.quote_words import changed_price_words
from agents.travel_agent import BookTrips, Decision, Say
from domain.conversation.chat_turn import TurnDecision, TurnFailure, TurnRef, TurnReply, WordedReply
from domain.conversation.turn import Problem, ShownQuote, TripCall, Turn
from domain.ids import chat_turn_id, trip_id, turn_name
from domain.log_lines import turn_step
from domain.trip import notes
from domain.trip.effects import Told
from domain.trip.ending import outcome_for_people, trip_status
from domain.trip.outcomes import PARKED, TripOutcome
from domain.trip.records import NewTrip

TURNS_REMEMBERED = 20


class TurnUnknownError(Exception):
    """The turn was never claimed, so there is nothing to work on."""


class TripUnderWayError(Exception):
    """A trip of the turn has neither ended nor parked, so its outcome cannot be worded yet."""


async def decide(services: ActivityServices, ref: TurnRef) -> TurnDecision:
    """Ask the model, unless the turn has been decided, and store the trips that it proposes.

    A failure of the model is stored as the problem that ended the attempt; nothing has been booked then.
    """
    turn, history = await in_thread(_read_with_history, services, ref)
    if turn.attempt != ref.attempt:
        return _decision(services, turn, ref)
    decided = await _decided(services, turn, history) if turn.state == "claimed" else None
    return await in_thread(_begin, services, turn, ref, decided)


def fail(services: ActivityServices, failure: TurnFailure) -> TurnDecision:
    """End the attempt with a problem, unless it has been decided after all."""
    stored = services.conversations.fail(failure.ref, failure.problem)
    _tell_step(services, stored, "fail")
    return _decision(services, stored, failure.ref)


async def word(services: ActivityServices, ref: TurnRef) -> WordedReply:
    """Return the reply about the turn's trips, made from the ledger once each trip has ended or parked.

    Store it too if the flow asks for that; the first one counts. Raise `TripUnderWayError` before the trips have
    ended. The end of a saga proves nothing: it may have been lost or superseded.
    """
    turn, outcomes = await in_thread(_read_with_outcomes, services, ref)
    if turn.reply is not None:
        return WordedReply(text=turn.reply)
    requests = [call.request for call in turn.calls]
    repeated = [call.request for call in turn.calls if call.is_repeated]
    text = await services.travel_agent.word_reply(turn.message, outcomes, requests, repeated)
    following = await in_thread(quoting.following_quote, services, turn, outcomes)
    if following and following.offer:
        text = f"{text}\n\n{changed_price_words(following.offer)}"
    if ref.goes_on:
        shown = ShownQuote(id=following.id, at=services.clock()) if following else None
        await in_thread(finish, services, TurnReply(ref=ref, text=text), shown)
    return WordedReply(text=text)


def look_at_trips(services: ActivityServices, ref: TurnRef) -> Told:
    """Return whether every trip of the turn has ended or parked."""
    turn = _read(services, ref)
    return Told(told=all(_is_settled(services, call) for call in turn.calls))


def finish(services: ActivityServices, reply: TurnReply, shown: ShownQuote | None = None) -> TurnDecision:
    """Store the reply, with the quote that it asks about. The first one counts."""
    stored = services.conversations.finish(reply.ref, reply.text, shown)
    _tell_step(services, stored, "finish")
    return _decision(services, stored, reply.ref)


async def _decided(services: ActivityServices, turn: Turn, history: Sequence[Turn]) -> Decided:
    """Return what the turn is to do: act on an open quote, name a price, book, or say something."""
    pending = await in_thread(quoting.pending_quote, services, turn, history)
    answer = quoting.answer_to(pending, turn)
    if answer:
        return answer
    decision = await _ask(services, turn, history)
    if isinstance(decision, Problem):
        return decision
    return await in_thread(quoting.priced, services, turn, decision, pending, history)


async def _ask(services: ActivityServices, turn: Turn, history: Sequence[Turn]) -> Decision | Problem:
    """Return the model's decision, or the problem that it met."""
    today = services.clock().date()
    try:
        if turn.asked:
            return services.travel_agent.price(turn.asked, today)
        return await services.travel_agent.decide(turn.message, history, today)
    except ModelUnavailable as error:
        return Problem(code="model_unavailable", detail=error.detail, retry_after=error.retry_after)
    except ModelAnswerInvalid as error:
        return Problem(code="model_answer_invalid", detail=error.detail)


def _begin(services: ActivityServices, turn: Turn, ref: TurnRef, decided: Decided | None) -> TurnDecision:
    """Store what was decided, if anything was now, and open the trips. Return what the turn's saga is to start."""
    if decided:
        turn = _store(services, turn, decided)
    unstarted = _open_trips(services, turn) if turn.state == "decided" else ()
    _tell_step(services, turn, "decide")
    decision = _decision(services, turn, ref)
    if decision.state != "decided":
        return decision
    facts = tuple(services.ledger.facts(call.trip) for call in unstarted) if ref.goes_on else None
    return decision.model_copy(update={"calls": unstarted, "facts": facts})


def _store(services: ActivityServices, turn: Turn, decided: Decided) -> Turn:
    """Store the decision, or the problem that ended the attempt. Return the turn as stored."""
    store = services.conversations
    match decided:
        case Problem():
            return store.fail(turn, decided)
        case Say(reply=reply, draft=draft):
            return store.decide(turn, (), reply, draft, services.model_name)
        case BookTrips():
            return store.decide(turn, _calls(services, turn, decided), None, None, services.model_name)
        case Quoted():
            return quoting.store_quoted(services, turn, decided)
        case QuoteAnswer():
            return quoting.store_answer(services, turn, decided)
        case StillOpen():
            return quoting.store_still_open(services, turn, decided)


def _calls(services: ActivityServices, turn: Turn, decision: BookTrips) -> list[TripCall]:
    # Ids are made from turn and position, so a repeat of this delivery opens no second trip.
    secret = services.conversations.installation_secret()
    calls: list[TripCall] = []
    for index, request in enumerate(decision.requests):
        trip = trip_id(secret, turn.conversation, turn.number, index)
        call = TripCall(
            trip=trip,
            kind=request.kind,
            request=request,
            is_repeated=request in decision.repeated,
        )
        calls.append(call)
    return calls


def _tell_step(services: ActivityServices, turn: Turn, step: str) -> None:
    """Log a stored step of the turn with its trips. Wake who waits for the turn if that was its last."""
    secret = services.conversations.installation_secret()
    name = chat_turn_id(secret, turn.conversation, turn.number, turn.attempt)
    trips = ",".join(call.trip for call in turn.calls)
    write_line(turn_step(name, step, turn.state, turn.problem.code if turn.problem else None, trips))
    if turn.state in ("done", "problem"):
        process.turns_bell.ring(turn_name(turn.conversation, turn.number))


def _read(services: ActivityServices, ref: TurnRef) -> Turn:
    turn = services.conversations.turn(ref.conversation, ref.turn)
    if turn is None:
        raise TurnUnknownError(f"Turn {ref.turn} of conversation {ref.conversation} was never claimed.")
    return turn


def _read_with_history(services: ActivityServices, ref: TurnRef) -> tuple[Turn, Sequence[Turn]]:
    """Return the turn, with the turns before it if the model is to be asked."""
    turn = _read(services, ref)
    if turn.state != "claimed":
        return turn, ()
    return turn, services.conversations.finished_before(turn.conversation, turn.number, TURNS_REMEMBERED)


def _read_with_outcomes(services: ActivityServices, ref: TurnRef) -> tuple[Turn, list[TripOutcome]]:
    """Return the turn, with the outcomes of its trips if it has no reply yet."""
    turn = _read(services, ref)
    if turn.reply is not None:
        return turn, []
    return turn, [_outcome(services, call) for call in turn.calls]


def _open_trips(services: ActivityServices, turn: Turn) -> tuple[TripCall, ...]:
    """Give each trip its row, and return the calls whose saga is to be started.

    Rows that the turn has opened already stay as they are.
    """
    unstarted: list[TripCall] = []
    for call in turn.calls:
        # The orchestration of a quote books it alone, and checks the price that was agreed to.
        if call.quote:
            continue
        trip = NewTrip(
            id=call.trip,
            kind=call.kind,
            request=call.request,
            options=turn.options,
            conversation=turn.conversation,
            turn=turn.number,
        )
        if is_to_be_started(services, services.ledger.open(trip)):
            unstarted.append(call)
    return tuple(unstarted)


def _decision(services: ActivityServices, turn: Turn, ref: TurnRef) -> TurnDecision:
    """Return what this attempt goes on with."""
    # An attempt that a later one has superseded must do nothing more.
    if turn.attempt != ref.attempt or turn.state in ("claimed", "problem"):
        return TurnDecision(state="problem")
    return TurnDecision(
        state="done" if turn.state == "done" else "decided",
        calls=turn.calls,
        options=turn.options,
        policy=services.policy,
        wakes=quoting.wakes_of(services, turn),
        waits=any(call.quote for call in turn.calls),
    )


def _is_settled(services: ActivityServices, call: TripCall) -> bool:
    """Return whether the trip has ended or parked, or the quote has ended without one."""
    quote = services.quotes.quote(call.quote) if call.quote else None
    row = services.ledger.trip(call.trip)
    if row is None:
        return bool(quote and quote.end)
    return row.outcome is not None or trip_status(services.ledger.facts(call.trip)) in PARKED


def _outcome(services: ActivityServices, call: TripCall) -> TripOutcome:
    """Return how the trip has ended or parked. Raise `TripUnderWayError` before that."""
    if not _is_settled(services, call):
        raise TripUnderWayError(f"The trip {call.trip} is still under way.")
    if call.quote and services.ledger.trip(call.trip) is None:
        return TripOutcome(status="failed", id=call.trip, kind=call.kind, error=notes.not_begun())
    facts = services.ledger.facts(call.trip)
    # Made anew from the rows, because a stored outcome counts as done what an operator closed.
    return outcome_for_people(facts, trip_status(facts), texts_of(services, facts))
