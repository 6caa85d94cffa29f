"""The questions about optional arguments that cannot be booked as they were said, in code's own words."""

from agents.extras import Doubt, Extra, Reason
from domain.budget import SUPPLIERS_CURRENCY
from domain.shape import MOST_TRAVELLERS

_TOTAL = f"Please name it as the total of all, in {SUPPLIERS_CURRENCY}, such as 900 {SUPPLIERS_CURRENCY}."
_PARTY = (
    f"I can book for 1 to {MOST_TRAVELLERS} travellers at once: a room for two of them, a car for up to five. "
    "For how many shall it be?"
)
_QUESTIONS: dict[tuple[Extra, Reason], str] = {
    ("travellers", "too_many"): _PARTY,
    ("travellers", "too_few"): _PARTY,
    ("origin", "unclear"): "Where would you like to start from?",
    ("origin", "same_place"): "Start and destination are both {said}. Where would you like to start from?",
    ("return_date", "open"): "On which day would you like to fly back?",
    ("return_date", "no_first_day"): "The flight back would be on {said}. On which day would you like to fly out?",
    ("return_date", "no_such_day"): "There is no such day as {said}. On which day would you like to come back?",
    (
        "return_date",
        "not_after",
    ): "You would come back on {said}, which is not after the first day. Which day shall it be?",
    (
        "return_date",
        "too_far",
    ): "{said} is too far ahead: I can book up to two years from today. Which day shall it be?",
    (
        "return_date",
        "contradiction",
    ): "The length and the days do not agree: the last day would not be {said}. Which day shall it be?",
    ("budget", "unclear"): f"I can't read the budget. {_TOTAL} What is it?",
    ("budget", "currency"): f"The suppliers name their prices in {SUPPLIERS_CURRENCY} only. {_TOTAL} What is it?",
    ("budget", "per_unit"): f"I can't keep to a price by the night, day or person. {_TOTAL} What is it?",
}


def question_about(doubt: Doubt) -> str:
    """Return the question for one doubt."""
    return _QUESTIONS[doubt.what, doubt.reason].format(said=doubt.said)
