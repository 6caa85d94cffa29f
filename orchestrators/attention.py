"""The saga of an operator's decision on an open item: one activity, repeated until it returns a result."""

from domain.attention.decisions import DecisionAnswer, DecisionOrder
from orchestrators.frame import Context, Flow, Json, perform

DECIDE_ITEM = "decide_item_activity"


def decision(context: Context) -> Flow[Json]:
    """Carry out the decision and return the `DecisionAnswer` as JSON.

    The status is `provider_unavailable` when no attempt brought a result. The operator may then send the same decision
    again: what the attempts have changed is found by its command id.
    """
    order = DecisionOrder.model_validate(context.get_input())
    result = yield from perform(context, DECIDE_ITEM, order, DecisionAnswer)
    return (result or DecisionAnswer(status="provider_unavailable")).model_dump(mode="json")
