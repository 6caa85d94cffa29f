"""The turns of a conversation: each is a message of the traveller with the reply to it."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from domain.components import ToolName, TripKind
from domain.conversation.conditions import Condition
from domain.options import TripOptions
from domain.trip.outcomes import is_none
from domain.trip.requests import TripRequest
from domain.value import Value


def _is_unset(value: object) -> bool:
    """Return whether a field is left out of JSON, so that rows without it are as they always were."""
    return not value


class OpenDay(Value):
    """A day that the traveller named and that is not clear, so that no day may be assumed in its place.

    `readings` are the days to choose from, if there are some. `month` is the first day of the month in which it is, if
    that was named. `until` is set if the last day is clear. `follows` says that it is the day on which the request
    before it ends.
    """

    readings: tuple[date, ...] = ()
    month: date | None = None
    until: date | None = None
    follows: bool = False


class Draft(Value):
    """An unfinished request, which the next message may complete.

    `arguments` holds the arguments so far under the tool's names, already of plausible types. `also` holds the other
    tool calls of the same message, complete or not: they wait, and are booked together with this one. `conditions` are
    wishes of the traveller that no argument holds; nothing is booked before they have been asked about.
    """

    tool: ToolName
    arguments: dict[str, str | int]
    also: tuple["Draft", ...] = ()
    open_day: OpenDay | None = Field(default=None, exclude_if=is_none)
    conditions: tuple[Condition, ...] = Field(default=(), exclude_if=_is_unset)
    conditions_asked: bool = Field(default=False, exclude_if=_is_unset)
    """The reply asked whether to go on without the conditions: only a yes to that books."""


class TripCall(Value):
    """One validated tool call of a turn and the trip that it books."""

    trip: str
    kind: TripKind
    request: TripRequest
    is_repeated: bool = Field(default=False, exclude_if=_is_unset)
    """The model made this call more than once in one answer. It books one trip, and the reply asks about a second."""
    quote: str | None = Field(default=None, exclude_if=is_none)
    """The quote that the turn's message agreed to. Its own orchestration books the trip."""


class ShownQuote(Value):
    """The quote that a reply asks about, and when the reply was made, as aware UTC.

    A message that was sent before then is no answer to it.
    """

    id: str
    at: datetime


class Problem(Value):
    """The reason why a turn has no reply: a code of `domain.problems` and a sentence for the client."""

    code: str
    detail: str
    retry_after: int | None = None


class Turn(Value):
    """One turn as the conversation store keeps it.

    - `claimed`: the request that claimed it is about to start its orchestration.
    - `decided`: the model has answered. `calls` are final, and may be empty.
    - `done`: `reply` is final.
    - `problem`: this attempt failed before any saga started, and a repeat makes a new attempt.
    """

    conversation: str
    number: int
    attempt: int
    state: Literal["claimed", "decided", "done", "problem"]
    message: str
    options: TripOptions = TripOptions()
    calls: tuple[TripCall, ...] = ()
    draft: Draft | None = None
    """Set if the reply asks the traveller for something missing."""
    reply: str | None = None
    model: str | None = None
    problem: Problem | None = None
    created: datetime
    asked: Draft | None = Field(default=None, exclude_if=is_none)
    """The arguments of a tool whose price was asked for without the model."""
    quote: ShownQuote | None = Field(default=None, exclude_if=is_none)
    """The quote that the reply shows and asks about."""


def quotes_of(turn: Turn) -> tuple[str, ...]:
    """Return the ids of the quotes that the turn has shown or agreed to."""
    shown = [turn.quote.id] if turn.quote else []
    return tuple(dict.fromkeys([*shown, *(call.quote for call in turn.calls if call.quote)]))
