"""Nothing is orphaned: what should be at work and is not is started again, or another saga finishes or undoes it.

Everything here is safe to repeat and to run beside anything else: a trip is taken over by compare-and-set, an instance
that is alive is never started twice, and what a superseded saga still sends is refused by the ledger.
"""

import logging
from collections.abc import Awaitable
from datetime import timedelta

from api.chat.turns import Turns
from api.durable_port import Durable
from api.histories import owners_of
from api.services import ApiServices
from api.threads import in_thread
from api.trips.waking import start_saga, unread_commands
from domain.components import FOLLOW_UP_SAGA, RECOVERY_SAGA
from domain.ids import command_event, recovery_id
from domain.trip.ending import trip_status
from domain.trip.outcomes import PARKED
from domain.trip.records import TripRow
from stores.ledger import StaleVersionError

log = logging.getLogger(__name__)

_GRACE = timedelta(seconds=2)
"""What was written just now is left to whoever wrote it."""
_MOST_TRIPS, _MOST_TURNS = 1_000, 200
"""Looked at in one run."""
RECOVERY_WAITS = tuple(timedelta(minutes=wait) for wait in (0, 0, 1, 2, 5, 10, 20, 40))
"""How long a trip rests before each time that it is taken over between two commands; after the last one a person is
needed."""


class Reconciler:
    """One run, with the durable client of its timer."""

    def __init__(self, services: ApiServices, durable: Durable) -> None:
        self._services = services
        self._ledger = services.stores.ledger
        self._conversations = services.stores.conversations
        self._durable = durable
        self._turns = Turns(services.stores, durable, services.clock)

    async def run(self) -> None:
        """Trips first: a turn is worded only once its trips have ended or parked."""
        before = self._services.clock() - _GRACE
        for row in await in_thread(self._ledger.unfinished, before, _MOST_TRIPS):
            await _apart(self._trip(row), row.id)
        for turn in await in_thread(self._conversations.stale_turns, before, _MOST_TURNS):
            if not await self._turns.is_alive(turn):
                await _apart(self._turns.ensure_started(turn), f"{turn.conversation}/{turn.number}")

    async def _trip(self, row: TripRow) -> None:
        facts = await in_thread(self._ledger.facts, row.id)
        if facts.stranded:
            return
        match await self._durable.state(row.saga):
            case "alive":
                if trip_status(facts) not in PARKED:
                    await self._alive(row)
            case "missing" if row.saga == row.id:
                if not await self._is_turn_alive(row):
                    await self._take_over(row)
            case "missing" if row.saga == recovery_id(row.id, row.epoch):
                await self._recover(row)
            case "missing":
                await start_saga(self._durable, FOLLOW_UP_SAGA, row, self._services)
            case "ended":
                await self._take_over(row)

    async def _alive(self, row: TripRow) -> None:
        """A parked saga waits rightly; another one is to write something now and then."""
        overdue = timedelta(seconds=self._services.settings.reconcile_after_seconds)
        if row.updated < self._services.clock() - overdue:
            await self._take_over(row)
        else:
            await self._wake(row)

    async def _wake(self, row: TripRow) -> None:
        """Raise the events again of the commands that the saga may not have read."""
        for number in await in_thread(unread_commands, self._ledger, row.id):
            await self._durable.raise_event(row.saga, command_event(number))

    async def _take_over(self, row: TripRow) -> None:
        """Give the trip to a recovery saga, or to a person once several have come to nothing."""
        entries = await in_thread(self._ledger.entries, row.id)
        times = sum(e.event == "taken_over" and (e.data or {})["commands"] == row.commands for e in entries)
        try:
            if times == len(RECOVERY_WAITS):
                await in_thread(self._ledger.strand, row.id, row.version)
                log.error("trip_stranded trip=%s recoveries=%d", row.id, times)
            elif row.updated + RECOVERY_WAITS[times] <= self._services.clock():
                taken = await in_thread(self._ledger.take_over, row.id, row.version)
                log.warning("trip_taken_over trip=%s from=%s by=%s", row.id, row.saga, taken.saga)
                await self._recover(taken)
        except StaleVersionError:
            return

    async def _recover(self, row: TripRow) -> None:
        """Wake the sagas that the trip has been taken from, for one that waits would wait for ever; then start its own.

        In this order, since a recovery that has not been started is recovered again.
        """
        for instance in owners_of(row):
            if instance != row.saga and await self._durable.state(instance) == "alive":
                for number in range(1, row.commands + 2):
                    await self._durable.raise_event(instance, command_event(number))
        await start_saga(self._durable, RECOVERY_SAGA, row, self._services)

    async def _is_turn_alive(self, row: TripRow) -> bool:
        """Whether the turn that is to start the trip's saga is at work."""
        turn = await self._turns.read(row.conversation, row.turn)
        return turn is not None and await self._turns.is_alive(turn)


async def _apart(work: Awaitable[None], what: str) -> None:
    """What fails for one is tried again in the next run, and keeps no other from its turn."""
    try:
        await work
    except Exception as error:
        log.warning("reconcile_failed of=%s reason=%s", what, type(error).__name__)
