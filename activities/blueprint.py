"""The registration of the activities. Never rename one: the names are in the history of every instance in flight.

Parameters and results are plain JSON, parsed at once. They are annotated `Any` because the Functions worker refuses
an annotation like `dict[str, Any]`.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import azure.durable_functions as df

from activities import attention, effects, following, prices, quotes, trips, turns
from activities.services import ActivityServices, services
from activities.step_log import log_failure
from domain.attention.decisions import DecisionOrder
from domain.conversation.chat_turn import TurnFailure, TurnRef, TurnReply
from domain.money.change_terms import PriceOrder
from domain.quotes.quote import FollowOrder, QuoteRef
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
from suppliers.ports import SupplierFault

_Order = TypeVar("_Order", bound=Value)

bp = df.Blueprint()


@bp.activity_trigger(input_name="order")
def book_flight_activity(order: Any) -> Any:
    """Input `HoldOrder`, output `EffectAnswer`; key `<component>/hold/<revision>`. It may reserve the payment too."""
    return _result(following.hold, HoldOrder, order)


@bp.activity_trigger(input_name="order")
def book_hotel_activity(order: Any) -> Any:
    """Input `HoldOrder`, output `EffectAnswer`; key `<component>/hold/<revision>`. It may reserve the payment too."""
    return _result(following.hold, HoldOrder, order)


@bp.activity_trigger(input_name="order")
def book_car_activity(order: Any) -> Any:
    """Input `HoldOrder`, output `EffectAnswer`; key `<component>/hold/<revision>`. It may reserve the payment too."""
    return _result(following.hold, HoldOrder, order)


@bp.activity_trigger(input_name="order")
def process_flight_payment(order: Any) -> Any:
    """Input `AuthorizeOrder`, output `EffectAnswer`; key `<component>/authorize/<revision>`."""
    return _result(effects.authorize, AuthorizeOrder, order)


@bp.activity_trigger(input_name="order")
def process_hotel_payment(order: Any) -> Any:
    """Input `AuthorizeOrder`, output `EffectAnswer`; key `<component>/authorize/<revision>`."""
    return _result(effects.authorize, AuthorizeOrder, order)


@bp.activity_trigger(input_name="order")
def process_car_payment(order: Any) -> Any:
    """Input `AuthorizeOrder`, output `EffectAnswer`; key `<component>/authorize/<revision>`."""
    return _result(effects.authorize, AuthorizeOrder, order)


@bp.activity_trigger(input_name="order")
def confirm_flight_activity(order: Any) -> Any:
    """Input `ConfirmOrder`, output `EffectAnswer`; key `<component>/confirm/<revision>`."""
    return _result(following.confirm, ConfirmOrder, order)


@bp.activity_trigger(input_name="order")
def confirm_hotel_activity(order: Any) -> Any:
    """Input `ConfirmOrder`, output `EffectAnswer`; key `<component>/confirm/<revision>`."""
    return _result(following.confirm, ConfirmOrder, order)


@bp.activity_trigger(input_name="order")
def confirm_car_activity(order: Any) -> Any:
    """Input `ConfirmOrder`, output `EffectAnswer`; key `<component>/confirm/<revision>`."""
    return _result(following.confirm, ConfirmOrder, order)


@bp.activity_trigger(input_name="order")
def capture_flight_payment(order: Any) -> Any:
    """Input `CaptureOrder`, output `EffectAnswer`; key `<component>/capture/<revision>`."""
    return _result(effects.capture, CaptureOrder, order)


@bp.activity_trigger(input_name="order")
def capture_hotel_payment(order: Any) -> Any:
    """Input `CaptureOrder`, output `EffectAnswer`; key `<component>/capture/<revision>`."""
    return _result(effects.capture, CaptureOrder, order)


@bp.activity_trigger(input_name="order")
def capture_car_payment(order: Any) -> Any:
    """Input `CaptureOrder`, output `EffectAnswer`; key `<component>/capture/<revision>`."""
    return _result(effects.capture, CaptureOrder, order)


@bp.activity_trigger(input_name="order")
def cancel_flight_activity(order: Any) -> Any:
    """Input `CancelOrder`, output `EffectAnswer`; key `<component>/cancel/<revision>`."""
    return _result(effects.cancel, CancelOrder, order)


@bp.activity_trigger(input_name="order")
def cancel_hotel_activity(order: Any) -> Any:
    """Input `CancelOrder`, output `EffectAnswer`; key `<component>/cancel/<revision>`."""
    return _result(effects.cancel, CancelOrder, order)


@bp.activity_trigger(input_name="order")
def cancel_car_activity(order: Any) -> Any:
    """Input `CancelOrder`, output `EffectAnswer`; key `<component>/cancel/<revision>`."""
    return _result(effects.cancel, CancelOrder, order)


@bp.activity_trigger(input_name="order")
def give_up_activity(order: Any) -> Any:
    """Input `GiveUpOrder`, output `TripAnswer`."""
    return _result(effects.give_up, GiveUpOrder, order)


@bp.activity_trigger(input_name="order")
def read_trip_activity(order: Any) -> Any:
    """Input `TripOrder`, output `TripAnswer`."""
    return _result(trips.read, TripOrder, order)


@bp.activity_trigger(input_name="order")
def record_pivot_activity(order: Any) -> Any:
    """Input `PivotOrder`, output `TripAnswer`; the first verdict on a trip counts. It may go on with what follows."""
    return _result(following.pivot, PivotOrder, order)


@bp.activity_trigger(input_name="order")
def end_change_activity(order: Any) -> Any:
    """Input `EndChangeOrder`, output `TripAnswer`."""
    return _result(trips.end_change, EndChangeOrder, order)


@bp.activity_trigger(input_name="order")
def close_trip_activity(order: Any) -> Any:
    """Input `CloseOrder`, output `TripAnswer`; the first end of a trip counts."""
    return _result(trips.close, CloseOrder, order)


@bp.activity_trigger(input_name="order")
def decide_item_activity(order: Any) -> Any:
    """Input `DecisionOrder`, output `DecisionAnswer`; the command's id makes a repeat harmless."""
    return _result(attention.decide, DecisionOrder, order)


