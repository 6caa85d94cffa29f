"""A turn of a conversation: ask the model, run the trips that it proposes, word their outcomes, store the reply.

The turn waits until each trip has ended or parked. A parked trip does not delay the reply, and its saga goes on waiting
after it. The activity that words the reply reads the outcomes from the ledger, never from the results of the sagas.
"""

from contextlib import suppress
from typing import Any

from domain.components import SAGA_OF
from domain.conversation.chat_turn import TurnDecision, TurnFailure, TurnRef, TurnReply, WordedReply
from domain.conversation.turn import Problem, TripCall
from domain.trip.facts import with_facts
from domain.trip.outcomes import SagaInput, TurnLink
from orchestrators.frame import Context, Flow, Json, child, goes_on_at_once, perform, require

DECIDE = "decide_turn_activity"
FAIL = "fail_turn_activity"
WORD = "word_reply_activity"
FINISH = "finish_turn_activity"

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
    if decision.state != "decided":
        return {"state": decision.state}
    sagas = yield from _run_trips(context, decision)
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


def _input(call: TripCall, decision: TurnDecision, link: TurnLink) -> SagaInput:
    return SagaInput(
        trip=call.trip,
        component=None,
        request=call.request,
        parallel=decision.options.parallel,
        policy=decision.policy,
        turn=link,
    )
