"""Days of a message that have several readings, for a check of what any model makes of them."""

from collections.abc import Iterator
from datetime import date

from agents.offline.dates import find_dates
from agents.offline.days.stays import UnclearDay
from agents.offline.tokens import tokenise

_LONGEST_MESSAGE = 4000


def unclear_days(message: str, today: date) -> Iterator[UnclearDay]:
    """Yield the days that may still come and that the message leaves open, with their readings."""
    for span in find_dates(tokenise(message[:_LONGEST_MESSAGE]), today):
        if span.doubt and span.readings and max(span.readings) >= today:
            yield UnclearDay(span.doubt, span.words, span.readings)
