"""A change of an offer that its traveller has asked for in words."""

from collections.abc import Sequence

from activities.services import ActivityServices
from agents.model import ModelAnswerInvalid
from agents.tools import draft_of
from agents.travel_agent import BookTrips
from domain.conversation.turn import Draft, Turn
from domain.quotes.offer import Offer
from domain.trip.requests import TripRequest


async def revised(services: ActivityServices, offer: Offer, note: str) -> tuple[TripRequest, ...] | None:
    """Return the requests as the note changes them, None if it does not say so clearly. Raise `ModelUnavailable`."""
    now = services.clock()
    # The agent reads the note as the answer to a question about the offer, as it would in a conversation.
    asked = Turn(
        conversation=offer.quote,
        number=1,
        attempt=1,
        state="done",
        message="",
        reply="What would you like to change?",
        draft=draft_of_all(offer.requests),
        created=now,
    )
    try:
        decision = await services.travel_agent.decide(note, [asked], now.date())
    except ModelAnswerInvalid:
        return None
    if not isinstance(decision, BookTrips):
        return None
    # An agent that understands nothing may still complete what it was given.
    return decision.requests if decision.requests != offer.requests else None


def draft_of_all(requests: Sequence[TripRequest]) -> Draft:
    """Return several complete requests as one draft."""
    first, *others = map(draft_of, requests)
    return first.model_copy(update={"also": tuple(others)})
