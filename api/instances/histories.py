"""Removal of the durable histories of a trip and of a turn.

The ledger keeps the trip. Only the timelines of its orchestrations are lost.
"""

from collections.abc import Iterator, Sequence

from api.durable_port import Durable
from domain.conversation.turn import Turn
from domain.ids import chat_turn_id, component_ids, follow_up_id, price_enquiry_id, recovery_id
from domain.trip.records import Command, TripRow


async def purge_trip(durable: Durable, row: TripRow, commands: Sequence[Command]) -> None:
    """Purge every orchestration of a trip that has ended. Raise `DurableError`."""
    for instance in _of_trip(row, commands):
        await _purge(durable, instance)


async def purge_turn(durable: Durable, secret: bytes, turn: Turn) -> None:
    """Purge every attempt at a turn that has ended. Raise `DurableError`."""
    for attempt in range(1, turn.attempt + 1):
        await _purge(durable, chat_turn_id(secret, turn.conversation, turn.number, attempt))


async def _purge(durable: Durable, instance: str) -> None:
    # A running instance keeps its history: without it, it could not go on.
    if await durable.state(instance) == "ended":
        await durable.purge(instance)


def owners_of(row: TripRow) -> Iterator[str]:
    """Yield the instance id of every saga that owns the trip or may have owned it."""
    yield row.id
    for number in range(1, row.commands + 1):
        yield follow_up_id(row.id, number)
    # The first epoch is that of the trip's first saga, whose id is the trip's.
    for epoch in range(2, row.epoch + 1):
        yield recovery_id(row.id, epoch)


def _of_trip(row: TripRow, commands: Sequence[Command]) -> Iterator[str]:
    yield from owners_of(row)
    # The saga of a trip of one component is the trip's own, whose id then comes a second time.
    for component in component_ids(row.id, row.kind):
        yield component
        yield price_enquiry_id(component)
    for command in commands:
        # A decision is carried out by an orchestration whose instance id is the command's.
        if command.kind == "decision":
            yield command.id
