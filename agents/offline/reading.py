"""What the offline model answers to a message: calls of tools, or a text and perhaps an unfinished request.

A message is cut into tokens (`tokens`), in which dates (`dates`) and lengths (`lengths`) are found; then it is cut
into clauses (`clauses`), each with a form (`forms`). Only clauses that ask for something book: commands, wishes, polite
questions and bare noun phrases. Questions, tales, ideas, refusals and second thoughts book nothing and may take back
what was asked for before. What a clause asks for are its nouns (`nouns`) with the places (`places`), lengths and dates
around them (`wanted`). An answer to our own question completes the unfinished request (`followup`).

It is deterministic, knows no list of destinations, and reads English only.
"""

from collections.abc import Sequence

from agents.model import MOST_CALLS, ModelAnswer, Question
from agents.offline.followup import complete, declines, is_answer, merge, narrows
from agents.offline.message import ParsedMessage, Wanted
from agents.offline.replies import DROPPED, reply_to
from agents.offline.wanted import wanted_in
from agents.tools import call_of
from domain.conversation.turn import Draft

_LONGEST_MESSAGE = 4000
_TOO_MANY = f"That is more than I can book at once: at most {MOST_CALLS} things in one message. Nothing is booked yet."


def read(question: Question) -> ModelAnswer:
    """Answer one message; the unfinished request of the turn before, if any, is completed, replaced or dropped."""
    message = ParsedMessage(question.message[:_LONGEST_MESSAGE], question.today)
    wanted = wanted_in(message)
    if question.draft:
        return _answer_to_draft(message, wanted, question.draft)
    return _answer(wanted) if wanted else ModelAnswer(text=reply_to(message))


def _answer(wanted: Sequence[Wanted]) -> ModelAnswer:
    if len(wanted) > MOST_CALLS:
        return ModelAnswer(text=_TOO_MANY)
    drafts = _without_repeats([Draft(tool=each.tool, arguments=each.arguments()) for each in wanted])
    unclear = next((each for each in wanted if each.several_places or each.unclear_day), None)
    if unclear is None:
        return ModelAnswer(calls=tuple(map(call_of, drafts)))
    return ModelAnswer(text=_ask(unclear), draft=_one_draft([_without_doubt(each) for each in wanted]))


def _without_repeats(drafts: Sequence[Draft]) -> list[Draft]:
    """Who names the hotel twice in one breath wants one hotel."""
    return [draft for number, draft in enumerate(drafts) if draft not in drafts[:number]]


def _ask(unclear: Wanted) -> str:
    if unclear.several_places:
        return _which_place(unclear.several_places)
    return "Which day exactly? Please write it like 2027-05-03, or 3 May 2027. Nothing is booked yet."


def _which_place(places: Sequence[str]) -> str:
    return f"I can book one place at a time. Which shall it be first: {' or '.join(places)}? Nothing is booked yet."


def _without_doubt(wanted: Wanted) -> Draft:
    arguments = wanted.arguments()
    if wanted.several_places:
        arguments.pop("destination", None)
    return Draft(tool=wanted.tool, arguments=arguments)


def _one_draft(drafts: Sequence[Draft]) -> Draft:
    first, *others = drafts
    return first.model_copy(update={"also": tuple(others)})


def _answer_to_draft(message: ParsedMessage, wanted: Sequence[Wanted], draft: Draft) -> ModelAnswer:
    if wanted and not is_answer(message, wanted, draft):
        alike = not draft.also and (wanted[0].tool == draft.tool or narrows(message))
        return _answer([merge(each, draft) for each in wanted] if alike else wanted)
    if declines(message):
        return ModelAnswer(text=f"{DROPPED} Tell me when you want a trip, flight, hotel or hire car.")
    completion = complete(message, draft)
    if len(completion.places) > 1:
        return ModelAnswer(text=_which_place(completion.places), draft=draft)
    asks = any(clause.form in ("question", "price", "cannot") for clause in message.clauses)
    if asks and completion.drafts == (draft.model_copy(update={"also": ()}), *draft.also):
        return ModelAnswer(text=f"{reply_to(message)} Your request still waits for what I asked.", draft=draft)
    return ModelAnswer(calls=tuple(map(call_of, completion.drafts)))
