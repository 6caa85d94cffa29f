"""Histories of trips that have ended are purged after a while; what the trips are stays in the ledger.

Kept are those of trips that are open, parked, or can still be cancelled because their day has not passed.
"""

import logging
from datetime import UTC, datetime, time, timedelta
from itertools import islice

from api.durable_port import Durable, DurableError
from api.histories import purge_trip, purge_turn
from api.services import ApiServices
from api.threads import in_thread
from domain.trip.records import TripRow

log = logging.getLogger(__name__)

_MOST = 2_000
"""Purged in one run."""


class Retention:
    """One run, with the durable client of its timer."""

    def __init__(self, services: ApiServices, durable: Durable) -> None:
        self._services = services
        self._ledger = services.stores.ledger
        self._durable = durable

    async def run(self) -> None:
        for row in await in_thread(self._due):
            try:
                await self._purge(row)
            except DurableError as error:
                log.warning("retention_failed trip=%s reason=%s", row.id, error)

    def _due(self) -> list[TripRow]:
        now = self._services.clock()
        return list(islice((row for row in self._ledger.trips() if self._is_due(row, now)), _MOST))

    def _is_purged(self, row: TripRow) -> bool:
        return self._ledger.text(_mark(row)) is not None

    def _is_due(self, row: TripRow, now: datetime) -> bool:
        if row.box == "open" or row.outcome is None:
            return False
        kept_until = row.updated + timedelta(days=self._services.settings.history_retention_days)
        if kept_until > now or self._is_purged(row):
            return False
        if row.outcome.status in ("confirmed", "partly_confirmed"):
            kept_until = max(kept_until, self._last_day(row))
        return kept_until <= now

    def _last_day(self, row: TripRow) -> datetime:
        """The end of the last day on which something of the trip begins."""
        components = self._ledger.facts(row.id).components
        days = [each.date for component in components for each in component.revisions if each.booked and each.date]
        last = max(days, default=row.request.date)
        return datetime.combine(last + timedelta(days=1), time(), UTC)

    async def _purge(self, row: TripRow) -> None:
        await purge_trip(self._durable, row, await in_thread(self._ledger.commands, row.id))
        conversations = self._services.stores.conversations
        turn = await in_thread(conversations.turn, row.conversation, row.turn)
        if turn is not None:
            await purge_turn(self._durable, await in_thread(conversations.installation_secret), turn)
        if await self._durable.state(row.saga) != "missing":
            return
        await in_thread(self._ledger.keep_text, _mark(row), "purged")
        log.info("history_purged trip=%s", row.id)


def _mark(row: TripRow) -> str:
    """The key of what remembers that the histories of a trip are gone, however long ago it ended; a trip that was
    opened again and has ended again has another one."""
    return f"{row.id}/histories/{row.version}"
