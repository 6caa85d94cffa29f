"""Inputs and outputs of the orchestration `chat_turn` and of its activities, which travel as plain JSON."""

from typing import Literal

from pydantic import Field

from domain.conversation.turn import Problem, TripCall
from domain.options import SagaPolicy, TripOptions
from domain.quotes.quote import WakeOrder
from domain.trip.facts import TripFacts
from domain.trip.outcomes import is_empty, is_false, is_none
from domain.value import Value


class TurnRef(Value):
    """One attempt at a turn: the input of `chat_turn` and of its activities."""

    conversation: str
    turn: int
    attempt: int
    goes_on: bool = Field(default=False, exclude_if=is_false)
    """Let the activity that decides also read the trips, and the one that words also store. Not in older flows."""

    @property
    def number(self) -> int:
        """The turn's number, by the name that it has in a `Turn`."""
        return self.turn


class TurnDecision(Value):
    """The stored decision about a turn: `decided` with the tool calls to run, `done` with a reply, or `problem`."""

    state: Literal["decided", "done", "problem"]
    calls: tuple[TripCall, ...] = ()
    options: TripOptions = TripOptions()
    policy: SagaPolicy = SagaPolicy()
    facts: tuple[TripFacts, ...] | None = Field(default=None, exclude_if=is_none)
    """The facts of the calls' trips, if they were asked for."""
    wakes: tuple[WakeOrder, ...] = Field(default=(), exclude_if=is_empty)
    """Quotes whose orchestrations are to be started, or woken for a decision of the turn."""
    waits: bool = Field(default=False, exclude_if=is_false)
    """Trips of the turn are booked by the orchestration of a quote, and the turn waits for them."""


class TurnFailure(Value):
    """Input of `fail_turn_activity`."""

    ref: TurnRef
    problem: Problem


class WordedReply(Value):
    """Output of `word_reply_activity`."""

    text: str


class TurnReply(Value):
    """Input of `finish_turn_activity`."""

    ref: TurnRef
    text: str
