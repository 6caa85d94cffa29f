"""The offline model's answer to a message: calls of tools, or a text and perhaps an unfinished request.

A message is cut into tokens (`tokens`), in which dates (`dates`) and lengths (`lengths`) are found; then it is cut
into clauses (`clauses`), each with a form (`forms`). Only clauses that ask for something book: commands, wishes, polite
questions and bare noun phrases. Questions, tales, ideas, refusals and second thoughts book nothing and may take back
what was asked for before. What a clause asks for are its nouns (`nouns`) with the places (`places`), lengths and dates
around them (`requests`), with what is said of travellers, origin, return and budget (`extras`). An answer to our own
question completes the unfinished request (`followup`).

The reading is deterministic, knows no list of destinations, and takes English only.
"""

from collections.abc import Sequence

from agents.model import MOST_CALLS, ModelAnswer, Question
from agents.offline.extras.arguments import with_extras
from agents.offline.followup import complete, declines, is_answer, merge, narrows, parts_of
from agents.offline.message import ParsedMessage, PartialRequest
from agents.offline.replies import DROPPED, reply_to
from agents.offline.requests import requests_in
from agents.tools import call_of
from domain.conversation.turn import Draft

_LONGEST_MESSAGE = 4000
_TOO_MANY = f"That is more than I can book at once: at most {MOST_CALLS} things in one message. Nothing is booked yet."


def read(question: Question) -> ModelAnswer:
    """Answer one message. The unfinished request of the turn before, if any, is completed, replaced or dropped."""
    message = ParsedMessage(question.message[:_LONGEST_MESSAGE], question.today)
    requests = with_extras(message, requests_in(message))
    if question.draft:
        return _answer_to_draft(message, requests, question.draft)
    return _propose(requests) if requests else ModelAnswer(text=reply_to(message))


def _propose(requests: Sequence[PartialRequest]) -> ModelAnswer:
    """Call the tools, or ask about the first request that is unclear."""
    if len(requests) > MOST_CALLS:
        return ModelAnswer(text=_TOO_MANY)
    unclear = next((request for request in requests if request.several_places or request.unclear_day), None)
    if unclear is None:
        drafts = _without_repeats([Draft(tool=request.tool, arguments=request.arguments()) for request in requests])
        return ModelAnswer(calls=tuple(map(call_of, drafts)))
    first, *others = map(_without_doubt, requests)
    return ModelAnswer(text=_ask(unclear), draft=first.model_copy(update={"also": tuple(others)}))


def _without_repeats(drafts: Sequence[Draft]) -> list[Draft]:
    # Somebody who names the hotel twice in one message wants one hotel.
    return [draft for number, draft in enumerate(drafts) if draft not in drafts[:number]]


def _ask(unclear: PartialRequest) -> str:
    if unclear.several_places:
        return _which_place(unclear.several_places)
    return "Which day exactly? Please write it like 2027-05-03, or 3 May 2027. Nothing is booked yet."


def _which_place(places: Sequence[str]) -> str:
    return f"I can book one place at a time. Which shall it be first: {' or '.join(places)}? Nothing is booked yet."


def _without_doubt(request: PartialRequest) -> Draft:
    arguments = request.arguments()
    if request.several_places:
        arguments.pop("destination", None)
    return Draft(tool=request.tool, arguments=arguments)


def _answer_to_draft(message: ParsedMessage, requests: Sequence[PartialRequest], draft: Draft) -> ModelAnswer:
    if requests and not is_answer(message, requests, draft):
        goes_on = not draft.also and (requests[0].tool == draft.tool or narrows(message))
        return _propose([merge(request, draft) for request in requests] if goes_on else requests)
    if declines(message):
        return ModelAnswer(text=f"{DROPPED} Tell me when you want a trip, flight, hotel or hire car.")
    completion = complete(message, draft)
    if len(completion.places) > 1:
        return ModelAnswer(text=_which_place(completion.places), draft=draft)
    asks = any(clause.form in ("question", "price", "cannot") for clause in message.clauses)
    # The draft is left as it was, so the message was a question of the traveller and no answer to ours.
    if asks and completion.drafts == parts_of(draft):
        return ModelAnswer(text=f"{reply_to(message)} Your request still waits for what I asked.", draft=draft)
    return ModelAnswer(calls=tuple(map(call_of, completion.drafts)))
