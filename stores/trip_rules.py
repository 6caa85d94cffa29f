"""The rules of a trip as a whole: its owner, its pivot, its box of commands, its end."""

from dataclasses import replace
from typing import Literal

from domain.components import ComponentKind
from domain.ids import follow_up_id, recovery_id
from domain.money.postings import of_decision
from domain.trip.outcomes import TripOutcome
from domain.trip.records import Command, CommandKind, Data, NewTrip, TripRow
from stores.draft import Draft, KeyRecord
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


def opened(trip: NewTrip, standing: TripRow) -> TripRow:
    """What a repeat of `open` gets."""
    if (standing.conversation, standing.turn, standing.kind) != (trip.conversation, trip.turn, trip.kind):
        raise TripExistsError(f"The id {trip.id} is taken by another turn's trip; nothing was written.")
    return standing


def lose(draft: Draft, component: str, kind: ComponentKind, epoch: int) -> None:
    known = any(entry.event == "lost" and entry.component == component for entry in draft.standing.entries())
    if epoch == draft.row.epoch and not known:
        draft.append_lost(component, kind)


def pivot(draft: Draft, epoch: int, seen: int, verdict: PivotVerdict) -> Literal["done"] | CommandsWaiting | Superseded:
    if epoch != draft.row.epoch:
        return Superseded()
    if _pivoted(draft):
        return "done"
    if seen < draft.row.commands:
        return CommandsWaiting()
    if verdict == "pivot":
        draft.append("pivot")
    else:
        draft.append("expired", {"reason": verdict})
    return "done"


def end_change(draft: Draft, epoch: int, command: int, done: bool) -> None:
    known = any(
        entry.event in ("changed", "not_changed") and (entry.data or {}).get("command") == command
        for entry in draft.standing.entries()
    )
    if epoch == draft.row.epoch and not known:
        draft.append("changed" if done else "not_changed", {"command": command})


def close(
    draft: Draft, outcome: TripOutcome, epoch: int, seen: int, version: int | None
) -> TripOutcome | CommandsWaiting | Superseded:
    if epoch != draft.row.epoch:
        return Superseded()
    if draft.row.outcome is not None:
        return draft.row.outcome
    if seen < draft.row.commands or version not in (None, draft.row.version):
        return CommandsWaiting()
    draft.append("closed", outcome.model_dump(mode="json"))
    draft.change(box="closed", outcome=outcome)
    draft.head = replace(draft.head, troubled=False)
    return outcome


def accept(draft: Draft, kind: CommandKind, command_id: str, by: str, body: Data, version: int) -> Command:
    known = next((command for command in draft.standing.commands() if command.id == command_id), None)
    if known:
        return known
    _require(draft, version)
    if draft.head.rows >= MOST_ROWS:
        raise TripFullError(f"The trip {draft.row.id} has {MOST_ROWS} rows and takes no more commands.")
    command = Command(draft.row.id, draft.row.commands + 1, command_id, kind, draft.at, by, body)
    if kind == "decision":
        _resolve(draft, command)
    draft.commands.append(command)
    draft.change(commands=command.number)
    if draft.row.box == "closed":
        saga = follow_up_id(draft.row.id, command.number)
        draft.change(box="open", outcome=None, saga=saga, epoch=draft.row.epoch + 1)
    return command


def take_over(draft: Draft, version: int) -> TripRow:
    if draft.head.taken_by == draft.call:
        return draft.row
    _require_open(draft, version)
    draft.append("taken_over", {"commands": draft.row.commands})
    if not _pivoted(draft):
        draft.append("expired", {"reason": "recovered"})
    epoch = draft.row.epoch + 1
    draft.change(epoch=epoch, saga=recovery_id(draft.row.id, epoch))
    draft.head = replace(draft.head, taken_by=draft.call)
    return draft.finished_head().row


def strand(draft: Draft, version: int) -> None:
    if draft.facts().stranded:
        return
    _require_open(draft, version)
    draft.append("stranded", {"commands": draft.row.commands})
    draft.head = replace(draft.head, troubled=True)


def _require_open(draft: Draft, version: int) -> None:
    _require(draft, version)
    if draft.row.box == "closed":
        raise StaleVersionError(f"The trip {draft.row.id} has ended: there is nothing to take over.")


def _require(draft: Draft, version: int) -> None:
    if draft.row.version != version:
        raise StaleVersionError(
            f"The trip {draft.row.id} is at version {draft.row.version}, not {version} any more; nothing was written."
        )


def _pivoted(draft: Draft) -> bool:
    return any(entry.event in ("pivot", "expired") for entry in draft.standing.entries())


def _resolve(draft: Draft, command: Command) -> None:
    """Write what a person decided on an open item, and close its key unless it is to be tried again."""
    item = next((item for item in draft.facts().items if item.id == command.body["item"]), None)
    if item is None:
        raise StaleVersionError(
            f"The trip {draft.row.id} has no open item {command.body['item']}; nothing was written."
        )
    effect = key_of(draft.row.id, item)
    decision = command.body["decision"]
    told = {name: command.body.get(name) for name in ("decision", "reason", "reference")}
    number = draft.append("resolved", {**told, "by": command.by, "command": command.number}, effect)
    if effect is None:
        # The command is what a recovery starts anew from.
        return
    draft.postings.extend(of_decision(number, item, decision))
    known = draft.key(effect.key) or KeyRecord(effect.key)
    if decision == "retry":
        draft.put(replace(known, mark="open", outcome=None, answer=None))
    else:
        draft.put(replace(known, mark=decision, until=None))
