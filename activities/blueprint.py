"""The registration of the activities. Never rename one: the names are in the history of every instance in flight.

Parameters and results are plain JSON, parsed at once. They are annotated `Any` because the Functions worker refuses
an annotation like `dict[str, Any]`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import azure.durable_functions as df

from activities import attention, effects, prices, trips, turns
from activities.services import ActivityServices, services
from activities.threads import in_thread
from domain.attention.decisions import DecisionOrder
from domain.conversation.chat_turn import TurnFailure, TurnRef, TurnReply
from domain.money.change_terms import PriceOrder
from domain.trip.effects import (
    AuthorizeOrder,
    CancelOrder,
    CaptureOrder,
    CloseOrder,
    ConfirmOrder,
    EndChangeOrder,
    GiveUpOrder,
    HoldOrder,
    PivotOrder,
    TripOrder,
)
from domain.value import Value

_Order = TypeVar("_Order", bound=Value)

bp = df.Blueprint()


@bp.activity_trigger(input_name="order")
async def book_flight_activity(order: Any) -> Any:
    """Input `HoldOrder`, output `EffectAnswer`; key `<component>/hold/<revision>`."""
    return _json(await effects.hold(services(), HoldOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
async def book_hotel_activity(order: Any) -> Any:
    """Input `HoldOrder`, output `EffectAnswer`; key `<component>/hold/<revision>`."""
    return _json(await effects.hold(services(), HoldOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
async def book_car_activity(order: Any) -> Any:
    """Input `HoldOrder`, output `EffectAnswer`; key `<component>/hold/<revision>`."""
    return _json(await effects.hold(services(), HoldOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
async def process_flight_payment(order: Any) -> Any:
    """Input `AuthorizeOrder`, output `EffectAnswer`; key `<component>/authorize/<revision>`."""
    return await in_thread(_effect, effects.authorize, AuthorizeOrder, order)


@bp.activity_trigger(input_name="order")
async def process_hotel_payment(order: Any) -> Any:
    """Input `AuthorizeOrder`, output `EffectAnswer`; key `<component>/authorize/<revision>`."""
    return await in_thread(_effect, effects.authorize, AuthorizeOrder, order)


@bp.activity_trigger(input_name="order")
async def process_car_payment(order: Any) -> Any:
    """Input `AuthorizeOrder`, output `EffectAnswer`; key `<component>/authorize/<revision>`."""
    return await in_thread(_effect, effects.authorize, AuthorizeOrder, order)


@bp.activity_trigger(input_name="order")
async def confirm_flight_activity(order: Any) -> Any:
    """Input `ConfirmOrder`, output `EffectAnswer`; key `<component>/confirm/<revision>`."""
    return await in_thread(_effect, effects.confirm, ConfirmOrder, order)


@bp.activity_trigger(input_name="order")
async def confirm_hotel_activity(order: Any) -> Any:
    """Input `ConfirmOrder`, output `EffectAnswer`; key `<component>/confirm/<revision>`."""
    return await in_thread(_effect, effects.confirm, ConfirmOrder, order)


@bp.activity_trigger(input_name="order")
async def confirm_car_activity(order: Any) -> Any:
    """Input `ConfirmOrder`, output `EffectAnswer`; key `<component>/confirm/<revision>`."""
    return await in_thread(_effect, effects.confirm, ConfirmOrder, order)


@bp.activity_trigger(input_name="order")
async def capture_flight_payment(order: Any) -> Any:
    """Input `CaptureOrder`, output `EffectAnswer`; key `<component>/capture/<revision>`."""
    return await in_thread(_effect, effects.capture, CaptureOrder, order)


@bp.activity_trigger(input_name="order")
async def capture_hotel_payment(order: Any) -> Any:
    """Input `CaptureOrder`, output `EffectAnswer`; key `<component>/capture/<revision>`."""
    return await in_thread(_effect, effects.capture, CaptureOrder, order)


@bp.activity_trigger(input_name="order")
async def capture_car_payment(order: Any) -> Any:
    """Input `CaptureOrder`, output `EffectAnswer`; key `<component>/capture/<revision>`."""
    return await in_thread(_effect, effects.capture, CaptureOrder, order)


@bp.activity_trigger(input_name="order")
async def cancel_flight_activity(order: Any) -> Any:
    """Input `CancelOrder`, output `EffectAnswer`; key `<component>/cancel/<revision>`."""
    return await in_thread(_effect, effects.cancel, CancelOrder, order)


@bp.activity_trigger(input_name="order")
async def cancel_hotel_activity(order: Any) -> Any:
    """Input `CancelOrder`, output `EffectAnswer`; key `<component>/cancel/<revision>`."""
    return await in_thread(_effect, effects.cancel, CancelOrder, order)


@bp.activity_trigger(input_name="order")
async def cancel_car_activity(order: Any) -> Any:
    """Input `CancelOrder`, output `EffectAnswer`; key `<component>/cancel/<revision>`."""
    return await in_thread(_effect, effects.cancel, CancelOrder, order)


@bp.activity_trigger(input_name="order")
def give_up_activity(order: Any) -> Any:
    """Input `GiveUpOrder`, output `TripAnswer`."""
    return _json(effects.give_up(services(), GiveUpOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
def read_trip_activity(order: Any) -> Any:
    """Input `TripOrder`, output `TripAnswer`."""
    return _json(trips.read(services(), TripOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
def record_pivot_activity(order: Any) -> Any:
    """Input `PivotOrder`, output `TripAnswer`; the first verdict on a trip counts."""
    return _json(trips.pivot(services(), PivotOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
def end_change_activity(order: Any) -> Any:
    """Input `EndChangeOrder`, output `TripAnswer`."""
    return _json(trips.end_change(services(), EndChangeOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
def close_trip_activity(order: Any) -> Any:
    """Input `CloseOrder`, output `TripAnswer`; the first end of a trip counts."""
    return _json(trips.close(services(), CloseOrder.model_validate(order)))


@bp.activity_trigger(input_name="order")
async def decide_item_activity(order: Any) -> Any:
    """Input `DecisionOrder`, output `DecisionAnswer`; the command's id makes a repeat harmless."""
    return await in_thread(_effect, attention.decide, DecisionOrder, order)


