"""The rules of quotes that all stores share. Each returns the quote as it is to be stored."""

from domain.quotes.offer import Offer
from domain.quotes.quote import Quote, QuoteEnd


def with_offer(quote: Quote, offer: Offer) -> Quote:
    """Add the offer if it is the next round of a quote that is still asked about."""
    is_next = offer.round == len(quote.offers) + 1
    if quote.end or quote.trips or not is_next:
        return quote
    return quote.model_copy(update={"offers": (*quote.offers, offer)})


def approved(quote: Quote, trips: tuple[str, ...]) -> Quote:
    """Note the trips, unless there are some or the quote has ended."""
    if quote.end or quote.trips:
        return quote
    return quote.model_copy(update={"trips": trips})


def ended(quote: Quote, how: QuoteEnd) -> Quote:
    """Note the end, unless there is one. What its traveller has agreed to is not withdrawn any more."""
    if quote.end or (how == "withdrawn" and quote.trips):
        return quote
    return quote.model_copy(update={"end": how})
