"""The texts of the offline model by topic, with the words by which a topic is known."""

import re

from agents.trade_words import THINGS

HOW_TO_ASK = (
    'For example: "Book a trip to Lisbon for 5 nights", "a flight to Oslo next Friday" '
    'or "a hotel in Rome for 3 nights".'
)
CAN = f"I can book {THINGS}"

DROPPED = "All right, I leave that."
# The order matters where a message has words of two topics: cancelling a train trip is about cancelling.
TOPICS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), reply)
    for pattern, reply in (
        (
            r"cancel\w*|refund\w*",
            f"I can't cancel or refund a booking from here. Nothing has been changed. Cancel a trip by its id "
            f"(DELETE trips/ID/cancel; cancel-terms tells the cost first). {CAN}.",
        ),
        (
            r"change (?!of|my mind|our)\w*|modify|amend|reschedul\w+|postpone|rebook|move my|move our|"
            r"extend|shorten|upgrade|switch",
            f"I can't change a booking from here. Nothing has been changed. Change a trip by its id "
            f"(PUT trips/ID/modify). {CAN}.",
        ),
        (
            r"search|find|look(?:ing)? (?:for|up|at)|compare|comparison|list|browse|browsing|show me|recommend\w*|"
            r"options|see (?:\w+ ){0,3}(?:flights|hotels|cars|trips)",
            f"I can't search, list or compare what there is, so I have booked nothing. {CAN}, "
            f"one that you name by place, length and date; the reply says what it is and what it costs. {HOW_TO_ASK}",
        ),
        (
            r"how much|costs?|price[sd]?|pricing|fares?|rates?|cheap(?:er|est)?|expensive|quotes?|budget",
            f"I can't look up prices without booking, so I have booked nothing. {CAN}; the reply names "
            f"what each costs.",
        ),
        (
            r"weather|rain\w*|sunny|temperature|forecast|warm|cold|snow\w*|hot",
            f"I don't know about the weather. {CAN}.",
        ),
        (r"visas?|passports?|vaccin\w+|immigration", f"I can't help with visas or entry rules. {CAN}."),
        (
            r"restaurants?|food|eat|dinner|lunch|table|museums?|sights?|things to do|beach(?:es)?",
            f"I can't help with restaurants or sights. {CAN}.",
        ),
        (
            r"trains?|bus(?:es)?|coach|ferry|ferries|cruises?|taxi|boat|insurance|concert|theatre|theater|"
            r"tickets?|match|opera|tours?|bikes?|boats?|babysitter|parking|massage|flowers",
            f"I can't book that. {CAN}, nothing else.",
        ),
        (
            r"do you have|have you got|are there|is there|available|availability|vacanc\w+|any (?:hotels?|"
            r"flights?|rooms?|cars?)|when does|what time",
            f"I can't look up what is available without booking, so I have booked nothing. {CAN}.",
        ),
        (
            r"same again|book it again|again",
            f"I need the whole request again: what, where to and for how long. {HOW_TO_ASK}",
        ),
    )
)
