"""The quotes port: quotes with their offers, and the decisions of people about them and about other things.

All calls are synchronous and may block: call them from a worker thread. Each is atomic and durable when it returns, or
raises `StorageError`. Each may be repeated: what is stored already stays and is returned.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.quotes.decisions import HumanDecision
from domain.quotes.offer import Offer
from domain.quotes.quote import Quote, QuoteEnd


class QuoteUnknownError(Exception):
    """There is no such quote. It was never made, or its traveller was forgotten."""


class HumanDecisions(Protocol):
    """The decisions of people. Each question is a subject with a round."""

    def decide(self, decision: HumanDecision) -> HumanDecision:
        """Store the decision about its round. The first one stays and is returned."""
        ...

    def decision(self, subject: str, number: int) -> HumanDecision | None:
        """Return the decision about this round, None while there is none."""
        ...


class Quotes(HumanDecisions, Protocol):
    """The port. A call about a quote that is not there raises `QuoteUnknownError`."""

    def add(self, quote: Quote) -> Quote:
        """Store a new quote. The first one of its id stays and is returned."""
        ...

    def quote(self, quote: str) -> Quote | None:
        """Return the quote, None if there is none."""
        ...

    def offer(self, quote: str, offer: Offer) -> Quote:
        """Add the offer as the round that it names, and return the quote. The first offer of a round stays.

        A quote that has ended, or whose traveller has agreed, takes no more offers.
        """
        ...

    def approve(self, quote: str, trips: tuple[str, ...]) -> Quote:
        """Note the trips that the traveller agreed to, unless the quote has ended. The first ones stay."""
        ...

    def end(self, quote: str, how: QuoteEnd, at: datetime) -> Quote:
        """Note how the quote ended, at aware UTC. The first end stays.

        A quote that its traveller has agreed to is not `withdrawn` any more: it is returned as it is.
        """
        ...

    def unfinished(self, before: datetime, limit: int) -> Sequence[Quote]:
        """Return quotes that were made before then and have not ended, oldest first."""
        ...

    def ended(self, before: datetime, limit: int) -> Sequence[Quote]:
        """Return quotes that ended before then, oldest end first."""
        ...

    def remove(self, quote: str) -> None:
        """Remove the quote with its decisions, if it is there."""
        ...
