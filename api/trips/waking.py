"""Starting and waking the sagas of trips, so that they read their commands."""

import logging
from collections.abc import Container, Iterable, Iterator
from datetime import datetime

from api.durable_port import Durable, DurableError
from api.services import ApiServices
from api.threads import in_thread
from domain.components import FOLLOW_UP_SAGA
from domain.ids import command_event, follow_up_id, late_outcome_id
from domain.trip.outcomes import SagaInput
from domain.trip.records import Entry, TripRow
from stores.errors import StorageError
from stores.ledger import LedgerReader

log = logging.getLogger(__name__)


async def wake(services: ApiServices, durable: Durable, row: TripRow, number: int) -> None:
    """Wake the trip's saga for command `number`, or start the follow-up saga that this command opened.

    A failure is only logged, since the reconciler wakes the saga later.
    """
    # The inbox is closed only after the saga has read every command.
    if row.box == "closed":
        return
    try:
        if row.saga == follow_up_id(row.id, number):
            await start_saga(durable, FOLLOW_UP_SAGA, row, services)
            return
        unread = await in_thread(unread_commands, services.stores.ledger, row.id)
        # The saga may wait for an earlier command that no request woke it for: a `late_outcome` comes from an activity.
        for unread_number in sorted({*unread, number}):
            await durable.raise_event(row.saga, command_event(unread_number))
    except (DurableError, StorageError) as error:
        log.warning("command_not_woken trip=%s number=%d reason=%s", row.id, number, error)


def unread_commands(ledger: LedgerReader, trip: str) -> list[int]:
    """Return the numbers of the commands since which the trip's saga has written nothing, in rising order.

    The saga may have read some of them. It does not wait for those any more, so their events change nothing.
    """
    commands = ledger.commands(trip)
    ids = {command.id for command in commands}
    last_write = max(_times_of_saga(ledger.entries(trip), ids))
    return [command.number for command in commands if command.at >= last_write]


def _times_of_saga(entries: Iterable[Entry], commands: Container[str]) -> Iterator[datetime]:
    for entry in entries:
        if _is_of_saga(entry, commands):
            yield entry.at


def _is_of_saga(entry: Entry, commands: Container[str]) -> bool:
    """Return whether the trip's saga wrote the entry; `commands` are the ids of the trip's commands."""
    # The entry of a decision is written by the decision's own orchestration.
    if entry.event == "resolved":
        return False
    # An outcome after its effect was given up is written by an activity on its own, together with a command.
    return late_outcome_id(entry.sequence) not in commands


async def start_saga(durable: Durable, orchestrator: str, row: TripRow, services: ApiServices) -> None:
    """Start the saga that the trip's head names as its owner, unless that instance exists. Raise `DurableError`."""
    order = SagaInput(trip=row.id, component=None, request=row.request, epoch=row.epoch, policy=services.policy)
    if await durable.state(row.saga) == "missing":
        await durable.start(orchestrator, row.saga, order)
