"""The saga of one component: hold the booking, then authorize its payment; a component that fails is undone.

Two cases are left to the saga of the whole trip, because it undoes in the exact reverse order: a cancelled trip, and a
component that fails while others are booked at the same time.

Flight, hotel and car hire share this flow and differ by their `Component`.
"""

from domain.components import Component
from domain.trip.facts import SAGA_INPUT, TripFacts
from domain.trip.marks import UNFINISHED
from domain.trip.plan import Forward, Undo
from domain.trip.revisions import Revision
from orchestrators.frame import Context, Flow, Json
from orchestrators.settling import result, settle, superseded
from orchestrators.steps import Steps, SupersededError


def component_saga(context: Context, component: Component) -> Flow[Json]:
    """Book the component and return JSON.

    A component that is a whole trip by itself returns its `TripOutcome`. One of several returns the `TripFacts` from
    which the parent goes on. A saga that another one has superseded returns that status.
    """
    saga = SAGA_INPUT.validate_python(context.get_input())
    steps = Steps(context, saga)
    try:
        facts = yield from steps.first_facts()
        facts = yield from _hold_and_authorize(steps, facts, component)
        # Beside others this component may not be the last one begun, so the trip's own saga undoes it in order.
        if not (saga.component and saga.parallel):
            facts = yield from _undo_failed(steps, facts, component)
        if saga.component is None:
            facts = yield from settle(context, saga, steps, facts)
            return result(facts)
        return facts.model_dump(mode="json")
    except SupersededError:
        return superseded(saga.trip)


def _hold_and_authorize(steps: Steps, facts: TripFacts, component: Component) -> Flow[TripFacts]:
    """Hold and authorize the first revision; stop when a step fails or the trip is cancelled meanwhile."""
    while facts.cancel is None and _before_pivot(facts):
        step = _next_forward(component, _first_revision(facts, component))
        if step is None:
            break
        facts = yield from steps.forward(facts, step)
    return facts


def _next_forward(component: Component, first: Revision | None) -> Forward | None:
    hold = Forward(component.kind, 1, "hold")
    if first is None:
        return hold
    if first.failed or first.cancel != "none":
        return None
    # "intended" means that the outcome is unknown: the step is repeated with the same key.
    if first.hold in UNFINISHED:
        return hold
    if first.hold == "done" and first.authorize in UNFINISHED:
        return Forward(component.kind, 1, "authorize", first.cost)
    return None


def _undo_failed(steps: Steps, facts: TripFacts, component: Component) -> Flow[TripFacts]:
    """Undo a failed component at once: it is the last that was begun, so the reverse order is kept."""
    first = _first_revision(facts, component)
    if first is None or not first.failed:
        return facts
    if first.undoable and _before_pivot(facts):
        # Before the pivot nothing is confirmed, so no supplier asks for a fee.
        undo = Undo(component.kind, 1, fee_agreed=0)
        facts = yield from steps.undo(facts, undo)
    return facts


def _before_pivot(facts: TripFacts) -> bool:
    """Return whether this saga may act: from the pivot on, only the saga of the whole trip does."""
    return facts.outcome is None and facts.pivot == "none"


def _first_revision(facts: TripFacts, component: Component) -> Revision | None:
    booked = facts.component(component.kind)
    return booked.revisions[0] if booked else None
