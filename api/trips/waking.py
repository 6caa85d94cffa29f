"""Starting and waking the sagas of trips, so that they read their commands."""

import logging

from api.durable_port import Durable, DurableError
from api.services import ApiServices
from api.threads import in_thread
from domain.components import FOLLOW_UP_SAGA
from domain.ids import command_event, follow_up_id, late_outcome_id
from domain.trip.outcomes import SagaInput
from domain.trip.records import TripRow
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
    late_outcomes = {command.id for command in commands if command.kind == "late_outcome"}
    # The entry of a decision, and an outcome that came after its effect was given up, are not written by the saga.
    written_by_saga = [
        entry
        for entry in ledger.entries(trip)
        if entry.event != "resolved" and late_outcome_id(entry.sequence) not in late_outcomes
    ]
    last_write = max(entry.at for entry in written_by_saga)
    return [command.number for command in commands if command.at >= last_write]


async def start_saga(durable: Durable, orchestrator: str, row: TripRow, services: ApiServices) -> None:
    """Start the saga that the trip's head names as its owner, unless that instance exists. Raise `DurableError`."""
    order = SagaInput(trip=row.id, component=None, request=row.request, epoch=row.epoch, policy=services.policy)
    if await durable.state(row.saga) == "missing":
        await durable.start(orchestrator, row.saga, order)
