"""An operator's decision on an open item: the order to carry it out, and the result."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer

from domain.trip.marks import Decision
from domain.value import Value

ATTENTION_DECISION = "attention_decision"
"""The orchestration that carries a decision out."""


_NO_VERSION = -1
"""Means no version, in JSON. Histories contain it, and ids of decisions are made from it."""


def version_number(version: int | None) -> int:
    """Return the version as histories and ids have it."""
    if version is None:
        return _NO_VERSION
    return version


def _read_version(value: Any) -> Any:
    if value == _NO_VERSION:
        return None
    return value


SeenVersion = Annotated[int | None, BeforeValidator(_read_version), PlainSerializer(version_number)]
"""The version that an operator saw. None matches no trip: the request named a version that the app never gives."""


class DecisionOrder(Value):
    """Input of `attention_decision` and of its activity.

    `command` is the id of the command that the decision becomes. `version` is the version of the trip that the operator
    `by` decided on.
    """

    trip: str
    item: str
    version: SeenVersion
    decision: Decision
    reason: str
    reference: str
    by: str
    command: str


def reason_of_retry(order: DecisionOrder) -> str:
    """Return the reason of the retry that is stored in place of a decision, as the supplier had done the effect."""
    # The text is stored with the command, so it keeps its words.
    return f"{order.decision} was asked for, but the company had done it. {order.reason}"


class DecisionAnswer(Value):
    """The result of a decision.

    `accepted`: the trip has the decision as its command `number`. `already_done`: the supplier had carried out the
    effect after all, and the trip goes on from that. All others changed nothing.
    """

    status: Literal[
        "accepted", "already_done", "item_not_found", "invalid_decision", "stale_version", "provider_unavailable"
    ]
    number: int | None = None
