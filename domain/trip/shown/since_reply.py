"""Changes of a trip since the reply of its turn was worded, judged by the rows alone.

The reply is worded when the trip first ends, or when it first parks before that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.options import OnFailure
from domain.trip.ending import outcome_of, trip_status
from domain.trip.folding import trip_facts
from domain.trip.outcomes import PARKED, TripOutcome, TripStatus
from domain.trip.records import Command, Entry, TripRow
from domain.trip.shown.choice import asked_at


def has_changed_since(row: TripRow, entries: Sequence[Entry], commands: Sequence[Command]) -> bool:
    """Return whether the trip is another now than the reply of its turn says."""
    if not may_have_changed(len(commands), row.options.on_failure):
        return False
    facts = trip_facts(row, entries, commands)
    status = trip_status(facts)
    parked = _first_parked(row, entries, commands)
    if parked:
        return parked != status
    ended = first_end(entries)
    if ended is None:
        return False
    # In the form of a stored outcome, where what an operator closed counts as done.
    current = outcome_of(facts, status, {})
    return _shape(ended) != _shape(current)


def may_have_changed(commands: int, on_failure: OnFailure) -> bool:
    """Return whether a trip with so many commands can be another now than the reply of its turn says."""
    # Nothing but a command or a missed choice changes a trip that has ended or parked.
    return commands > 0 or on_failure == "ask_me"


def first_end(entries: Sequence[Entry]) -> TripOutcome | None:
    """Return how the trip ended for the first time; None if it has not ended yet."""
    for entry in entries:
        if isinstance(entry.data, TripOutcome):
            return entry.data
    return None


def _first_parked(row: TripRow, entries: Sequence[Entry], commands: Sequence[Command]) -> TripStatus | None:
    """Return the status in which the trip parked before it ended for the first time; None if it did not."""
    if asked_at(row, entries, commands):
        return "waiting"
    for status in _statuses_before_commands(row, entries, commands):
        if status in PARKED:
            return status
    return None


def _statuses_before_commands(
    row: TripRow, entries: Sequence[Entry], commands: Sequence[Command]
) -> Iterator[TripStatus]:
    """Yield the status that the trip had before each command, until its first end."""
    for number, command in enumerate(commands):
        earlier = [entry for entry in entries if entry.at < command.at]
        if first_end(earlier):
            return
        row_then = replace(row, outcome=None, commands=number)
        yield trip_status(trip_facts(row_then, earlier, commands[:number]))


def _shape(outcome: TripOutcome) -> tuple[object, ...]:
    """Return the status of the trip, and those of its bookings with their confirmations."""
    bookings = [(component.status, component.confirmation) for component in outcome.components]
    return outcome.status, bookings
