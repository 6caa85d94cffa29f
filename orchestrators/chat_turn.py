"""A turn of a conversation: ask the model, run the trips that it proposes, word their outcomes, store the reply.

The turn waits until each trip has ended or parked. A parked trip does not delay the reply, and its saga goes on waiting
after it. The activity that words the reply reads the outcomes from the ledger, never from the results of the sagas.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from domain.components import QUOTE_APPROVAL, SAGA_OF
from domain.conversation.chat_turn import TurnDecision, TurnFailure, TurnRef, TurnReply, WordedReply
from domain.conversation.turn import Problem, TripCall
from domain.quotes.quote import SETTLED_EVENT
from domain.trip.effects import Told
from domain.trip.facts import with_facts
from domain.trip.outcomes import SagaInput, TurnLink
from orchestrators.frame import Context, Flow, Json, child, goes_on_at_once, pause, perform, require, timer

DECIDE = "decide_turn_activity"
FAIL = "fail_turn_activity"
WORD = "word_reply_activity"
FINISH = "finish_turn_activity"
LOOK = "look_at_trips_activity"
WAKE = "wake_quote_activity"
_FIRST_LOOK = timedelta(seconds=20)
_LOOKS = tuple(timedelta(seconds=min(2**number, 300)) for number in range(40))
"""The waits between looks at the trips of a quote: three hours in all, after which the reply cannot be worded."""

_PROBLEM = Problem(
    code="internal_error",
    detail="Your message could not be worked on in several attempts. Nothing was booked or charged. Send it again.",
)


def turn(context: Context) -> Flow[Json]:
    """Return `{"state": "done"}`, or `{"state": "problem"}` when the turn failed before anything was booked."""
    ref = TurnRef.model_validate(context.get_input()).model_copy(update={"goes_on": goes_on_at_once(context)})
    decision = yield from perform(context, DECIDE, ref, TurnDecision)
    if decision is None:
        decision = yield from require(context, FAIL, TurnFailure(ref=ref, problem=_PROBLEM), TurnDecision)
    for order in decision.wakes:
        # The reconciler starts and wakes quotes too, so a failure here costs time only.
        yield from perform(context, WAKE, order, Told)
    if decision.state != "decided":
        return {"state": decision.state}
    sagas = yield from _run_trips(context, decision)
    if decision.waits:
        yield from _wait_for_quote(context, ref)
    reply = yield from require(context, WORD, ref, WordedReply)
    if not ref.goes_on:
        yield from require(context, FINISH, TurnReply(ref=ref, text=reply.text), TurnDecision)
    # The reply is stored. A failure of a saga is for the reconciler, which reads the ledger; it must not fail the turn.
    for saga in sagas:
        with suppress(Exception):
            yield saga
    return {"state": "done"}


def _run_trips(context: Context, decision: TurnDecision) -> Flow[list[Any]]:
    """Run the sagas side by side until each has ended or parked, and return their tasks."""
    context.set_custom_status({"step": ", ".join(SAGA_OF[call.kind] for call in decision.calls)})
    sagas: list[Any] = []
    ended_or_parked: list[Any] = []
    for index, call in enumerate(decision.calls):
        parked = f"parked-{index}"
        order = _input(call, decision, TurnLink(instance=context.instance_id, event=parked))
        if decision.facts is not None:
            order = with_facts(order, decision.facts[index])
        sagas.append(child(context, SAGA_OF[call.kind], order, call.trip))
        ended_or_parked.append(context.task_any([sagas[-1], context.wait_for_external_event(parked)]))
    if ended_or_parked:
        yield context.task_all(ended_or_parked)
    return sagas


def _wait_for_quote(context: Context, ref: TurnRef) -> Flow[None]:
    """Wait until the trips that a quote's orchestration books have ended or parked."""
    context.set_custom_status({"step": QUOTE_APPROVAL})
    told = context.wait_for_external_event(SETTLED_EVENT)
    limit = timer(context, context.current_utc_datetime + _FIRST_LOOK)
    first = yield context.task_any([told, limit])
    if first is not limit:
        limit.cancel()
    # The event can go to an earlier attempt at the turn, and may come for a trip that is not the last one.
    for wait in _LOOKS:
        settled = yield from require(context, LOOK, ref, Told)
        if settled.told:
            return
        yield from pause(context, wait)


def _input(call: TripCall, decision: TurnDecision, link: TurnLink) -> SagaInput:
    return SagaInput(
        trip=call.trip,
        component=None,
        request=call.request,
        parallel=decision.options.parallel,
        policy=decision.policy,
        turn=link,
    )
