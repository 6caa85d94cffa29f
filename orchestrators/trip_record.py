"""How a trip ends: made of what its sagas return, and recorded once; whoever runs it again gets the record."""

from collections.abc import Sequence

from domain.outcomes import (
    Compensation,
    ComponentOutcome,
    SagaInput,
    TripEnd,
    TripOutcome,
)
from domain.turns import Recorded
from orchestrators.frame import Context, Flow, require

RECALL = "recall_trip_activity"
CLOSE = "close_trip_activity"


def recall(context: Context, saga: SagaInput) -> Flow[TripOutcome | None]:
    """How the trip has ended already; None in the ordinary case that it has not."""
    return (yield from require(context, RECALL, saga, Recorded)).outcome


def close(context: Context, outcome: TripOutcome) -> Flow[TripOutcome]:
    """Record the end of the trip; what was recorded first stands and is returned."""
    return (yield from require(context, CLOSE, outcome, TripOutcome))


def failed_end(compensations: Sequence[Compensation]) -> TripEnd:
    """How a trip ends that could not be booked: cleanly only if every cancel succeeded."""
    return "failed" if all(each.status == "cancelled" for each in compensations) else "needs_attention"


def trip_of_one(outcome: ComponentOutcome) -> TripOutcome:
    """A component that was booked alone, as the trip that it is."""
    return TripOutcome(
        status=outcome.status,
        id=outcome.id,
        kind=outcome.kind,
        error=outcome.error,
        components=(outcome,),
        compensations=outcome.compensations,
    )
