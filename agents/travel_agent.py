"""TravelAgent: from a traveller's sentence to validated requests, and from outcomes to a reply.

The model proposes and this code decides: nothing of an answer is booked unless all of it is valid.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from agents.checks import DID_NOTHING, acceptable_opening, acceptable_talk
from agents.condition_questions import DROPPED_REQUEST, ask_about_conditions
from agents.meaning.conditions_said import conditions_that_count, draft_with_conditions
from agents.meaning.consent import consent_in
from agents.model import MOST_CALLS, MOST_HISTORY, Model, ModelAnswer, ModelAnswerInvalid, Question, ToolCall
from agents.offline.days.open_requests import open_request
from agents.prompts import opening_task
from agents.questions import ask_about
from agents.tools import Gap, call_of, draft_of, read_call
from agents.trade_words import THINGS
from agents.wording import LONGEST_REPLY, NOTHING_DONE, bounded, code_reply, with_nothing_done
from domain.conversation.conditions import Condition
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

    @property
    def limits(self) -> tuple[str, ...]:
        """No words about what it may cost: with such words it would be priced first."""
        return ()


@dataclass(frozen=True)
class PriceTrips:
    """The decision to name the price of each request before anything is booked.

    `conditions` are those of the traveller that a price answers: a budget, or the wish to hear the price first.
    """

    requests: tuple[TripRequest, ...]
    conditions: tuple[Condition, ...] = ()

    @property
    def limits(self) -> tuple[str, ...]:
        """The traveller's own words about what it may cost."""
        return tuple(condition.words for condition in self.conditions if condition.kind == "budget")


@dataclass(frozen=True)
class Say:
    """The decision to book nothing and say something. `draft` is a request that the next message may complete.

    `conditions` are the reasons why it is not booked, or not yet.
    """

    reply: str
    draft: Draft | None = None
    conditions: tuple[Condition, ...] = ()


Decision = BookTrips | PriceTrips | Say


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
        question = Question(message, recent, today)
        answered = _decide_by_consent(question)
        if answered:
            return answered
        proposal = await self._model.choose(question)
        if proposal.calls:
            conditions = conditions_that_count(question, proposal)
            return _judge_calls(proposal.calls, conditions, question)
        return _talk(question, proposal)

    def price(self, asked: Draft, today: date) -> PriceTrips | Say:
        """Return the decision about a request whose price was asked for with a tool's arguments and no message.

        Raise `ModelAnswerInvalid` if these do not fit the tool.
        """
        match read_call(call_of(asked), today):
            case Gap() as gap:
                return Say(ask_about([gap]), gap.draft)
            case TripRequest() as request:
                return PriceTrips((request,))

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


def _decide_by_consent(question: Question) -> Decision | None:
    """Return the decision where the message says yes or no to going on without the conditions; None if neither.

    No model is asked: it is code that reads consent, and what is booked is the request as the traveller was shown it.
    """
    draft = question.draft
    if draft is None or not _waits_for_consent(draft):
        return None
    match consent_in(question.message, "going on without"):
        case "yes":
            calls = list(map(call_of, (draft, *draft.also)))
            return _judge_calls(calls, _about_price(draft.conditions), question)
        case "no":
            return Say(DROPPED_REQUEST)
        case "neither":
            return None


def _talk(question: Question, proposal: ModelAnswer) -> Say:
    """Return what is said in place of a booking, in the model's words if they pass the checks."""
    text = proposal.text
    if not text.strip():
        raise ModelAnswerInvalid("The model gave an empty answer; nothing was booked.")
    if proposal.is_code_text:
        return _asked_again(Say(bounded(text), _with_conditions(question, proposal)), question.today)
    # A model keeps no draft, and with the draft the conditions would be lost.
    draft = proposal.draft or draft_with_conditions(question)
    # What is checked is what will be shown: cut, and without letters that do not show.
    words = with_nothing_done(text)
    if not acceptable_talk(words.removesuffix(NOTHING_DONE)):
        _log.warning("talk_worded_by_code")
        words = _ABOUT_ITSELF
    return _asked_again(Say(words, draft), question.today)


def _with_conditions(question: Question, proposal: ModelAnswer) -> Draft | None:
    """Return the request that waits for an answer, with the conditions that were said beside it."""
    draft = proposal.draft
    if draft is None or draft == question.draft:
        return draft
    return draft.model_copy(update={"conditions": conditions_that_count(question, proposal)})


def _waits_for_consent(draft: Draft) -> bool:
    """Return whether a yes books the request; not while one of its days is open, since none may be assumed for it."""
    return draft.conditions_asked and not any(part.open_day for part in (draft, *draft.also))


def _asked_again(said: Say, today: date) -> Say:
    """Return the reply with the open question about conditions after it, since only a yes to that question counts."""
    draft = said.draft
    if draft is None or not _waits_for_consent(draft):
        return said
    readings = [read_call(call_of(part), today) for part in (draft, *draft.also)]
    requests = [reading for reading in readings if isinstance(reading, TripRequest)]
    question = ask_about_conditions(draft.conditions, requests)
    return replace(said, reply=f"{bounded(said.reply, LONGEST_REPLY // 2)}\n\n{question}", conditions=draft.conditions)


def _judge_calls(calls: Sequence[ToolCall], conditions: tuple[Condition, ...], question: Question) -> Decision:
    if len(calls) > MOST_CALLS:
        raise ModelAnswerInvalid(f"The model called more than {MOST_CALLS} tools at once; nothing was booked.")
    gaps: list[Gap] = []
    requests: list[TripRequest] = []
    for call in calls:
        match read_call(call, question.today):
            case Gap() as gap:
                gaps.append(gap)
            case TripRequest() as request:
                requests.append(request)
    # One question delays them all: the traveller asked for these things together.
    if gaps:
        drafts = [*(gap.draft for gap in gaps), *map(draft_of, requests)]
        return Say(ask_about(gaps), _waiting(drafts, conditions), conditions)
    return _judge_requests(_book_once(requests), conditions, question)


def _judge_requests(booking: BookTrips, conditions: tuple[Condition, ...], question: Question) -> Decision:
    """Return the decision about complete requests: first their day has to be clear, then what no tool can keep."""
    open_days = open_request(question.message, booking.requests, question.today)
    if open_days:
        return Say(open_days.question, _waiting(open_days.drafts, conditions), conditions)
    if _about_price(conditions) == conditions:
        budgets = tuple(_budget_in(request) for request in booking.requests if request.budget)
        # The traveller's own words say more than the amount that a model read from them.
        asked = conditions or budgets
        return PriceTrips(booking.requests, asked) if asked else booking
    draft = _waiting(list(map(draft_of, booking.requests)), conditions)
    asked = draft.model_copy(update={"conditions_asked": True})
    return Say(ask_about_conditions(conditions, booking.requests), asked, conditions)


def _waiting(drafts: Sequence[Draft], conditions: tuple[Condition, ...]) -> Draft:
    first, *others = drafts
    return first.model_copy(update={"also": tuple(others), "conditions": conditions})


def _budget_in(request: TripRequest) -> Condition:
    return Condition(kind="budget", topic="budget", words=str(request.budget))


def _about_price(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Return the conditions that a price answers, so that the traveller can judge for themselves."""
    return tuple(condition for condition in conditions if condition.kind != "condition")


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
