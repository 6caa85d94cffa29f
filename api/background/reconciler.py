"""The reconciler: it finds trips, turns and quotes whose orchestration is gone, and starts one that goes on.

Each step is safe to repeat and to run beside anything else. A trip is taken over by compare-and-set, a running instance
is never started twice, and the ledger refuses the writes of a superseded saga.
"""

import logging
from collections.abc import Awaitable, Sequence
from datetime import timedelta

from api.approvals import Approvals
from api.chat.turns import Turns
from api.durable_port import Durable
from api.histories import owners_of
from api.services import ApiServices
from api.threads import in_thread
from api.trips.waking import start_saga, unread_commands
from domain.components import FOLLOW_UP_SAGA, RECOVERY_SAGA
from domain.ids import command_event, recovery_id
from domain.log_lines import trip_step
from domain.trip.ending import trip_status
from domain.trip.entry_data import CommandsSoFar
from domain.trip.facts import TripFacts
from domain.trip.outcomes import PARKED
from domain.trip.records import Entry, TripRow
from stores.ledger import StaleVersionError

log = logging.getLogger(__name__)

_GRACE = timedelta(seconds=2)
"""Time since the last write in which a trip or turn is left to the request or saga that wrote it."""
_MOST_TRIPS, _MOST_TURNS, _MOST_QUOTES = 1_000, 200, 1_000
"""Most trips, turns and quotes that one run looks at."""
RECOVERY_WAITS = tuple(timedelta(minutes=wait) for wait in (0, 0, 1, 2, 5, 10, 20, 40))
"""Waits before each recovery of a trip between two commands. After the last one the trip needs an operator."""


class Reconciler:
    """One run of the reconciler, with the durable client of its timer."""

    def __init__(self, services: ApiServices, durable: Durable) -> None:
        self._services = services
        self._ledger = services.stores.ledger
        self._conversations = services.stores.conversations
        self._quotes = services.stores.quotes
        self._approvals = Approvals(services.stores, durable)
        self._durable = durable
        self._turns = Turns(services.stores, durable, services.clock)

    async def run(self) -> None:
        """Look at every unfinished trip, turn and quote once, and start the orchestrations that are gone."""
        # Trips come first: a turn is worded only once its trips have ended or parked.
        before = self._services.clock() - _GRACE
        for row in await in_thread(self._ledger.unfinished, before, _MOST_TRIPS):
            await _isolated(self._trip(row), row.id)
        for turn in await in_thread(self._conversations.stale_turns, before, _MOST_TURNS):
            if not await self._turns.is_alive(turn):
                await _isolated(self._turns.ensure_started(turn), await self._turns.instance(turn))
        for quote in await in_thread(self._quotes.unfinished, before, _MOST_QUOTES):
            await _isolated(self._approvals.go_on(quote), quote.id)

    async def _trip(self, row: TripRow) -> None:
        facts = await in_thread(self._ledger.facts, row.id)
        # A stranded trip waits for an operator: another recovery would come to nothing as the earlier ones did.
        if facts.stranded:
            return
        match await self._durable.state(row.saga):
            case "alive":
                # A parked saga is right to wait. Another one has to write something now and then.
                if trip_status(facts) not in PARKED:
                    await self._take_over_or_wake(row)
            case "missing":
                await self._start(row, facts)
            case "ended":
                await self._take_over(row)

    async def _start(self, row: TripRow, facts: TripFacts) -> None:
        """Start the saga that the trip names as its owner and that no one has started."""
        if row.saga == recovery_id(row.id, row.epoch):
            await self._recover(row)
        elif row.saga != row.id:
            await start_saga(self._durable, FOLLOW_UP_SAGA, row, self._services)
        elif facts.agreement is None and not await self._is_turn_alive(row):
            # The orchestration of a quote starts its trip's first saga, and the turn starts that of another trip.
            # While they run they may be about to.
            await self._take_over(row)

    async def _take_over_or_wake(self, row: TripRow) -> None:
        """Take the trip from a running saga that has written nothing for too long, or else wake the saga."""
        overdue = timedelta(seconds=self._services.settings.reconcile_after_seconds)
        if row.updated < self._services.clock() - overdue:
            await self._take_over(row)
        else:
            await self._wake(row)

    async def _wake(self, row: TripRow) -> None:
        """Raise the events of the commands that the saga may not have read, once more."""
        for number in await in_thread(unread_commands, self._ledger, row.id):
            await self._durable.raise_event(row.saga, command_event(number))

    async def _take_over(self, row: TripRow) -> None:
        """Give the trip to a recovery saga, or to an operator after the last of `RECOVERY_WAITS`."""
        entries = await in_thread(self._ledger.entries, row.id)
        recoveries = _recoveries(entries, row.commands)
        try:
            if recoveries == len(RECOVERY_WAITS):
                await in_thread(self._ledger.strand, row.id, row.version)
                log.error("%s", trip_step(row.id, "take_over", "stranded", "recoveries_used_up"))
            elif row.updated + RECOVERY_WAITS[recoveries] <= self._services.clock():
                taken = await in_thread(self._ledger.take_over, row.id, row.version)
                log.warning("%s", trip_step(row.id, "take_over", "taken_over", "saga_stopped"))
                await self._recover(taken)
        except StaleVersionError:
            # The trip has moved on meanwhile, so the next run looks at it again.
            return

    async def _recover(self, row: TripRow) -> None:
        """Wake the superseded sagas of the trip, then start the one that owns it."""
        # In this order: if the process dies in between, the next run finds a recovery to start and wakes them again.
        for instance in owners_of(row):
            if instance != row.saga:
                await self._wake_superseded(instance, row.commands)
        await start_saga(self._durable, RECOVERY_SAGA, row, self._services)

    async def _wake_superseded(self, instance: str, commands: int) -> None:
        """Raise every event that the instance may wait for, so that it sees that it is superseded and ends."""
        if await self._durable.state(instance) != "alive":
            return
        # It may wait for the next command, which does not exist yet: hence one number more.
        for number in range(1, commands + 2):
            await self._durable.raise_event(instance, command_event(number))

    async def _is_turn_alive(self, row: TripRow) -> bool:
        """Return whether the turn that starts the trip's saga is running."""
        turn = await self._turns.read(row.conversation, row.turn)
        return turn is not None and await self._turns.is_alive(turn)


def _recoveries(entries: Sequence[Entry], commands: int) -> int:
    """Return how often the trip was taken over since its last command, whose number is `commands`."""
    recoveries = 0
    for entry in entries:
        match entry:
            case Entry(event="taken_over", data=CommandsSoFar(commands=last)) if last == commands:
                recoveries += 1
            case _:
                # A command in between means that a person has looked at the trip, so the count begins anew.
                pass
    return recoveries


async def _isolated(work: Awaitable[None], subject: str) -> None:
    """Do the work for one trip or turn, and log its failure."""
    try:
        await work
    # Whatever fails for one must not keep the run from the others. The next run tries again.
    except Exception as error:
        log.warning("reconcile_failed of=%s reason=%s", subject, type(error).__name__)
