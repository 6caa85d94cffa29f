"""Decisions of people: one row for each question, which the first answer fills for good."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.trip.outcomes import is_none
from domain.value import Value

Choice = Literal["approve", "reject", "change", "expire"]
"""`expire` is the app's own: nobody decided in time."""


class HumanDecision(Value):
    """What a person decided about one round of a subject, such as a quote. `at` is aware UTC.

    `by` is the owner who decided, None for the holder of a function key. `turn` is the id of the `chat_turn` instance
    that waits for what comes of it, if the decision was made in a conversation. `note` is the traveller's own text.
    """

    subject: str
    round: int
    choice: Choice
    hash: str
    by: str | None
    at: datetime
    note: str | None = Field(default=None, exclude_if=is_none)
    turn: str | None = Field(default=None, exclude_if=is_none)

    def is_same_as(self, other: "HumanDecision") -> bool:
        """Return whether a repeat of the request has made the other decision."""
        return (self.choice, self.hash, self.note) == (other.choice, other.hash, other.note)


def decision_event(number: int) -> str:
    """Return the external event that wakes who waits for the decision of this round; it carries no data."""
    return f"decision-{number}"
