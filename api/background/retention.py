"""Removal of the histories of trips that ended long ago, and of sessions and quotes that ended.

The trips stay in the ledger. A history is kept while its trip is open, parked, or can still be cancelled because its
day has not passed.
"""

import logging
from datetime import UTC, datetime, time, timedelta
from itertools import chain, islice

from api.durable_port import Durable, DurableError
from api.histories import purge_trip, purge_turn
from api.identity.tokens import LONGEST
from api.limits import minute_of
from api.services import ApiServices
from api.threads import in_thread
from domain.log_lines import trip_step
from domain.trip.records import TripRow

log = logging.getLogger(__name__)

_MOST_TRIPS = 2_000
"""Most trips whose histories one run purges."""
_MOST_QUOTES = 2_000
"""Most quotes that one run removes."""
_MOST_ROWS = 10_000
"""Most sessions, and most limits, that one run removes."""
_LIMITS_KEPT = timedelta(hours=1)


class Retention:
    """One run of the removal, with the durable client of its timer."""

    def __init__(self, services: ApiServices, durable: Durable) -> None:
        self._services = services
        self._ledger = services.stores.ledger
        self._durable = durable

    async def run(self) -> None:
        """Purge the histories of the trips that are due. A failure is logged, and the next run tries again."""
        for row in await in_thread(self._due):
            try:
                await self._purge(row)
            except DurableError as error:
                log.warning("retention_failed trip=%s reason=%s", row.id, error)
        await self._remove_quotes()
        # No token that such a row could refuse is valid any more.
        now, stores = self._services.clock(), self._services.stores
        await in_thread(stores.sessions.remove_unused, now - LONGEST, _MOST_ROWS)
        await in_thread(stores.limits.remove_before, minute_of(now - _LIMITS_KEPT), _MOST_ROWS)

    async def _remove_quotes(self) -> None:
        """Remove quotes that ended long ago, with their histories. A trip keeps the price that was agreed to."""
        quotes = self._services.stores.quotes
        before = self._services.clock() - timedelta(days=self._services.settings.history_retention_days)
        for quote in await in_thread(quotes.ended, before, _MOST_QUOTES):
            try:
                if await self._durable.state(quote.id) == "alive":
                    continue
                await self._durable.purge(quote.id)
                await in_thread(quotes.remove, quote.id)
            except DurableError as error:
                log.warning("retention_failed quote=%s reason=%s", quote.id, error)

    def _due(self) -> list[TripRow]:
        now = self._services.clock()
        due = (row for row in self._ledger.trips() if self._is_due(row, now))
        return list(islice(due, _MOST_TRIPS))

    def _is_due(self, row: TripRow, now: datetime) -> bool:
        if row.box == "open" or row.outcome is None:
            return False
        retention = timedelta(days=self._services.settings.history_retention_days)
        is_kept = row.updated + retention > now
        # The time is asked first, because it needs no look into the ledger and spares most trips the rest.
        if is_kept or self._ledger.is_purged(row.id, row.version):
            return False
        # What is booked can be cancelled until its last day has passed.
        may_be_cancelled = row.outcome.status in ("confirmed", "partly_confirmed")
        return not may_be_cancelled or self._end_of_last_day(row) <= now

    def _end_of_last_day(self, row: TripRow) -> datetime:
        """Return the end of the last day on which a booking of the trip begins, in UTC."""
        components = self._ledger.facts(row.id).components
        revisions = chain.from_iterable(component.revisions for component in components)
        # A forgotten trip has no dates left.
        days = filter(None, (revision.date for revision in revisions if revision.booked))
        last_day = max(days, default=row.request.date)
        return datetime.combine(last_day + timedelta(days=1), time(), UTC)

    async def _purge(self, row: TripRow) -> None:
        await purge_trip(self._durable, row, await in_thread(self._ledger.commands, row.id))
        conversations = self._services.stores.conversations
        turn = await in_thread(conversations.turn, row.conversation, row.turn)
        if turn is not None:
            await purge_turn(self._durable, await in_thread(conversations.installation_secret), turn)
        # A saga that is still ending keeps its history. Without a note in the ledger the next run comes back to it.
        if await self._durable.state(row.saga) != "missing":
            return
        # The version is part of the note: a trip that was opened again and has ended again is purged again.
        await in_thread(self._ledger.note_purge, row.id, row.version)
        log.info("%s", trip_step(row.id, "purge_history", "purged"))
