"""What the offline model answers to a message: calls of tools, or a text and perhaps an unfinished request."""

from collections.abc import Sequence

from agents.model import MOST_CALLS, ModelAnswer, Question
from agents.offline.followup import complete, declines, merge
from agents.offline.replies import DROPPED, reply_to
from agents.offline.wanted import Message, Wanted, wanted_in
from agents.tools import call_of
from domain.conversation import Draft

_LONGEST_MESSAGE = 4000
_TOO_MANY = f"That is more than I can book at once: at most {MOST_CALLS} things in one message. Nothing is booked yet."


def read(question: Question) -> ModelAnswer:
    """Answer one message; the unfinished request of the turn before, if any, is completed, replaced or dropped."""
    message = Message(question.message[:_LONGEST_MESSAGE], question.today)
    wanted = wanted_in(message)
    if question.draft:
        return _answer_to_draft(message, wanted, question.draft)
    return _answer(wanted) if wanted else ModelAnswer(text=reply_to(message))


def _answer(wanted: Sequence[Wanted]) -> ModelAnswer:
    if len(wanted) > MOST_CALLS:
        return ModelAnswer(text=_TOO_MANY)
    drafts = [Draft(tool=each.tool, arguments=each.arguments()) for each in wanted]
    unclear = next((each for each in wanted if each.several_places or each.unclear_day), None)
    if unclear is None:
        return ModelAnswer(calls=tuple(map(call_of, drafts)))
    return ModelAnswer(text=_ask(unclear), draft=_one_draft([_without_doubt(each) for each in wanted]))


def _ask(unclear: Wanted) -> str:
    if unclear.several_places:
        places = " or ".join(unclear.several_places)
        return f"I can book one place at a time. Which shall it be first: {places}? Nothing is booked yet."
    return "Which day exactly? Please write it like 2027-05-03, or 3 May 2027. Nothing is booked yet."


def _without_doubt(wanted: Wanted) -> Draft:
    arguments = wanted.arguments()
    if wanted.several_places:
        arguments.pop("destination", None)
    return Draft(tool=wanted.tool, arguments=arguments)


def _one_draft(drafts: Sequence[Draft]) -> Draft:
    first, *others = drafts
    return first.model_copy(update={"also": tuple(others)})


def _answer_to_draft(message: Message, wanted: Sequence[Wanted], draft: Draft) -> ModelAnswer:
    if wanted and not _is_answer(wanted, draft):
        same = [merge(each, draft) if each.tool == draft.tool and not draft.also else each for each in wanted]
        return _answer(same)
    if declines(message):
        return ModelAnswer(text=f"{DROPPED} Tell me when you want a trip, flight, hotel or hire car.")
    if any(clause.form in ("question", "price", "cannot") for clause in message.clauses) and not wanted:
        return ModelAnswer(text=f"{reply_to(message)} Your request still waits for what I asked.", draft=draft)
    completion = complete(message, draft)
    return ModelAnswer(calls=tuple(map(call_of, completion.drafts)))


def _is_answer(wanted: Sequence[Wanted], draft: Draft) -> bool:
    """`I want to go to Lisbon` after `Where would you like to go?` answers; it is no request of its own."""
    return len(wanted) == 1 and wanted[0].tool == "book_travel" and draft.tool != "book_travel"
