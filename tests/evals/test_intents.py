"""Nothing is booked that was not meant: generated messages that ask for nothing, and requests with a condition.

The messages are made of the templates in `ask_for_nothing.txt` and `conditions.txt`.
"""

import asyncio
from datetime import date

import pytest

from agents.model import ModelAnswer, Question, ToolCall, WordingTask
from agents.offline.model import OfflineModel
from agents.travel_agent import BookTrips, Decision, PriceTrips, TravelAgent
from support.app.filled_templates import filled, templates

TODAY = date(2026, 11, 18)
SEED = 20261118
TIMES = 8
ROUNDS = 4


def _decision(message: str) -> Decision:
    return asyncio.run(TravelAgent(OfflineModel()).decide(message, (), TODAY))


@pytest.mark.parametrize("part", range(ROUNDS))
def test_what_asks_for_nothing_books_nothing(part: int) -> None:
    seed = SEED + part
    booked = [
        message
        for message in filled("ask_for_nothing.txt", seed, TIMES // ROUNDS)
        if isinstance(_decision(message), BookTrips)
    ]
    assert not booked, f"seed {seed}"


def test_no_request_with_a_condition_is_booked_without_asking() -> None:
    booked = [message for message in filled("conditions.txt", SEED, TIMES) if isinstance(_decision(message), BookTrips)]
    assert not booked, f"seed {SEED}"


def test_there_are_enough_templates() -> None:
    assert TIMES * len(templates("ask_for_nothing.txt")) >= 1500
    assert TIMES * len(templates("conditions.txt")) >= 200


class EagerModel:
    """A model that books a flight to Rome whatever it is asked."""

    name = "eager"
    has_language = True

    async def choose(self, question: Question) -> ModelAnswer:
        return ModelAnswer(calls=(ToolCall("book_flight", '{"destination": "Rome"}'),))

    async def word(self, task: WordingTask) -> str:
        return ""

    def warm_up(self) -> None: ...

    async def close(self) -> None: ...


def test_a_condition_is_asked_about_behind_every_model() -> None:
    for message in filled("conditions.txt", SEED, 1):
        decision = asyncio.run(TravelAgent(EagerModel()).decide(message, (), TODAY))
        assert not isinstance(decision, BookTrips), f"seed {SEED}: {message!r}"
        assert decision.conditions
        if isinstance(decision, PriceTrips):
            continue
        assert decision.draft
        assert decision.draft.conditions_asked


def test_requests_without_a_condition_are_booked_at_once() -> None:
    """The two requests of the mission, and others that need no question."""
    for message in (
        "I need a trip to Paris for 5 nights",
        "Just get me a flight to Tokyo",
        "If possible, book me a hotel in Rome for 3 nights",
        "Could you please book a flight to Oslo if you don't mind?",
        "I don't care about the price, book me a trip to Paris for 5 nights",
        "Business trip to Lyon for 2 nights please",
    ):
        assert isinstance(_decision(message), BookTrips), message
