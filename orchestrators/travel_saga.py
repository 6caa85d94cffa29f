"""The saga of a whole trip: hold and authorize each component, then confirm and capture all or undo all."""

from typing import Any

from domain.components import Component, parts_of
from domain.ids import component_id
from domain.trip.facts import SAGA_INPUT, TripFacts, with_facts
from domain.trip.keeping import all_goes
from domain.trip.outcomes import SagaInput
from orchestrators.frame import Context, Flow, Json, child, is_first_flow
from orchestrators.settling import is_superseded, result, settle, superseded
from orchestrators.steps import Steps, SupersededError


def travel_saga(context: Context) -> Flow[Json]:
    """Book the trip and return its recorded `TripOutcome` as JSON, or the status `superseded`."""
    saga = SAGA_INPUT.validate_python(context.get_input())
    steps = Steps(context, saga)
    try:
        facts = yield from steps.first_facts()
        if facts.outcome is None:
            book = _side_by_side if saga.parallel else _one_by_one
            facts = yield from book(context, saga, steps, facts)
        facts = yield from settle(context, saga, steps, facts)
        return result(facts)
    except SupersededError:
        return superseded(saga.trip)


def _one_by_one(context: Context, saga: SagaInput, steps: Steps, facts: TripFacts) -> Flow[TripFacts]:
    for component in parts_of(saga.request.kind):
        # A failure or a cancel ends the booking. A second run of this saga may also find the trip past its pivot.
        if facts.outcome or facts.pivot != "none" or all_goes(facts):
            break
        context.set_custom_status({"step": component.saga})
        try:
            returned = yield _child(context, saga, component, facts)
        except Exception:
            facts = yield from steps.lose(facts, component, component_id(saga.trip, component))
        else:
            facts = _facts_of(returned)
    return facts


def _side_by_side(context: Context, saga: SagaInput, steps: Steps, facts: TripFacts) -> Flow[TripFacts]:
    """Book all components at once, and wait for each of them even if another fails.

    Each child is wrapped in its own `task_any`, which completes when the child ends or fails. A `task_all` of the
    children themselves would go on at the first failure, while the host still waits for the others.
    """
    parts = parts_of(saga.request.kind)
    context.set_custom_status({"step": ", ".join(component.saga for component in parts)})
    children = {component.kind: _child(context, saga, component, facts) for component in parts}
    yield context.task_all([context.task_any([saga_task]) for saga_task in children.values()])
    lost: list[Component] = []
    for component in parts:
        try:
            yield children[component.kind]
        except Exception:
            lost.append(component)
    facts = yield from steps.read()
    # Only now, when no child runs any more, so that none writes after its component was given up.
    for component in lost:
        facts = yield from steps.lose(facts, component, component_id(saga.trip, component))
    return facts


def _facts_of(returned: Json) -> TripFacts:
    """Return the facts that a child returned. Raise `SupersededError` if it found that another saga owns the trip."""
    if is_superseded(returned):
        raise SupersededError
    return TripFacts.model_validate(returned)


def _child(context: Context, saga: SagaInput, component: Component, facts: TripFacts) -> Any:
    identifier = component_id(saga.trip, component)
    # The turn waits for the whole trip, so no child answers it.
    order = saga.model_copy(update={"component": identifier, "turn": None})
    if not is_first_flow(context):
        order = with_facts(order, facts)
    return child(context, component.saga, order, identifier)
