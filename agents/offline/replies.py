"""The offline model's words when it books nothing."""

import re
from collections.abc import Sequence

from agents.offline.afterwards import Afterwards, AskAbout, BookAgain, CancelBooking, ChangeBooking
from agents.offline.message import ParsedMessage
from agents.offline.words.reply_words import CAN as _CAN
from agents.offline.words.reply_words import DROPPED, HOW_TO_ASK, TOPICS
from domain.conversation.turn import Turn

_MOST_TRIPS = 5
_BY_ID = {
    "cancel": "Cancel a trip by its id (DELETE trips/ID/cancel; cancel-terms names the cost first).",
    "change": "Change a trip by its id (PUT trips/ID/modify).",
}
_THANKS = re.compile(r"\b(?:thanks?|thank you|cheers|thx)\b")
_GREETING = re.compile(r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|howdy|greetings)\b")


def reply_to(message: ParsedMessage, *, after_booking: bool) -> str:
    """Return a text that books nothing and says what can be asked for.

    After a booking it never says that nothing was booked: it speaks of new bookings only.
    """
    text = _reply_to(message)
    return text.replace("I have booked nothing", "I have made no new booking") if after_booking else text


def reply_about_booking(intent: Afterwards, history: Sequence[Turn]) -> str:
    """Return a text about what was booked: where it can be seen, cancelled or changed."""
    trips = [call.trip for turn in history for call in turn.calls][-_MOST_TRIPS:]
    status = ", ".join(f"/api/travel-status/{trip}" for trip in trips)
    match intent:
        case AskAbout():
            return f"The reply to your booking says what was booked. How it is now is under {status}."
        case CancelBooking():
            return f"I can't cancel a booking from here, so it is as it was. {_BY_ID['cancel']} Its id is in {status}."
        case ChangeBooking():
            return f"I can't change a booking from here, so it is as it was. {_BY_ID['change']} Its id is in {status}."
        case BookAgain():
            return f"I need the whole request once more: what, where to and for how long. {HOW_TO_ASK}"


def _reply_to(message: ParsedMessage) -> str:
    plain = message.text.plain
    forms = {clause.form for clause in message.clauses}
    # The topic comes before the form: `I don't know if I need a visa` is about visas.
    for pattern, reply in TOPICS:
        if pattern.search(plain):
            return reply
    if forms & {"withdrawn", "negated"}:
        return f"{DROPPED} Tell me when you want a trip, flight, hotel or hire car."
    if "maybe" in forms:
        return f"I have booked nothing while you are thinking about it. When you are sure, just say so. {HOW_TO_ASK}"
    if _THANKS.search(plain):
        return f"You're welcome! {_CAN} whenever you like."
    if _GREETING.search(plain):
        return f"Hello! {_CAN}. {HOW_TO_ASK}"
    return f"I have booked nothing. {_CAN}: tell me where to and for how long. {HOW_TO_ASK}"
