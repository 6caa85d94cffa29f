"""Go on from one step to those that follow from it, in the same activity.

Once a booking is held its payment is reserved; after the pivot the trip is confirmed, captured and closed. This goes as
far as the plan names such steps next. Each step has its own key and its own rows, as if the saga had asked for it. A
step without an outcome is left to the saga, which repeats it by the step's own activity with the waits in between.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from activities import effects, trips
from activities.services import ActivityServices
from domain.trip.effects import (
    AuthorizeOrder,
    CaptureOrder,
    CloseOrder,
    ConfirmOrder,
    EffectAnswer,
    HoldOrder,
    PivotOrder,
    TripAnswer,
)
from domain.trip.facts import TripFacts
from domain.trip.orders import HeldOrder, order_of
from domain.trip.plan import Close, Forward, Step, next_booking_step, next_step

_ENDED = ("done", "refused")


def hold(services: ActivityServices, order: HoldOrder) -> EffectAnswer:
    """Hold the booking, and reserve its payment if the order says so."""
    answer = effects.hold(services, order)
    if not order.goes_on or answer.status != "done":
        return answer
    plan = partial(next_booking_step, kind=order.kind)
    return answer.model_copy(update={"facts": _go_on(services, answer.facts, order.epoch, plan)})


def pivot(services: ActivityServices, order: PivotOrder) -> TripAnswer:
    """Record the pivot, and go on from it if the order says so."""
    answer = trips.pivot(services, order)
    if not order.goes_on or answer.status != "done":
        return answer
    return answer.model_copy(update={"facts": _go_on(services, answer.facts, order.epoch, next_step)})


def confirm(services: ActivityServices, order: ConfirmOrder) -> EffectAnswer:
    """Confirm the hold, and go on from there if the order says so."""
    answer = effects.confirm(services, order)
    if not order.goes_on or answer.status not in _ENDED:
        return answer
    return answer.model_copy(update={"facts": _go_on(services, answer.facts, order.epoch, next_step)})


def _go_on(
    services: ActivityServices, facts: TripFacts, epoch: int, plan: Callable[[TripFacts], Step | None]
) -> TripFacts:
    """Take the plan's next steps while they are of this kind and have outcomes. Return the facts after them."""
    while facts.outcome is None:
        try:
            match plan(facts):
                case Forward() as step if order := order_of(facts, step, epoch):
                    answer = _take(services, order)
                case Close(status):
                    close = CloseOrder(trip=facts.id, epoch=epoch, seen=facts.commands, status=status)
                    return trips.close(services, close).facts
                case _:
                    return facts
        except Exception:
            # Logged already. What was done before the fault must not be lost with it.
            return _facts_now(services, facts)
        facts = answer.facts
        if answer.status not in _ENDED:
            break
    return facts


def _take(services: ActivityServices, order: HeldOrder) -> EffectAnswer:
    match order:
        case AuthorizeOrder():
            return effects.authorize(services, order)
        case ConfirmOrder():
            return effects.confirm(services, order)
        case CaptureOrder():
            return effects.capture(services, order)


def _facts_now(services: ActivityServices, before: TripFacts) -> TripFacts:
    """Return the facts with what a failed step has written, or those before it if they cannot be read."""
    with suppress(Exception):
        return services.ledger.facts(before.id)
    return before
