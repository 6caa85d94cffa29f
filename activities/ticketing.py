"""Confirm, capture and close after the pivot in one activity, as long as the plan names these steps next.

Each step has its own key and its own rows, as if the saga had asked for it. A step without an outcome is left to the
saga, which repeats it by the step's own activity with the waits in between.
"""

from activities import effects, trips
from activities.services import ActivityServices
from domain.ids import effect_key
from domain.trip.effects import CaptureOrder, CloseOrder, ConfirmOrder, EffectAnswer, PivotOrder, TripAnswer
from domain.trip.facts import TripFacts
from domain.trip.plan import Close, Forward, next_step

_ENDED = ("done", "refused")


def pivot(services: ActivityServices, order: PivotOrder) -> TripAnswer:
    """Record the pivot, and go on from it if the order says so."""
    answer = trips.pivot(services, order)
    if not order.goes_on or answer.status != "done":
        return answer
    return answer.model_copy(update={"facts": _go_on(services, answer.facts, order.epoch)})


def confirm(services: ActivityServices, order: ConfirmOrder) -> EffectAnswer:
    """Confirm the hold, and go on from there if the order says so."""
    answer = effects.confirm(services, order)
    if not order.goes_on or answer.status not in _ENDED:
        return answer
    return answer.model_copy(update={"facts": _go_on(services, answer.facts, order.epoch)})


def _go_on(services: ActivityServices, facts: TripFacts, epoch: int) -> TripFacts:
    """Take the plan's next steps while they are of this kind and have outcomes. Return the facts after them."""
    while facts.outcome is None:
        try:
            match next_step(facts):
                case Forward(effect="confirm" | "capture") as step:
                    answer = _take(services, facts, step, epoch)
                case Close(status):
                    order = CloseOrder(trip=facts.id, epoch=epoch, seen=facts.commands, status=status)
                    return trips.close(services, order).facts
                case _:
                    return facts
        except Exception:
            # Logged already. What was done before the fault must not be lost with it.
            return facts
        facts = answer.facts
        if answer.status not in _ENDED:
            break
    return facts


def _take(services: ActivityServices, facts: TripFacts, step: Forward, epoch: int) -> EffectAnswer:
    """Confirm or capture one revision."""
    component = facts.component(step.kind)
    if component is None:
        raise ValueError(f"There is no {step.kind} to {step.effect}.")
    names = {
        "trip": facts.id,
        "component": component.id,
        "kind": step.kind,
        "revision": step.revision,
        "key": effect_key(component.id, step.effect, step.revision),
        "epoch": epoch,
    }
    if step.effect == "capture":
        return effects.capture(services, CaptureOrder.model_validate(names))
    price = component.revision(step.revision).price
    return effects.confirm(services, ConfirmOrder.model_validate({**names, "price": price}))
