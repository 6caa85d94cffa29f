"""Code's words about quotes: prices, terms, and the question that only a clear yes or no answers."""

from collections.abc import Sequence
from datetime import datetime

from agents.wording import day_in_words, thing_in_words
from domain.components import COMPONENTS
from domain.quotes.offer import Offer, OfferLine
from domain.trip.requests import DAYS_AHEAD_BY_DEFAULT, TripRequest

QUESTION = "Nothing is booked yet. Shall I book it at this price? Please answer yes or no."
DECLINED = "All right, I book nothing, and nothing is charged. Tell me when you want another price."
ANSWERED_BEFORE = "That price was answered before, so nothing new is booked. Ask for the price again if you like."
NO_PRICE = (
    "A company has not named its price in time, so I could not check what this would cost. Nothing was booked or"
    " charged. Send the message again in a moment."
)
_PRICE_CHANGED = "The price is no longer the one that you agreed to. This is the present one."
_LIMITS = "You said {limits}: please compare, since a company's price is fixed and I cannot look for a cheaper one."
_UNCLEAR = "I could not make out what to change, so this is the price of the same as before."


def quote_words(offer: Offer, limits: Sequence[str] = ()) -> str:
    """Return the offer for its traveller to agree to: what is priced, each price, the total, the terms, the question.

    `limits` are the traveller's own words about what it may cost. Nothing has been booked.
    """
    paragraphs = [_UNCLEAR] if offer.note_unclear else []
    for item, request in enumerate(offer.requests):
        paragraphs.append(_request_words(request, offer.lines_of(item)))
    total = f"In total {offer.total}. " if len(offer.lines) > 1 else ""
    paragraphs.append(f"{total}{_terms(offer)}")
    if limits:
        paragraphs.append(_LIMITS.format(limits=" and ".join(f"“{words}”" for words in limits)))
    paragraphs.append(QUESTION)
    return "\n\n".join(paragraphs)


def changed_price_words(offer: Offer) -> str:
    """Return the offer that follows one whose price was not the agreed one any more."""
    return f"{_PRICE_CHANGED}\n\n{quote_words(offer)}"


def reminder(offer: Offer) -> str:
    """Return the question about an offer once more, after a reply to something else."""
    things = " and ".join(thing_in_words(request).rstrip(",") for request in offer.requests)
    return f"The price of the {things} stays {offer.total}. {QUESTION}"


def _request_words(request: TripRequest, lines: tuple[OfferLine, ...]) -> str:
    title = thing_in_words(request).rstrip(",")
    assumed = f" (you named no date, so I assumed one {DAYS_AHEAD_BY_DEFAULT} days ahead)"
    day = f"{day_in_words(request.date)}{assumed if request.date_assumed else ''}"
    if len(lines) == 1:
        return f"The {title} on {day} costs {lines[0].price}."
    prices = [f"- {COMPONENTS[line.kind].noun.capitalize()}: {line.price}" for line in lines]
    return "\n".join([f"The {title} on {day}:", *prices])


def _terms(offer: Offer) -> str:
    fee = offer.cancel_fee
    cancelling = f"Cancelling it later would cost {fee}." if fee.minor else "It can be cancelled later at no cost."
    return f"{cancelling} The price is good until {_moment(offer.expires)}."


def _moment(at: datetime) -> str:
    return f"{day_in_words(at.date())}, {at:%H:%M} UTC"
