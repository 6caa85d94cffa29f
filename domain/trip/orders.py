"""The orders for the effects of a booking that is held, made from the trip's facts."""

from typing import Any

from domain.amount import Money
from domain.components import ComponentKind, Effect
from domain.ids import effect_key
from domain.trip.effects import AuthorizeOrder, CaptureOrder, ConfirmOrder
from domain.trip.facts import TripFacts
from domain.trip.plan import Forward

HeldOrder = AuthorizeOrder | ConfirmOrder | CaptureOrder


def order_of(facts: TripFacts, step: Forward, epoch: int, goes_on: bool = False) -> HeldOrder | None:
    """Return the order for a step that follows a hold, None if nothing is held. `goes_on` is for a confirmation."""
    component = facts.component(step.kind)
    if component is None:
        return None
    revision = component.revision(step.revision)
    if revision.price is None:
        return None
    names = named(facts.id, component.id, step.kind, step.effect, step.revision, epoch)
    match step.effect:
        case "authorize":
            amount = Money(currency=facts.currency, minor=step.amount)
            return AuthorizeOrder.model_validate({**names, "amount": amount, "confirmation": revision.confirmation})
        case "confirm":
            return ConfirmOrder(**names, price=revision.price, goes_on=goes_on)
        case "capture":
            return CaptureOrder(**names)
        case "hold":
            return None


def named(  # noqa: PLR0913 - the parts of one effect's name
    trip: str, component: str, kind: ComponentKind, effect: Effect, revision: int, epoch: int
) -> dict[str, Any]:
    """Return the fields of `EffectOrder`."""
    return {
        "trip": trip,
        "component": component,
        "kind": kind,
        "revision": revision,
        "key": effect_key(component, effect, revision),
        "epoch": epoch,
    }
