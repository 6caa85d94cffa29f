"""One component: hold it, then have its payment authorized; what fails on the way is undone.

What a cancel undoes, and what failed beside others that are booked at the same time, is left to the saga of the whole
trip, which undoes in exact reverse.

Flight, hotel and car hire share the flow and differ by their `Component`.
"""

from domain.components import Component
from domain.trip.facts import Revision, TripFacts
from domain.trip.outcomes import SagaInput
from domain.trip.plan import Forward, Undo
from orchestrators.frame import Context, Flow, Json
from orchestrators.settling import result, settle, superseded
from orchestrators.steps import Steps, SupersededError


def component_saga(context: Context, component: Component) -> Flow[Json]:
    """Alone it is a whole trip and returns its `TripOutcome`; inside a travel trip it returns the
    `TripFacts` from which the parent goes on."""
    saga = SagaInput.model_validate(context.get_input())
    steps = Steps(context, saga)
    try:
        facts = yield from steps.read()
        facts = yield from _stand(steps, facts, component)
        if not (saga.component and saga.parallel):
            facts = yield from _undo_failed(steps, facts, component)
        if saga.component is None:
            facts = yield from settle(context, saga, steps, facts)
            return result(facts)
        return facts.model_dump(mode="json")
    except SupersededError:
        return superseded(saga.trip)


def _stand(steps: Steps, facts: TripFacts, component: Component) -> Flow[TripFacts]:
    """Hold and authorize, unless that fails or the trip is cancelled meanwhile."""
    while _may_stand(facts) and facts.cancel is None:
        first = _first(facts, component)
        if first and (first.failed or first.cancel != "none"):
            break
        if first is None or first.hold in ("none", "intended"):
            facts = yield from steps.forward(facts, Forward(component.kind, 1, "hold"))
        elif first.hold == "done" and first.authorize in ("none", "intended"):
            facts = yield from steps.forward(facts, Forward(component.kind, 1, "authorize", first.cost))
        else:
            break
    return facts


def _undo_failed(steps: Steps, facts: TripFacts, component: Component) -> Flow[TripFacts]:
    """What failed is undone here, for it is the last that was begun; beside others the parent keeps the order."""
    first = _first(facts, component)
    if first and first.failed and first.undoable and _may_stand(facts):
        facts = yield from steps.undo(facts, Undo(component.kind, 1, fee_agreed=0))
    return facts


def _may_stand(facts: TripFacts) -> bool:
    """From the pivot on, only the saga of the whole trip goes forward and back."""
    return facts.outcome is None and facts.pivot == "none"


def _first(facts: TripFacts, component: Component) -> Revision | None:
    known = facts.component(component.kind)
    return known.revisions[0] if known else None
