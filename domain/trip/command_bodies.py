"""The bodies of a trip's commands as values, and their stored form: exactly the fields that were given."""

from datetime import date as day
from typing import Any, Literal

from domain.components import ComponentKind
from domain.trip.facts import Fee
from domain.trip.marks import Decision
from domain.value import Value

CommandKind = Literal["cancel", "change", "answer", "decision", "late_outcome"]


class CancelBody(Value):
    """The fees that the traveller accepted."""

    fees: tuple[Fee, ...]


class ChangeBody(Value):
    """A change of one component (see `domain.trip.facts.Change`).

    Day and length are unset once the traveller was forgotten.
    """

    kind: ComponentKind
    revision: int
    replaces: int
    date: day | None = None
    units: int | None = None
    fee: int


class AnswerBody(Value):
    """The traveller's choice."""

    choice: Literal["keep", "undo"]


class DecisionBody(Value):
    """An operator's decision on an open item."""

    item: str
    decision: Decision
    reason: str
    reference: str


class LateOutcomeBody(Value):
    """Nothing: the rows of the effect say what changed."""


CommandBody = CancelBody | ChangeBody | AnswerBody | DecisionBody | LateOutcomeBody

_BODIES: dict[CommandKind, type[CommandBody]] = {
    "cancel": CancelBody,
    "change": ChangeBody,
    "answer": AnswerBody,
    "decision": DecisionBody,
    "late_outcome": LateOutcomeBody,
}


def read_body(kind: CommandKind, data: dict[str, Any]) -> CommandBody:
    """Return the body of a command from its decoded JSON."""
    return _BODIES[kind].model_validate(data)


def read_body_text(kind: CommandKind, text: str) -> CommandBody:
    """Return the body of a command from its JSON."""
    return _BODIES[kind].model_validate_json(text)


def body_data(body: CommandBody) -> dict[str, Any]:
    """Return the body of a command as it is stored."""
    return body.model_dump(mode="json", include=body.model_fields_set)
