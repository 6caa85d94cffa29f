"""The question to a traveller who decides what becomes of the rest when a part fails (`ask_me`)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.options import SagaPolicy
from domain.trip.ending import trip_status
from domain.trip.facts import TripFacts
from domain.trip.folding import trip_facts
from domain.trip.records import Command, Entry, TripRow

_ENDS_OF_EFFECTS = ("outcome", "given_up", "lost")


def answer_by(facts: TripFacts, asked: datetime, policy: SagaPolicy) -> datetime:
    """Return the time until which a choice is surely taken, for a traveller who was `asked` then.

    The saga begins to wait a moment later, so its own limit is never earlier than this one.
    """
    first_expiry = min(facts.expiries(), default=datetime.max.replace(tzinfo=asked.tzinfo))
    margin = timedelta(seconds=policy.pivot_margin_seconds)
    return min(asked + timedelta(seconds=policy.ask_me_seconds), first_expiry - margin)


def asked_at(row: TripRow, entries: Sequence[Entry], commands: Sequence[Command]) -> datetime | None:
    """Return when the traveller was asked to choose; None if that never happened.

    No row says so. It is the time of the row after which nothing was left to do but to ask.
    """
    if row.options.on_failure != "ask_me":
        return None
    before_commands = replace(row, outcome=None, commands=0)
    for earlier in _rests(entries):
        facts = trip_facts(before_commands, earlier, ())
        if trip_status(facts) != "waiting":
            continue
        asked = earlier[-1].at
        if _is_cancelled_by(commands, asked):
            return None
        return asked
    return None


def _is_cancelled_by(commands: Sequence[Command], at: datetime) -> bool:
    """Return whether the trip was being cancelled by then, so that nobody was asked any more."""
    for command in commands:
        if command.kind == "cancel":
            return command.at <= at
    return False


def _rests(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Yield the rows up to each after which the saga may have waited: it ends an effect, and nothing more is held."""
    for number, entry in enumerate(entries, start=1):
        if entry.event not in _ENDS_OF_EFFECTS:
            continue
        if not _holds_more(entries[number:]):
            yield entries[:number]


def _holds_more(later: Sequence[Entry]) -> bool:
    if not later:
        return False
    return later[0].effect in ("hold", "authorize")
