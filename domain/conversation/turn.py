"""What a conversation is made of: turns, each a message and what came of it."""

from datetime import datetime
from typing import Literal

from domain.components import TripKind
from domain.options import TripOptions
from domain.trip.requests import ToolName, TripRequest
from domain.value import Value


class Draft(Value):
    """A request that still lacks something: what the next message may complete.

    `arguments` holds what is known so far under the tool's own names, already plausible in type. `also` holds the
    other calls of the same message, complete or not: they wait for the answer and are booked together with this one.
    """

    tool: ToolName
    arguments: dict[str, str | int]
    also: tuple["Draft", ...] = ()


class TripCall(Value):
    """One validated tool call of a turn and the trip that it books."""

    trip: str
    kind: TripKind
    request: TripRequest


class Problem(Value):
    """Why a turn could not be answered: a code of `domain.problems` and a sentence for the client."""

    code: str
    detail: str
    retry_after: int | None = None


class Turn(Value):
    """One turn as the conversation store keeps it.

    `claimed`: somebody is to start it. `decided`: the model has answered, `calls` (maybe none) stand.
    `done`: `reply` stands. `problem`: this attempt failed before any saga started; a repeat makes a new attempt.
    """

    conversation: str
    number: int
    attempt: int
    state: Literal["claimed", "decided", "done", "problem"]
    message: str
    options: TripOptions = TripOptions()
    calls: tuple[TripCall, ...] = ()
    draft: Draft | None = None
    """Set when the reply asks the traveller for something missing."""
    reply: str | None = None
    model: str | None = None
    problem: Problem | None = None
    created: datetime
