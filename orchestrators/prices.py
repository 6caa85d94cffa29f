"""The price enquiry: one activity, tried twice, because somebody waits for the answer."""

from datetime import timedelta

from domain.money.change_terms import PriceAnswer, PriceOrder
from orchestrators.frame import Context, Flow, Json, perform

QUOTE = "quote_component_activity"
_WAITS = (timedelta(0), timedelta(milliseconds=500))


def enquiry(context: Context) -> Flow[Json]:
    """Ask for the price and return the `PriceAnswer` as JSON, without a price when no attempt brought one."""
    order = PriceOrder.model_validate(context.get_input())
    result = yield from perform(context, QUOTE, order, PriceAnswer, _WAITS)
    return (result or PriceAnswer(order=order, price=None)).model_dump(mode="json")
