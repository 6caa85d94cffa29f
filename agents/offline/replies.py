"""The offline model's words when it books nothing."""

import re

from agents.offline.message import ParsedMessage
from agents.trade_words import THINGS

HOW_TO_ASK = (
    'For example: "Book a trip to Lisbon for 5 nights", "a flight to Oslo next Friday" '
    'or "a hotel in Rome for 3 nights".'
)
_CAN = f"I can book {THINGS}"

DROPPED = "All right, I book nothing."
# The order matters where a message has words of two topics: cancelling a train trip is about cancelling.
_TOPICS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), reply)
    for pattern, reply in (
        (
            r"cancel\w*|refund\w*",
            f"I can't cancel or refund a booking from here. Nothing has been changed. Cancel a trip by its id "
            f"(DELETE trips/ID/cancel; cancel-terms tells the cost first). {_CAN}.",
        ),
        (
            r"change (?!of|my mind|our)\w*|modify|amend|reschedul\w+|postpone|rebook|move my|move our|"
            r"extend|shorten|upgrade|switch",
            f"I can't change a booking from here. Nothing has been changed. Change a trip by its id "
            f"(PUT trips/ID/modify). {_CAN}.",
        ),
        (
            r"how much|costs?|price[sd]?|pricing|fares?|rates?|cheap(?:er|est)?|expensive|quotes?|budget",
            f"I can't look up prices without booking, so I have booked nothing. {_CAN}; the reply names "
            f"what each costs.",
        ),
        (
            r"weather|rain\w*|sunny|temperature|forecast|warm|cold|snow\w*|hot",
            f"I don't know about the weather. {_CAN}.",
        ),
        (r"visas?|passports?|vaccin\w+|immigration", f"I can't help with visas or entry rules. {_CAN}."),
        (
            r"restaurants?|food|eat|dinner|lunch|table|museums?|sights?|things to do|beach(?:es)?",
            f"I can't help with restaurants or sights. {_CAN}.",
        ),
        (
            r"trains?|bus(?:es)?|coach|ferry|ferries|cruises?|taxi|boat|insurance|concert|theatre|theater|"
            r"airbnb|apartments?|villa",
            f"I can't book that. {_CAN}, nothing else.",
        ),
        (
            r"do you have|have you got|are there|is there|available|availability|vacanc\w+|any (?:hotels?|"
            r"flights?|rooms?|cars?)|when does|what time",
            f"I can't look up what is available without booking, so I have booked nothing. {_CAN}.",
        ),
        (
            r"same again|book it again|again",
            f"I need the whole request again: what, where to and for how long. {HOW_TO_ASK}",
        ),
    )
)
_THANKS = re.compile(r"\b(?:thanks?|thank you|cheers|thx)\b")
_GREETING = re.compile(r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|howdy|greetings)\b")


def reply_to(message: ParsedMessage) -> str:
    """Return a text that books nothing and says what can be asked for."""
    plain = message.text.plain
    forms = {clause.form for clause in message.clauses}
    # The topic comes before the form: `I don't know if I need a visa` is about visas.
    for pattern, reply in _TOPICS:
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
