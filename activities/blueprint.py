"""Registers the activities. Their names are part of the history of every instance in flight: never rename one.

Parameters and results are plain JSON, parsed at once. They are annotated `Any` because the Functions worker refuses
an annotation like `dict[str, Any]`.
"""

from typing import Any

import azure.durable_functions as df

from activities import effects, trips, turns
from activities.services import services
from domain.outcomes import BookOrder, CancelOrder, PayOrder, SagaInput, TripOutcome, Value
from domain.turns import TurnFailure, TurnRef, TurnReply

bp = df.Blueprint()


@bp.activity_trigger(input_name="order")
async def book_flight_activity(order: Any) -> Any:
    """Input `BookOrder`, output `BookResult`; key `<component>/book`."""
    return _json(await effects.book(services(), BookOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
async def book_hotel_activity(order: Any) -> Any:
    """Input `BookOrder`, output `BookResult`; key `<component>/book`."""
    return _json(await effects.book(services(), BookOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
async def book_car_activity(order: Any) -> Any:
    """Input `BookOrder`, output `BookResult`; key `<component>/book`."""
    return _json(await effects.book(services(), BookOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
def process_flight_payment(order: Any) -> Any:
    """Input `PayOrder`, output `PayResult`; key `<component>/charge`."""
    return _json(effects.charge(services(), PayOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
def process_hotel_payment(order: Any) -> Any:
    """Input `PayOrder`, output `PayResult`; key `<component>/charge`."""
    return _json(effects.charge(services(), PayOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
def process_car_payment(order: Any) -> Any:
    """Input `PayOrder`, output `PayResult`; key `<component>/charge`."""
    return _json(effects.charge(services(), PayOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
def cancel_flight_activity(order: Any) -> Any:
    """Input `CancelOrder`, output `CancelResult`; key `<component>/cancel`."""
    return _json(effects.cancel(services(), CancelOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
def cancel_hotel_activity(order: Any) -> Any:
    """Input `CancelOrder`, output `CancelResult`; key `<component>/cancel`."""
    return _json(effects.cancel(services(), CancelOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
def cancel_car_activity(order: Any) -> Any:
    """Input `CancelOrder`, output `CancelResult`; key `<component>/cancel`."""
    return _json(effects.cancel(services(), CancelOrder.model_validate(order)))


@bp.activity_trigger(input_name="saga")
def recall_trip_activity(saga: Any) -> Any:
    """Input `SagaInput`, output `Recorded`."""
    return _json(trips.recall(services(), SagaInput.model_validate(saga)))


@bp.activity_trigger(input_name="outcome")
def close_trip_activity(outcome: Any) -> Any:
    """Input and output `TripOutcome`; the first one for a trip stands."""
    return _json(trips.close(services(), TripOutcome.model_validate(outcome)))


@bp.activity_trigger(input_name="turn")
async def decide_turn_activity(turn: Any) -> Any:
    """Input `TurnRef`, output `TurnDecision`; the first one for a turn stands."""
    return _json(await turns.decide(services(), TurnRef.model_validate(turn)))


@bp.activity_trigger(input_name="failure")
def fail_turn_activity(failure: Any) -> Any:
    """Input `TurnFailure`, output `TurnDecision`: what stands for the turn."""
    return _json(turns.fail(services(), TurnFailure.model_validate(failure)))


@bp.activity_trigger(input_name="turn")
async def word_reply_activity(turn: Any) -> Any:
    """Input `TurnRef`, output `Reply`."""
    return _json(await turns.word(services(), TurnRef.model_validate(turn)))


@bp.activity_trigger(input_name="reply")
def finish_turn_activity(reply: Any) -> Any:
    """Input `TurnReply`, output `TurnDecision`; the first reply of a turn stands."""
    return _json(turns.finish(services(), TurnReply.model_validate(reply)))


def _json(value: Value) -> Any:
    return value.model_dump(mode="json")
