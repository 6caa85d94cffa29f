"""A decision of a person on an open item: what is asked, and the answer to it."""

from typing import Literal

from domain.value import Value

ATTENTION_DECISION = "attention_decision"
"""The orchestration that carries a decision out."""


Decision = Literal["retry", "settled", "written_off"]


class DecisionOrder(Value):
    """Input of `attention_decision` and of its activity. `command` is the id of the command that it is to become;
    `version` is the trip's as the person saw it, `by` who decided."""

    trip: str
    item: str
    version: int
    decision: Decision
    reason: str
    reference: str
    by: str
    command: str


class DecisionAnswer(Value):
    """`accepted`: the trip has the decision as its command `number`. `already_done`: the company had done it after
    all, and that is what the trip goes on from. The others changed nothing."""

    status: Literal[
        "accepted", "already_done", "item_not_found", "invalid_decision", "stale_version", "provider_unavailable"
    ]
    number: int | None = None
