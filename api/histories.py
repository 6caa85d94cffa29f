"""The durable histories of a trip and of a turn: which there are, and purging them.

What a trip is stands in the ledger, so nothing but the story of its runs is lost.
"""

from collections.abc import Iterator, Sequence

from api.durable_port import Durable
from domain.components import IN_BOOKING_ORDER
from domain.conversation.turn import Turn
from domain.ids import chat_turn_id, component_id, follow_up_id, recovery_id
from domain.trip.records import Command, TripRow


async def purge_trip(durable: Durable, row: TripRow, commands: Sequence[Command]) -> None:
    """All that was run for a trip that has ended. Raises `DurableError`."""
    for instance in _of_trip(row, commands):
        await _purge(durable, instance)


async def purge_turn(durable: Durable, secret: bytes, turn: Turn) -> None:
    """Every attempt at a turn that has ended. Raises `DurableError`."""
    for attempt in range(1, turn.attempt + 1):
        await _purge(durable, chat_turn_id(secret, turn.conversation, turn.number, attempt))


async def _purge(durable: Durable, instance: str) -> None:
    """What is still at work is left alone."""
    if await durable.state(instance) == "ended":
        await durable.purge(instance)


def owners_of(row: TripRow) -> Iterator[str]:
    """Every saga that owns the trip or may have owned it."""
    yield row.id
    yield from (follow_up_id(row.id, number) for number in range(1, row.commands + 1))
    yield from (recovery_id(row.id, epoch) for epoch in range(2, row.epoch + 1))


def _of_trip(row: TripRow, commands: Sequence[Command]) -> Iterator[str]:
    yield from owners_of(row)
    if row.kind == "travel":
        yield from (component_id(row.id, component) for component in IN_BOOKING_ORDER)
    yield from (command.id for command in commands if command.kind == "decision")
