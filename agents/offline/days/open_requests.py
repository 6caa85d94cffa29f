"""The check that no model books a day that the traveller's own words leave open, such as 05/06/2027."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agents.tools import draft_of
from domain.conversation.turn import Draft, OpenDay
from domain.trip.requests import TripRequest


@dataclass(frozen=True)
class OpenRequest:
    """The question for a day, and the requests that wait for it."""

    question: str
    drafts: tuple[Draft, ...]


def open_request(message: str, requests: Sequence[TripRequest], today: date) -> OpenRequest | None:
    """Return the question about a day of the message with several readings, if a request takes one or assumes another.

    Dates in numbers are read in every language, weekdays and months in English.
    """
    # The rules take a moment to load, and a start with another model has no use for them.
    from agents.offline.days.questions import question_about_day
    from agents.offline.days.unclear import unclear_days

    for unclear in unclear_days(message, today):
        taking = [request for request in requests if request.date_assumed or request.date in unclear.readings]
        if taking:
            drafts = tuple(_draft(request, unclear.still_open() if request in taking else None) for request in requests)
            return OpenRequest(f"{question_about_day(unclear)} That is not booked yet.", drafts)
    return None


def _draft(request: TripRequest, open_day: OpenDay | None) -> Draft:
    draft = draft_of(request)
    if open_day is None:
        return draft
    arguments = {name: value for name, value in draft.arguments.items() if name != "date"}
    return draft.model_copy(update={"arguments": arguments, "open_day": open_day})
