"""TravelAgent: from a traveller's sentence to validated requests, and from outcomes to a reply.

The model proposes and this code decides: nothing of an answer is booked unless all of it is valid.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from agents.checks import DID_NOTHING, acceptable_opening, acceptable_talk
from agents.model import MOST_CALLS, MOST_HISTORY, Model, ModelAnswerInvalid, Question, ToolCall
from agents.prompts import opening_task
from agents.questions import ask_about
from agents.tools import Gap, draft_of, read_call
from agents.trade_words import THINGS
from agents.wording import NOTHING_DONE, bounded, code_reply, with_nothing_done
from domain.conversation.turn import Draft, Turn
from domain.trip.outcomes import TripOutcome, TripStatus
from domain.trip.requests import TripRequest

OPENING_SECONDS = 8.0
_ABOUT_ITSELF = f"{NOTHING_DONE} I can book {THINGS}; how your earlier trips stand is told by their status."
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BookTrips:
    """The decision to start a saga for each request, in order. `repeated` are those that the model made again."""

    requests: tuple[TripRequest, ...]
    repeated: tuple[TripRequest, ...] = ()


@dataclass(frozen=True)
class Say:
    """The decision to book nothing and say something. `draft` is a request that the next message may complete."""

    reply: str
    draft: Draft | None = None


Decision = BookTrips | Say


class TravelAgent:
    """The agent that talks with the traveller."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def decide(self, message: str, history: Sequence[Turn], today: date) -> Decision:
        """Decide what to do about a message.

        `history` is oldest first and its last 20 turns count; `today` is the UTC date. Nothing may be booked when
        `ModelUnavailable` or `ModelAnswerInvalid` is raised.
        """
        recent = tuple(history)[-MOST_HISTORY:]
        proposal = await self._model.choose(Question(message, recent, today))
        if proposal.calls:
            return _judge_calls(proposal.calls, today)
        text = proposal.text
        if not text.strip():
            raise ModelAnswerInvalid("The model gave an empty answer; nothing was booked.")
        if proposal.is_code_text:
            return Say(bounded(text), proposal.draft)
        # What is checked is what will be shown: cut, and without letters that do not show.
        words = with_nothing_done(text)
        if acceptable_talk(words.removesuffix(NOTHING_DONE)):
            return Say(words, proposal.draft)
        _log.warning("talk_worded_by_code")
        return Say(_ABOUT_ITSELF, proposal.draft)

    async def word_reply(
        self,
        message: str,
        outcomes: Sequence[TripOutcome],
        requests: Sequence[TripRequest],
        repeated: Collection[TripRequest] = (),
    ) -> str:
        """Return the reply once every trip has ended or parked; `requests` are in the order of `outcomes`.

        Never raises. The facts are code's own words, and a model's opening sentence is put before them only if it came
        in time and passed the checks. After them it asks about requests that were `repeated`. Where no trip was booked,
        a reply with words of the model ends with the line that nothing was done.
        """
        facts = code_reply(outcomes, requests, repeated)
        task = opening_task(message, facts)
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                opening = (await self._model.word(task)).strip()
        except Exception as error:
            # The traveller has to learn what was booked, whatever the model does.
            _log.warning("reply_worded_by_code reason=%s", type(error).__name__)
            return facts
        statuses: set[TripStatus] = {outcome.status for outcome in outcomes}
        if not acceptable_opening(opening, facts, statuses):
            return facts
        reply = f"{opening}\n\n{facts}"
        return f"{reply}\n\n{NOTHING_DONE}" if statuses <= DID_NOTHING else reply


def _judge_calls(calls: Sequence[ToolCall], today: date) -> Decision:
    if len(calls) > MOST_CALLS:
        raise ModelAnswerInvalid(f"The model called more than {MOST_CALLS} tools at once; nothing was booked.")
    gaps: list[Gap] = []
    requests: list[TripRequest] = []
    for call in calls:
        match read_call(call, today):
            case Gap() as gap:
                gaps.append(gap)
            case TripRequest() as request:
                requests.append(request)
    if not gaps:
        return _book_once(requests)
    # One question delays them all: the traveller asked for these things together.
    first, *others = [gap.draft for gap in gaps] + [draft_of(request) for request in requests]
    draft = first.model_copy(update={"also": tuple(others)})
    return Say(ask_about(gaps), draft)


def _book_once(requests: Sequence[TripRequest]) -> BookTrips:
    """Book equal requests once: a model that repeats itself is likelier than a traveller who wants two of a kind."""
    first_of_kind: dict[TripRequest, TripRequest] = {}
    repeated: dict[TripRequest, None] = {}
    for request in requests:
        first = first_of_kind.setdefault(_essence(request), request)
        if first is not request:
            repeated[first] = None
    return BookTrips(tuple(first_of_kind.values()), tuple(repeated))


def _essence(request: TripRequest) -> TripRequest:
    # The same day is the same wish, whether it was named or assumed, and so is a name in other letters.
    origin = request.origin and request.origin.casefold()
    names = {"destination": request.destination.casefold(), "origin": origin}
    return request.model_copy(update={**names, "date_assumed": False})
