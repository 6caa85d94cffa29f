"""A whole trip: flight, hotel and car hire are held and authorized, then all are confirmed and paid, or all undone."""

from typing import Any

from domain.components import IN_BOOKING_ORDER, Component
from domain.ids import component_id
from domain.trip.facts import TripFacts
from domain.trip.outcomes import SagaInput
from domain.trip.plan import all_goes
from orchestrators.frame import Context, Flow, Json, child
from orchestrators.settling import is_superseded, result, settle, superseded
from orchestrators.steps import Steps, SupersededError


def travel_saga(context: Context) -> Flow[Json]:
    """Returns the trip's `TripOutcome` as JSON, the one that was recorded first."""
    saga = SagaInput.model_validate(context.get_input())
    steps = Steps(context, saga)
    try:
        facts = yield from steps.read()
        if facts.outcome is None:
            book = _side_by_side if saga.parallel else _one_by_one
            facts = yield from book(context, saga, steps, facts)
        facts = yield from settle(context, saga, steps, facts)
        return result(facts)
    except SupersededError:
        return superseded(saga.trip)


def _one_by_one(context: Context, saga: SagaInput, steps: Steps, facts: TripFacts) -> Flow[TripFacts]:
    for component in IN_BOOKING_ORDER:
        if facts.outcome or facts.pivot != "none" or all_goes(facts):
            break
        context.set_custom_status({"step": component.saga})
        try:
            answer = yield _child(context, saga, component)
        except Exception:
            facts = yield from steps.lose(facts, component, component_id(saga.trip, component))
        else:
            facts = _facts_of(answer)
    return facts


def _side_by_side(context: Context, saga: SagaInput, steps: Steps, facts: TripFacts) -> Flow[TripFacts]:
    """All three at once; whatever happens to one, the others are waited for.

    Each child stands in a `task_any` of its own, which ends however the child does: a `task_all` of the children
    themselves would go on at the first failure, while the host still waits for the others.
    """
    context.set_custom_status({"step": ", ".join(component.saga for component in IN_BOOKING_ORDER)})
    children = {component.kind: _child(context, saga, component) for component in IN_BOOKING_ORDER}
    yield context.task_all([context.task_any([each]) for each in children.values()])
    lost: list[Component] = []
    for component in IN_BOOKING_ORDER:
        try:
            yield children[component.kind]
        except Exception:
            lost.append(component)
    facts = yield from steps.read()
    for component in lost:
        facts = yield from steps.lose(facts, component, component_id(saga.trip, component))
    return facts


def _facts_of(answer: Json) -> TripFacts:
    """What a child returned. Raises `SupersededError` when it was told that another saga owns the trip."""
    if is_superseded(answer):
        raise SupersededError
    return TripFacts.model_validate(answer)


def _child(context: Context, saga: SagaInput, component: Component) -> Any:
    identifier = component_id(saga.trip, component)
    order = saga.model_copy(update={"component": identifier, "turn": None})
    return child(context, component.saga, order, identifier)
