"""The registration of the orchestrators.

Their names stand in the history of every instance in flight, so none may be renamed.
"""

import azure.durable_functions as df

from domain.components import CAR_HIRE, FLIGHT, HOTEL
from orchestrators.attention import decision
from orchestrators.chat_turn import turn
from orchestrators.component_sagas import component_saga
from orchestrators.frame import Context, Flow, Json
from orchestrators.later_sagas import later_saga
from orchestrators.prices import enquiry
from orchestrators.quotes import approval
from orchestrators.travel_saga import travel_saga

bp = df.Blueprint()


@bp.orchestration_trigger(context_name="context")
def travel_booking_saga(context: Context) -> Flow[Json]:
    """Book flight, hotel and car hire. Input `SagaInput`, output `TripOutcome`; the instance id is the trip's id."""
    return (yield from travel_saga(context))


@bp.orchestration_trigger(context_name="context")
def flight_booking_saga(context: Context) -> Flow[Json]:
    """Book one flight. Input `SagaInput`; output `TripOutcome` when it is the whole trip."""
    return (yield from component_saga(context, FLIGHT))


@bp.orchestration_trigger(context_name="context")
def hotel_booking_saga(context: Context) -> Flow[Json]:
    """Book one hotel stay. Input `SagaInput`; output `TripOutcome` when it is the whole trip."""
    return (yield from component_saga(context, HOTEL))


@bp.orchestration_trigger(context_name="context")
def car_hire_booking_saga(context: Context) -> Flow[Json]:
    """Book one car hire. Input `SagaInput`; output `TripOutcome` when it is the whole trip."""
    return (yield from component_saga(context, CAR_HIRE))


@bp.orchestration_trigger(context_name="context")
def follow_up_saga(context: Context) -> Flow[Json]:
    """Act on commands after a trip's end. Input `SagaInput`, output `TripOutcome`; the id names the command."""
    return (yield from later_saga(context))


@bp.orchestration_trigger(context_name="context")
def recovery_saga(context: Context) -> Flow[Json]:
    """Take over a trip whose saga died. Input `SagaInput`, output `TripOutcome`; the instance id names the epoch."""
    return (yield from later_saga(context))


@bp.orchestration_trigger(context_name="context")
def chat_turn(context: Context) -> Flow[Json]:
    """Run one attempt at a turn. Input `TurnRef`, output `{"state": "done" | "problem"}`."""
    return (yield from turn(context))


@bp.orchestration_trigger(context_name="context")
def attention_decision(context: Context) -> Flow[Json]:
    """Decide an open item. Input `DecisionOrder`, output `DecisionAnswer`; the instance id names trip and command."""
    return (yield from decision(context))


@bp.orchestration_trigger(context_name="context")
def price_enquiry(context: Context) -> Flow[Json]:
    """Ask what a component would cost. Input `PriceOrder`, output `PriceAnswer`; the id names the component."""
    return (yield from enquiry(context))


@bp.orchestration_trigger(context_name="context")
def quote_approval(context: Context) -> Flow[Json]:
    """Price a quote, wait for its traveller, book it. Input `QuoteRef`, output `QuoteStep`; the id is the quote's."""
    return (yield from approval(context))
