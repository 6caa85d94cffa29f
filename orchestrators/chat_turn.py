"""A turn of a conversation: ask the model, run the trips that it decided on, word what came of them, store it.

What became of the trips is read from the ledger by the activity that words the reply, never from the sagas' results.
"""

from contextlib import suppress

from domain.components import SAGA_OF
from domain.conversation import Call, Problem
from domain.outcomes import SagaInput
from domain.turns import Reply, TurnDecision, TurnFailure, TurnRef, TurnReply
from orchestrators.frame import ATTEMPTS, Context, Flow, Json, perform, require
from orchestrators.trip_record import recall

DECIDE = "decide_turn_activity"
FAIL = "fail_turn_activity"
WORD = "word_reply_activity"
FINISH = "finish_turn_activity"

_PROBLEM = Problem(
    code="internal_error",
    detail="Your message could not be worked on in several attempts. Nothing was booked or charged. Send it again.",
)


def turn(context: Context) -> Flow[Json]:
    """Returns `{"state": "done"}`, or `{"state": "problem"}` when the turn failed before anything was booked."""
    ref = TurnRef.model_validate(context.get_input())
    decision = yield from perform(context, DECIDE, ref, TurnDecision)
    if decision is None:
        decision = yield from require(context, FAIL, TurnFailure(ref=ref, problem=_PROBLEM), TurnDecision)
    if decision.state != "decided":
        return {"state": decision.state}
    yield from _run_trips(context, decision.calls)
    reply = yield from require(context, WORD, ref, Reply)
    yield from require(context, FINISH, TurnReply(ref=ref, text=reply.text), TurnDecision)
    return {"state": "done"}


def _run_trips(context: Context, calls: tuple[Call, ...]) -> Flow[None]:
    """Run the sagas side by side and wait until each has ended, however it did."""
    context.set_custom_status({"step": ", ".join(SAGA_OF[call.kind] for call in calls)})
    sagas = [
        context.call_sub_orchestrator(SAGA_OF[call.kind], _saga_input(call).model_dump(mode="json"), call.trip)
        for call in calls
    ]
    with suppress(Exception):
        yield context.task_all(sagas)
    for call, saga in zip(calls, sagas, strict=True):
        try:
            yield saga
        except Exception:
            yield from _await_record(context, call)


def _await_record(context: Context, call: Call) -> Flow[None]:
    """A saga that broke off may go on under its id, started by an earlier turn's run: give its end time to come."""
    for wait in ATTEMPTS:
        if wait:
            yield context.create_timer(context.current_utc_datetime + wait)
        if (yield from recall(context, _saga_input(call))):
            return


def _saga_input(call: Call) -> SagaInput:
    component = None if call.kind == "travel" else call.trip
    return SagaInput(trip=call.trip, component=component, request=call.request)
