"""The follow-up and the recovery: sagas that go on with a trip whose first saga has ended or died."""

from domain.trip.outcomes import SagaInput
from orchestrators.frame import Context, Flow, Json
from orchestrators.settling import result, settle, superseded
from orchestrators.steps import Steps, SupersededError


def later_saga(context: Context) -> Flow[Json]:
    """Go on from the trip's facts in the ledger and return its `TripOutcome` as JSON, or the status `superseded`."""
    saga = SagaInput.model_validate(context.get_input())
    steps = Steps(context, saga)
    try:
        facts = yield from steps.read()
        facts = yield from settle(context, saga, steps, facts)
        return result(facts)
    except SupersededError:
        return superseded(saga.trip)
