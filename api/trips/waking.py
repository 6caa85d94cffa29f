"""Starts and wakes the sagas of trips, so that they read their commands."""

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
    """Let the trip's saga see its commands: start the follow-up that `number` opened, or raise its event.

    The saga may wait for an earlier command that nobody woke it for (a `late_outcome` has no request of its own), so
    the events of all that it may not have read are raised. What fails here is made good by the reconciler. A trip whose
    box is closed has read them all.
    """
    if row.box == "closed":
        return
    try:
        if row.saga == follow_up_id(row.id, number):
            await start_saga(durable, FOLLOW_UP_SAGA, row, services)
            return
        unread = await in_thread(unread_commands, services.stores.ledger, row.id)
        for each in sorted({*unread, number}):
            await durable.raise_event(row.saga, command_event(each))
    except (DurableError, StorageError) as error:
        log.warning("command_not_woken trip=%s number=%d reason=%s", row.id, number, error)


def unread_commands(ledger: LedgerReader, trip: str) -> list[int]:
    """The commands since which the trip's saga has written nothing, so that it may not have read them.

    One that it has read after all is waited for no more, and its event changes nothing. A row of a decision, and an
    outcome that came too late for the saga, are not the saga's doing.
    """
    commands = ledger.commands(trip)
    late = {command.id for command in commands if command.kind == "late_outcome"}
    entries = [e for e in ledger.entries(trip) if e.event != "resolved" and late_outcome_id(e.sequence) not in late]
    acted = max(entry.at for entry in entries)
    return [command.number for command in commands if command.at >= acted]


async def start_saga(durable: Durable, orchestrator: str, row: TripRow, services: ApiServices) -> None:
    """Start the saga that the trip's head names as its owner; one that is there already is left alone."""
    order = SagaInput(trip=row.id, component=None, request=row.request, epoch=row.epoch, policy=services.policy)
    if await durable.state(row.saga) == "missing":
        await durable.start(orchestrator, row.saga, order)
