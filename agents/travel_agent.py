"""TravelAgent: from a traveller's sentence to validated requests, and from outcomes to a reply.

The model proposes, this code disposes: nothing of an answer is booked unless all of it is valid.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agents.checks import acceptable_opening, acceptable_talk
from agents.model import MOST_CALLS, MOST_HISTORY, Model, ModelAnswer, ModelAnswerInvalid, Question
from agents.prompts import opening_task
from agents.questions import ask_about
from agents.tools import Gap, draft_of, read_call
from agents.wording import bounded, code_reply
from domain.conversation.turn import Draft, Turn
from domain.trip.outcomes import TripOutcome
from domain.trip.requests import TripRequest

OPENING_SECONDS = 8.0
DID_NOTHING = (
    "With this message I have booked, changed and cancelled nothing. I can book trips, flights, hotels and hire cars;"
    " how your earlier trips stand is told by their status."
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BookTrips:
    """Start a saga for each request, in order."""

    requests: tuple[TripRequest, ...]


@dataclass(frozen=True)
class Say:
    """Book nothing and say this. `draft` is what the next message may complete."""

    reply: str
    draft: Draft | None = None


Decision = BookTrips | Say


class TravelAgent:
    """The agent that talks with the traveller."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def decide(self, message: str, history: Sequence[Turn], today: date) -> Decision:
        """What to do about a message. `history` is oldest first, its last 20 turns count; `today` is the UTC date.

        Raises `ModelUnavailable` or `ModelAnswerInvalid`; then nothing may be booked.
        """
        answer = await self._model.choose(Question(message, tuple(history)[-MOST_HISTORY:], today))
        if answer.calls:
            return _judge_calls(answer, today)
        if not answer.text.strip():
            raise ModelAnswerInvalid("The model gave an empty answer; nothing was booked.")
        if not acceptable_talk(answer.text):
            _log.warning("talk_worded_by_code")
            return Say(DID_NOTHING, answer.draft)
        return Say(bounded(answer.text), answer.draft)

    async def word_reply(self, message: str, outcomes: Sequence[TripOutcome], requests: Sequence[TripRequest]) -> str:
        """The reply once every trip has ended or parked; `requests` stand in the order of `outcomes`.

        Never raises: the facts are code's own words, and a model's opening sentence is put before them only if it
        came in time and passed the checks.
        """
        facts = code_reply(outcomes, requests)
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                opening = (await self._model.word(opening_task(message, facts))).strip()
        except Exception as error:  # whatever the model does, what was booked is told
            _log.warning("reply_worded_by_code reason=%s", type(error).__name__)
            return facts
        fit = acceptable_opening(opening, facts, {outcome.status for outcome in outcomes})
        return f"{opening}\n\n{facts}" if fit else facts


def _judge_calls(answer: ModelAnswer, today: date) -> Decision:
    if len(answer.calls) > MOST_CALLS:
        raise ModelAnswerInvalid(f"The model called more than {MOST_CALLS} tools at once; nothing was booked.")
    read = [read_call(call, today) for call in answer.calls]
    gaps = [each for each in read if isinstance(each, Gap)]
    ready = [each for each in read if isinstance(each, TripRequest)]
    if not gaps:
        return BookTrips(tuple(ready))
    first, *others = [*(gap.draft for gap in gaps), *(draft_of(request) for request in ready)]
    return Say(ask_about(gaps), first.model_copy(update={"also": tuple(others)}))
