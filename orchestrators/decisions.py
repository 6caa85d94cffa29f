"""The wait for a decision of a person, which is a row; an external event only wakes who waits for it."""

from datetime import datetime

from domain.quotes.decisions import decision_event
from orchestrators.frame import Context, Flow, timer


def await_decision(context: Context, number: int, deadline: datetime) -> Flow[bool]:
    """Wait for the decision about this round, and return whether it came before the deadline, in aware UTC.

    Read the row before the wait and after it: the event may have come early, or without a decision.
    """
    context.set_custom_status({"step": "waiting"})
    event = context.wait_for_external_event(decision_event(number))
    limit = timer(context, deadline)
    first = yield context.task_any([event, limit])
    if first is limit:
        return False
    # The instance would not end before an open timer.
    limit.cancel()
    return True