@bp.activity_trigger(input_name="order")
async def quote_component_activity(order: Any) -> Any:
    """Input `PriceOrder`, output `PriceAnswer`; it holds nothing, so every delivery may ask anew."""
    return await in_thread(_effect, prices.price, PriceOrder, order)


@bp.activity_trigger(input_name="turn")
async def decide_turn_activity(turn: Any) -> Any:
    """Input `TurnRef`, output `TurnDecision`; the first decision about a turn counts."""
    return _json(await turns.decide(services(), TurnRef.model_validate(turn)))


@bp.activity_trigger(input_name="failure")
def fail_turn_activity(failure: Any) -> Any:
    """Input `TurnFailure`, output `TurnDecision`, which is the stored one if there is one."""
    return _json(turns.fail(services(), TurnFailure.model_validate(failure)))


@bp.activity_trigger(input_name="turn")
async def word_reply_activity(turn: Any) -> Any:
    """Input `TurnRef`, output `WordedReply`."""
    return _json(await turns.word(services(), TurnRef.model_validate(turn)))


@bp.activity_trigger(input_name="reply")
def finish_turn_activity(reply: Any) -> Any:
    """Input `TurnReply`, output `TurnDecision`; the first reply of a turn counts."""
    return _json(turns.finish(services(), TurnReply.model_validate(reply)))


def _effect(act: Callable[[ActivityServices, _Order], Value], order_type: type[_Order], order: Any) -> Any:
    return _json(act(services(), order_type.model_validate(order)))


def _json(value: Value) -> Any:
    return value.model_dump(mode="json")
