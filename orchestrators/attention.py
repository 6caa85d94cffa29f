"""A person's decision on an open item: one activity, tried again while it has no answer."""

from domain.attention.decisions import DecisionAnswer, DecisionOrder
from orchestrators.frame import Context, Flow, Json, perform

DECIDE_ITEM = "decide_item_activity"


def decision(context: Context) -> Flow[Json]:
    """Returns the `DecisionAnswer`. Whatever keeps the activity from answering has changed nothing that a repeat of
    the same decision would not find again."""
    order = DecisionOrder.model_validate(context.get_input())
    answer = yield from perform(context, DECIDE_ITEM, order, DecisionAnswer)
    return (answer or DecisionAnswer(status="provider_unavailable")).model_dump(mode="json")
