"""The saga of one component: hold the booking, then authorize its payment; a component that fails is undone.

Two cases are left to the saga of the whole trip, because it undoes in the exact reverse order: a cancelled trip, and a
component that fails while others are booked at the same time.

Flight, hotel and car hire share this flow and differ by their `Component`.
"""

from domain.components import Component
from domain.trip.facts import SAGA_INPUT, TripFacts
from domain.trip.plan import Undo, next_booking_step
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
    while step := next_booking_step(facts, component.kind):
        facts = yield from steps.forward(facts, step)
    return facts


def _undo_failed(steps: Steps, facts: TripFacts, component: Component) -> Flow[TripFacts]:
    """Undo a failed component at once: it is the last that was begun, so the reverse order is kept."""
    booked = facts.component(component.kind)
    if booked is None or not booked.first.failed:
        return facts
    # From the pivot on, only the saga of the whole trip acts.
    before_pivot = facts.outcome is None and facts.pivot == "none"
    if booked.first.undoable and before_pivot:
        # Before the pivot nothing is confirmed, so no supplier asks for a fee.
        undo = Undo(component.kind, 1, fee_agreed=0)
        facts = yield from steps.undo(facts, undo)
    return facts
