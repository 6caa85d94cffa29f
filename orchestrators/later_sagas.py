"""Sagas that take up a trip which another one has left: after its end for a command, or after that saga's death."""

from domain.trip.outcomes import SagaInput
from orchestrators.frame import Context, Flow, Json
from orchestrators.settling import result, settle, superseded
from orchestrators.steps import Steps, SupersededError


def later_saga(context: Context) -> Flow[Json]:
    """Go on from what the ledger holds; returns the trip's `TripOutcome` as JSON."""
    saga = SagaInput.model_validate(context.get_input())
    steps = Steps(context, saga)
    try:
        facts = yield from steps.read()
        facts = yield from settle(context, saga, steps, facts)
        return result(facts)
    except SupersededError:
        return superseded(saga.trip)
