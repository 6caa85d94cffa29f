"""The rules of a trip as a whole: its owner, its pivot, its inbox of commands, its end."""

from dataclasses import dataclass, replace
from typing import Literal

from domain.components import ComponentKind
from domain.ids import follow_up_id, recovery_id
from domain.money.postings import of_decision
from domain.trip.command_bodies import CommandBody, CommandKind, DecisionBody
from domain.trip.entry_data import ChangeEnd, CommandsSoFar, Expired, Resolved
from domain.trip.outcomes import TripOutcome
from domain.trip.records import Command, NewTrip, TripRow
from stores.ledger import (
    MOST_ROWS,
    CommandsWaiting,
    PivotVerdict,
    StaleVersionError,
    Superseded,
    TripExistsError,
    TripFullError,
    key_of,
)
from stores.unit_of_work import KeyRecord, UnitOfWork


@dataclass(frozen=True)
class CommandRequest:
    """A command before it has a number. `id` is the same for every repeat of it."""

    id: str
    kind: CommandKind
    by: str
    body: CommandBody


def opened(trip: NewTrip, stored: TripRow) -> TripRow:
    """Return the stored row to a repeated `open`. Raises `TripExistsError` if another turn opened the trip."""
    if (stored.conversation, stored.turn, stored.kind) != (trip.conversation, trip.turn, trip.kind):
        raise TripExistsError(f"The id {trip.id} is taken by another turn's trip; nothing was written.")
    return stored


def lose(work: UnitOfWork, component: str, kind: ComponentKind, epoch: int) -> None:
    """Write `lost` once; see `Ledger.lose`."""
    is_written = any(entry.event == "lost" and entry.component == component for entry in work.stored.rows.entries)
    if epoch == work.row.epoch and not is_written:
        work.append_lost(component, kind)


def pivot(
    work: UnitOfWork, epoch: int, commands_read: int, verdict: PivotVerdict
) -> Literal["done"] | CommandsWaiting | Superseded:
    """Write the pivot or that it is missed; see `Ledger.pivot`."""
    if epoch != work.row.epoch:
        return Superseded()
    if _is_past_pivot(work):
        return "done"
    # Commands first: a cancel that came before the pivot must end the trip for free.
    if commands_read < work.row.commands:
        return CommandsWaiting()
    if verdict == "pivot":
        work.append("pivot")
    else:
        work.append("expired", Expired(reason=verdict))
    return "done"


def end_change(work: UnitOfWork, epoch: int, command: int, done: bool) -> None:
    """Write the end of a change once; see `Ledger.end_change`."""
    is_written = any(entry.data == ChangeEnd(command=command) for entry in work.stored.rows.entries)
    if epoch == work.row.epoch and not is_written:
        work.append("changed" if done else "not_changed", ChangeEnd(command=command))


def close(
    work: UnitOfWork, outcome: TripOutcome, epoch: int, commands_read: int, version: int | None
) -> TripOutcome | CommandsWaiting | Superseded:
    """Close the inbox; see `Ledger.close`."""
    if epoch != work.row.epoch:
        return Superseded()
    # A repeat returns the stored end, so that a saga whose answer was lost words the same one.
    if work.row.outcome is not None:
        return work.row.outcome
    if commands_read < work.row.commands or version not in (None, work.row.version):
        return CommandsWaiting()
    work.append("closed", outcome)
    work.change(box="closed", outcome=outcome)
    work.head = replace(work.head, troubled=False)
    return outcome


def accept(work: UnitOfWork, request: CommandRequest, version: int) -> Command:
    """Store the command; see `Ledger.accept`."""
    # A repeat comes before the version is compared: the command itself has changed the version.
    stored = next((command for command in work.stored.rows.commands if command.id == request.id), None)
    if stored:
        return stored
    _require(work, version)
    if work.head.rows >= MOST_ROWS:
        raise TripFullError(f"The trip {work.row.id} has {MOST_ROWS} rows and takes no more commands.")
    number = work.row.commands + 1
    command = Command(work.row.id, number, request.id, request.kind, work.at, request.by, request.body)
    if isinstance(request.body, DecisionBody):
        _resolve(work, command, request.body)
    work.commands.append(command)
    work.change(commands=command.number)
    if work.row.box == "closed":
        # The saga of a closed trip has ended. A new epoch keeps it out, should it come back late.
        saga = follow_up_id(work.row.id, command.number)
        work.change(box="open", outcome=None, saga=saga, epoch=work.row.epoch + 1)
    return command


def take_over(work: UnitOfWork, version: int) -> TripRow:
    """Give the trip to a new epoch; see `Ledger.take_over`."""
    # The rule runs again when the answer to its own write was lost: then the trip is this call's already.
    if work.head.taken_by == work.call:
        return work.row
    _require_open(work, version)
    work.append("taken_over", CommandsSoFar(commands=work.row.commands))
    # Before the pivot a recovery undoes the trip. It never goes forward.
    if not _is_past_pivot(work):
        work.append("expired", Expired(reason="recovered"))
    epoch = work.row.epoch + 1
    work.change(epoch=epoch, saga=recovery_id(work.row.id, epoch))
    work.head = replace(work.head, taken_by=work.call)
    return work.finished_head().row


def strand(work: UnitOfWork, version: int) -> None:
    """Write that the trip needs an operator; see `Ledger.strand`."""
    if work.stored.rows.facts.stranded:
        return
    _require_open(work, version)
    work.append("stranded", CommandsSoFar(commands=work.row.commands))
    work.head = replace(work.head, troubled=True)


def _require_open(work: UnitOfWork, version: int) -> None:
    _require(work, version)
    if work.row.box == "closed":
        raise StaleVersionError(f"The trip {work.row.id} has ended: there is nothing to take over.")


def _require(work: UnitOfWork, version: int) -> None:
    if work.row.version != version:
        raise StaleVersionError(
            f"The trip {work.row.id} is at version {work.row.version}, not {version} any more; nothing was written."
        )


def _is_past_pivot(work: UnitOfWork) -> bool:
    return any(entry.event in ("pivot", "expired") for entry in work.stored.rows.entries)


def _resolve(work: UnitOfWork, command: Command, decided: DecisionBody) -> None:
    """Write an operator's decision on an open item, and close its key unless it is to be tried again."""
    item = next((item for item in work.stored.rows.facts.items if item.id == decided.item), None)
    if item is None:
        raise StaleVersionError(f"The trip {work.row.id} has no open item {decided.item}; nothing was written.")
    effect = key_of(work.row.id, item)
    decision = decided.decision
    resolved = Resolved(
        decision=decision,
        reason=decided.reason,
        reference=decided.reference,
        by=command.by,
        command=command.number,
    )
    number = work.append("resolved", resolved, effect)
    if effect is None:
        # A recovery has no key. The command itself lets a new recovery start.
        return
    work.postings.extend(of_decision(number, item, decision))
    record = work.key(effect.key) or KeyRecord(effect.key)
    # A retry takes the outcome back, so that the same key can be claimed once more with the same arguments.
    if decision == "retry":
        work.put(replace(record, mark="open", outcome=None, answer=None))
    else:
        work.put(replace(record, mark=decision, until=None))