@bp.activity_trigger(input_name="order")
def quote_component_activity(order: Any) -> Any:
    """Input `PriceOrder`, output `PriceAnswer`; it holds nothing, so every delivery may ask anew."""
    return _result(prices.price, PriceOrder, order)


@bp.activity_trigger(input_name="order")
def price_quote_activity(order: Any) -> Any:
    """Input `QuoteRef`, output `QuoteStep`; the first offer of a round counts."""
    return _result(quotes.price, QuoteRef, order)


@bp.activity_trigger(input_name="order")
def give_up_quote_activity(order: Any) -> Any:
    """Input `QuoteRef`, output `QuoteStep`."""
    return _result(quotes.give_up, QuoteRef, order)


@bp.activity_trigger(input_name="order")
async def follow_quote_activity(order: Any) -> Any:
    """Input `FollowOrder`, output `QuoteStep`; the first decision about a round counts."""
    return await _async_result(quotes.follow, FollowOrder, order)


@bp.activity_trigger(input_name="order")
def finish_quote_activity(order: Any) -> Any:
    """Input `QuoteRef`, output `QuoteStep`; the first end of a quote counts."""
    return _result(quotes.finish, QuoteRef, order)


@bp.activity_trigger(input_name="turn")
async def decide_turn_activity(turn: Any) -> Any:
    """Input `TurnRef`, output `TurnDecision`; the first decision about a turn counts."""
    return await _async_result(turns.decide, TurnRef, turn)


@bp.activity_trigger(input_name="failure")
def fail_turn_activity(failure: Any) -> Any:
    """Input `TurnFailure`, output `TurnDecision`, which is the stored one if there is one."""
    return _result(turns.fail, TurnFailure, failure)


@bp.activity_trigger(input_name="turn")
def look_at_trips_activity(turn: Any) -> Any:
    """Input `TurnRef`, output whether every trip of the turn has ended or parked."""
    return _result(turns.look_at_trips, TurnRef, turn)


@bp.activity_trigger(input_name="turn")
async def word_reply_activity(turn: Any) -> Any:
    """Input `TurnRef`, output `WordedReply`."""
    return await _async_result(turns.word, TurnRef, turn)


@bp.activity_trigger(input_name="reply")
def finish_turn_activity(reply: Any) -> Any:
    """Input `TurnReply`, output `TurnDecision`; the first reply of a turn counts."""
    return _result(turns.finish, TurnReply, reply)


def _result(act: Callable[[ActivityServices, _Order], Value], order_type: type[_Order], order: Any) -> Any:
    with _failure_logged(act.__name__, order):
        return _json(act(services(), order_type.model_validate(order)))


async def _async_result(
    act: Callable[[ActivityServices, _Order], Awaitable[Value]], order_type: type[_Order], order: Any
) -> Any:
    with _failure_logged(act.__name__, order):
        return _json(await act(services(), order_type.model_validate(order)))


@contextmanager
def _failure_logged(step: str, order: Any) -> Generator[None]:
    """Log a failure of an activity, except of a supplier: the step that met it has logged that."""
    try:
        yield
    except SupplierFault:
        raise
    except Exception as error:
        log_failure(step, order, error)
        raise


def _json(value: Value) -> Any:
    return value.model_dump(mode="json")
