"""The orchestrations of quotes: each is started once, and woken by a decision."""

import logging
from datetime import datetime

from api.durable_port import Durable
from api.durable_wait import has_ended
from api.threads import in_thread
from domain.components import QUOTE_APPROVAL
from domain.log_lines import quote_step
from domain.quotes.decisions import decision_event
from domain.quotes.quote import Quote, QuoteRef
from stores.opening import Stores

log = logging.getLogger(__name__)

_LONGEST_END = 5.0
"""Seconds in which an orchestration that was woken ends."""


class Approvals:
    """Starts and wakes the orchestrations of quotes, with the durable client of one request or timer."""

    def __init__(self, stores: Stores, durable: Durable) -> None:
        self._quotes = stores.quotes
        self._ledger = stores.ledger
        self._durable = durable

    async def wake(self, quote: Quote, number: int | None = None) -> None:
        """Wake the quote's orchestration for the decision about that round. Start it if it is not running.

        Raise `DurableError`.
        """
        if await self._durable.state(quote.id) == "alive":
            if number:
                await self._durable.raise_event(quote.id, decision_event(number))
            return
        if quote.end or await self._has_trip_under_way(quote):
            return
        await self._durable.start(QUOTE_APPROVAL, quote.id, QuoteRef(quote=quote.id))
        log.info("%s", quote_step(quote.id, "start", "started"))

    async def go_on(self, quote: Quote) -> None:
        """Start the quote's orchestration if it is gone. Wake it if it has not acted on a decision."""
        offer = quote.offer
        decision = await in_thread(self._quotes.decision, quote.id, offer.round) if offer else None
        await self.wake(quote, decision.round if decision else None)

    async def withdraw(self, quote: Quote, at: datetime) -> bool:
        """End a quote that nobody agreed to, and remove it with its history. `at` is aware UTC.

        Return False if its orchestration does not end in time, or its trips are not through: nothing is removed then.
        """
        ended = await in_thread(self._quotes.end, quote.id, "withdrawn", at)
        if ended.end is None:
            return False
        if offer := quote.offer:
            await self._durable.raise_event(quote.id, decision_event(offer.round))
        if not await has_ended(self._durable, quote.id, _LONGEST_END):
            return False
        await self._durable.purge(quote.id)
        await in_thread(self._quotes.remove, quote.id)
        return True

    async def _has_trip_under_way(self, quote: Quote) -> bool:
        """Return whether a saga works on a trip of the quote, or will take it over."""
        for trip in quote.trips:
            row = await in_thread(self._ledger.trip, trip)
            if row is None or row.outcome:
                continue
            # The reconciler sees to a trip that a later saga owns, whatever became of the first one.
            if row.epoch > 1 or await self._durable.state(trip) == "alive":
                return True
        return False
