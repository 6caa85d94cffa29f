"""The rules of a trip as a whole: its owner, its pivot, its box of commands, its end."""

from dataclasses import replace
from typing import Literal

from domain.components import ComponentKind
from domain.ids import follow_up_id, recovery_id
from domain.money.postings import of_decision
from domain.trip.outcomes import TripOutcome
from domain.trip.records import Command, CommandKind, Data, NewTrip, TripRow
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


def opened(trip: NewTrip, standing: TripRow) -> TripRow:
    """What a repeat of `open` gets."""
    if (standing.conversation, standing.turn, standing.kind) != (trip.conversation, trip.turn, trip.kind):
        raise TripExistsError(f"The id {trip.id} is taken by another turn's trip; nothing was written.")
    return standing


def lose(work: UnitOfWork, component: str, kind: ComponentKind, epoch: int) -> None:
    known = any(entry.event == "lost" and entry.component == component for entry in work.standing.entries())
    if epoch == work.row.epoch and not known:
        work.append_lost(component, kind)


def pivot(
    work: UnitOfWork, epoch: int, seen: int, verdict: PivotVerdict
) -> Literal["done"] | CommandsWaiting | Superseded:
    if epoch != work.row.epoch:
        return Superseded()
    if _pivoted(work):
        return "done"
    if seen < work.row.commands:
        return CommandsWaiting()
    if verdict == "pivot":
        work.append("pivot")
    else:
        work.append("expired", {"reason": verdict})
    return "done"


def end_change(work: UnitOfWork, epoch: int, command: int, done: bool) -> None:
    known = any(
        entry.event in ("changed", "not_changed") and (entry.data or {}).get("command") == command
        for entry in work.standing.entries()
    )
    if epoch == work.row.epoch and not known:
        work.append("changed" if done else "not_changed", {"command": command})


def close(
    work: UnitOfWork, outcome: TripOutcome, epoch: int, seen: int, version: int | None
) -> TripOutcome | CommandsWaiting | Superseded:
    if epoch != work.row.epoch:
        return Superseded()
    if work.row.outcome is not None:
        return work.row.outcome
    if seen < work.row.commands or version not in (None, work.row.version):
        return CommandsWaiting()
    work.append("closed", outcome.model_dump(mode="json"))
    work.change(box="closed", outcome=outcome)
    work.head = replace(work.head, troubled=False)
    return outcome


def accept(work: UnitOfWork, kind: CommandKind, command_id: str, by: str, body: Data, version: int) -> Command:
    known = next((command for command in work.standing.commands() if command.id == command_id), None)
    if known:
        return known
    _require(work, version)
    if work.head.rows >= MOST_ROWS:
        raise TripFullError(f"The trip {work.row.id} has {MOST_ROWS} rows and takes no more commands.")
    command = Command(work.row.id, work.row.commands + 1, command_id, kind, work.at, by, body)
    if kind == "decision":
        _resolve(work, command)
    work.commands.append(command)
    work.change(commands=command.number)
    if work.row.box == "closed":
        saga = follow_up_id(work.row.id, command.number)
        work.change(box="open", outcome=None, saga=saga, epoch=work.row.epoch + 1)
    return command


def take_over(work: UnitOfWork, version: int) -> TripRow:
    if work.head.taken_by == work.call:
        return work.row
    _require_open(work, version)
    work.append("taken_over", {"commands": work.row.commands})
    if not _pivoted(work):
        work.append("expired", {"reason": "recovered"})
    epoch = work.row.epoch + 1
    work.change(epoch=epoch, saga=recovery_id(work.row.id, epoch))
    work.head = replace(work.head, taken_by=work.call)
    return work.finished_head().row


def strand(work: UnitOfWork, version: int) -> None:
    if work.facts().stranded:
        return
    _require_open(work, version)
    work.append("stranded", {"commands": work.row.commands})
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


def _pivoted(work: UnitOfWork) -> bool:
    return any(entry.event in ("pivot", "expired") for entry in work.standing.entries())


def _resolve(work: UnitOfWork, command: Command) -> None:
    """Write what a person decided on an open item, and close its key unless it is to be tried again."""
    item = next((item for item in work.facts().items if item.id == command.body["item"]), None)
    if item is None:
        raise StaleVersionError(f"The trip {work.row.id} has no open item {command.body['item']}; nothing was written.")
    effect = key_of(work.row.id, item)
    decision = command.body["decision"]
    told = {name: command.body.get(name) for name in ("decision", "reason", "reference")}
    number = work.append("resolved", {**told, "by": command.by, "command": command.number}, effect)
    if effect is None:
        # The command is what a recovery starts anew from.
        return
    work.postings.extend(of_decision(number, item, decision))
    known = work.key(effect.key) or KeyRecord(effect.key)
    if decision == "retry":
        work.put(replace(known, mark="open", outcome=None, answer=None))
    else:
        work.put(replace(known, mark=decision, until=None))
