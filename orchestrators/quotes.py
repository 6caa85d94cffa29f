"""The approval of a quote: price it, wait for its traveller, and book what was agreed to.

The facts are rows: quote, offers and decisions. An instance that was started anew goes on from what they say.
"""

from contextlib import suppress
from typing import Any

from domain.components import SAGA_OF
from domain.quotes.quote import SETTLED_EVENT, FollowOrder, QuoteRef, QuoteStep, WakeOrder
from domain.trip.effects import TellOrder, Told
from domain.trip.outcomes import TurnLink
from orchestrators.decisions import await_decision
from orchestrators.frame import Context, Flow, Json, child, perform, require

PRICE = "price_quote_activity"
GIVE_UP = "give_up_quote_activity"
FOLLOW = "follow_quote_activity"
FINISH = "finish_quote_activity"
WAKE = "wake_quote_activity"
TELL = "tell_turn_activity"


def approval(context: Context) -> Flow[Json]:
    """Return the last `QuoteStep` as JSON."""
    ref = QuoteRef.model_validate(context.get_input())
    step = yield from perform(context, PRICE, ref, QuoteStep)
    if step is None:
        step = yield from require(context, GIVE_UP, ref, QuoteStep)
    while step.state == "open":
        step = yield from _decided(context, ref, step)
    if step.state == "approved":
        step = yield from _book(context, ref, step)
    return step.model_dump(mode="json")


def _decided(context: Context, ref: QuoteRef, step: QuoteStep) -> Flow[QuoteStep]:
    """Wait for the decision about the open round, and act on it."""
    in_time = True
    if step.expires and not step.is_decided:
        in_time = yield from await_decision(context, step.round, step.expires)
    order = FollowOrder(quote=ref.quote, round=step.round, is_over=not in_time)
    return (yield from require(context, FOLLOW, order, QuoteStep))


def _book(context: Context, ref: QuoteRef, step: QuoteStep) -> Flow[QuoteStep]:
    """Run the sagas of the trips, note how the quote ended, and wake the turn that said yes."""
    sagas: list[Any] = []
    for trip in step.trips:
        sagas.append(child(context, SAGA_OF[trip.kind], trip.saga, trip.saga.trip))
    context.set_custom_status({"step": ", ".join(SAGA_OF[trip.kind] for trip in step.trips)})
    if sagas:
        yield context.task_all([context.task_any([saga]) for saga in sagas])
    for saga in sagas:
        # A failure of a saga is for the reconciler, which reads the ledger.
        with suppress(Exception):
            yield saga
    end = yield from require(context, FINISH, ref, QuoteStep)
    if end.next:
        yield from perform(context, WAKE, WakeOrder(quote=end.next), Told)
    if step.turn:
        link = TurnLink(instance=step.turn, event=SETTLED_EVENT)
        yield from perform(context, TELL, TellOrder(turn=link), Told)
    return end
