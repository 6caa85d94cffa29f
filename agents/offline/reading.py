"""The offline model's answer to a message: calls of tools, or a text and perhaps an unfinished request.

A message is cut into tokens (`tokens`), in which dates (`dates`) and lengths (`lengths`) are found; then it is cut
into clauses (`clauses`), each with a form (`forms`). Only clauses that ask for something book: commands, wishes, polite
questions and bare noun phrases. Questions, tales, ideas, refusals and second thoughts book nothing and may take back
what was asked for before. What a clause asks for are its nouns (`nouns`) with the places (`places`), lengths and dates
around them (`requests`), with what is said of travellers, origin, return and budget (`extras`). An answer to our own
question completes the unfinished request (`followup`).

The reading is deterministic and takes English only. A name counts where the grammar expects a place and a place of that
name exists (`agents.places`). After the surest words, such as `to`, another name counts too, and is asked about.
"""

from collections.abc import Sequence

from agents.meaning.own_words import own_words
from agents.model import MOST_CALLS, ModelAnswer, Question
from agents.offline.afterwards import (
    Afterwards,
    AskAbout,
    BookAgain,
    CancelBooking,
    ChangeBooking,
    afterwards_in,
    has_booked,
)
from agents.offline.days.questions import question_about_day, question_about_length
from agents.offline.days.stays import UnclearDay
from agents.offline.extras.arguments import with_extras
from agents.offline.followup import complete, declines, is_answer, merge, narrows, parts_of
from agents.offline.message import ParsedMessage, PartialRequest
from agents.offline.replies import reply_about_booking, reply_to
from agents.offline.requests import requests_in
from agents.offline.words.afterwards_words import CORRECTS
from agents.offline.words.reply_words import DROPPED, HOW_TO_ASK
from agents.tools import LENGTH_OF_TOOL, call_of
from agents.trade_words import TRADE_WORDS
from domain.conversation.turn import Draft
from domain.trip.requests import KIND_OF_TOOL

_LONGEST_MESSAGE = 4000
_TOO_MANY = f"That is more than I can book at once: at most {MOST_CALLS} things in one message. That is not booked yet."


def read(question: Question) -> ModelAnswer:
    """Answer one message. The unfinished request of the turn before, if any, is completed, replaced or dropped."""
    message = ParsedMessage(own_words(question.message[:_LONGEST_MESSAGE]), question.today)
    requests = with_extras(message, requests_in(message))
    if question.draft:
        return _answer_to_draft(question, message, requests, question.draft)
    intent = afterwards_in(message, question.history)
    if intent and not _is_new_request(message, requests, intent):
        return ModelAnswer(text=reply_about_booking(intent, question.history))
    return _propose(requests) if requests else _say(question, message)


def _is_new_request(message: ParsedMessage, requests: Sequence[PartialRequest], intent: Afterwards) -> bool:
    """Return whether a new booking is asked for, although the words may also speak of an old one."""
    orders = any(clause.form == "request" for clause in message.clauses)
    match intent:
        case CancelBooking():
            # Of two wishes, as in `cancel it and book …`, one would be dropped in silence.
            return False
        case AskAbout():
            return bool(requests) and orders
        case ChangeBooking() | BookAgain():
            names_all = any(request.destination and not request.is_only_going for request in requests)
            # `No, a flight to Bruges` mends the flight that was booked.
            return names_all and (orders or not CORRECTS.search(message.text.plain))


def _say(question: Question, message: ParsedMessage) -> ModelAnswer:
    return ModelAnswer(text=reply_to(message, after_booking=has_booked(question.history)))


def _propose(requests: Sequence[PartialRequest]) -> ModelAnswer:
    """Call the tools, or ask about the first request that is unclear."""
    if len(requests) > MOST_CALLS:
        return ModelAnswer(text=_TOO_MANY)
    unclear = next((request for request in requests if request.is_unclear), None)
    if unclear is None:
        drafts = _without_repeats([Draft(tool=request.tool, arguments=request.arguments()) for request in requests])
        return ModelAnswer(calls=tuple(map(call_of, drafts)))
    return ModelAnswer(text=_ask(unclear), draft=_together(list(map(_without_doubt, requests))))


def _without_repeats(drafts: Sequence[Draft]) -> list[Draft]:
    # Somebody who names the hotel twice in one message wants one hotel.
    return [draft for number, draft in enumerate(drafts) if draft not in drafts[:number]]


def _ask(unclear: PartialRequest) -> str:
    unit = LENGTH_OF_TOOL[unclear.tool]
    if unclear.several_places:
        return _which_place(unclear.several_places)
    if unclear.unclear_day:
        return f"{question_about_day(unclear.unclear_day)} That is not booked yet."
    if unclear.unclear_length and unit:
        return f"{question_about_length(unclear.unclear_length, unit)} That is not booked yet."
    return HOW_TO_ASK


def _which_place(places: Sequence[str]) -> str:
    return f"I can book one place at a time. Which shall it be first: {' or '.join(places)}? That is not booked yet."


def _without_doubt(request: PartialRequest) -> Draft:
    arguments = request.arguments()
    if request.several_places:
        arguments.pop("destination", None)
    unclear = request.unclear_day
    open_day = unclear.still_open() if unclear else None
    return Draft(tool=request.tool, arguments=arguments, open_day=open_day)


def _answer_to_draft(
    question: Question, message: ParsedMessage, requests: Sequence[PartialRequest], draft: Draft
) -> ModelAnswer:
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
        reply = _say(question, message).text
        return ModelAnswer(text=f"{reply} Your request still waits for what I asked.", draft=draft)
    waiting = next((part for part in completion.drafts if part.open_day), None)
    if waiting:
        asks_which = len(completion.drafts) > 1
        return ModelAnswer(text=_ask_again(waiting, asks_which=asks_which), draft=_together(completion.drafts))
    return ModelAnswer(calls=tuple(map(call_of, completion.drafts)))


def _ask_again(draft: Draft, *, asks_which: bool) -> str:
    """Return the question for a day that is still open; with `asks_which` it names the thing that needs it."""
    question = question_about_day(UnclearDay.of(draft.open_day)) if draft.open_day else ""
    words = TRADE_WORDS[KIND_OF_TOOL[draft.tool]]
    place = draft.arguments.get("destination")
    thing = f"{words.noun} {words.preposition} {place}" if place else words.noun
    lead = f"About the {thing}: " if asks_which else ""
    return f"{lead}{question} That is not booked yet."


def _together(drafts: Sequence[Draft]) -> Draft:
    first, *others = drafts
    return first.model_copy(update={"also": tuple(others)})
