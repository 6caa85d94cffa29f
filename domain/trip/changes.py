"""What a trip's changes asked for, and what became of the last one. Pure rules."""

from collections.abc import Sequence
from datetime import date

from domain.amount import Money
from domain.components import ComponentKind
from domain.trip import notes
from domain.trip.ending import failure_of
from domain.trip.facts import Change, ComponentFacts, TripFacts
from domain.trip.outcomes import ProblemNote
from domain.trip.records import Command, Entry


def why_not_changed(facts: TripFacts, entries: Sequence[Entry], commands: Sequence[Command]) -> ProblemNote | None:
    """Why the last change was not made; None if it was, is under way or was never asked for."""
    last = next((command for command in reversed(commands) if command.kind == "change"), None)
    if last is None or not any(_ends_in_vain(entry, last) for entry in entries):
        return None
    component = facts.component(last.body["kind"])
    if component is None or len(component.revisions) < last.body["revision"]:
        return None
    cause = failure_of(component.kind, component.revision(last.body["revision"]))
    charged = Money(currency=facts.currency, minor=_stays_charged(component, last.body["revision"]))
    return notes.not_changed(cause, charged) if cause else None


def _stays_charged(component: ComponentFacts, revision: int) -> int:
    """What was taken for one revision and has not come back."""
    back = sum(r.amount for r in component.refunds if r.revision == revision and r.mark in ("done", "settled"))
    return component.revision(revision).captured - back


def asked_for(
    facts: TripFacts, command: Command, kind: ComponentKind, day: date | None, units: int | None
) -> bool | None:
    """Whether the command asked for this change; None if that was forgotten with its traveller.

    A day or a length that a request leaves out is that of the booking which the change replaces.
    """
    if command.body["kind"] != kind:
        return False
    component = facts.component(kind)
    if "date" not in command.body or component is None:
        return None
    change = Change.model_validate({"command": command.number, **command.body})
    if len(component.revisions) < change.replaces:
        return False
    old = component.revision(change.replaces)
    return (day or old.date, old.units if units is None else units) == (change.date, change.units)


def _ends_in_vain(entry: Entry, change: Command) -> bool:
    return entry.event == "not_changed" and (entry.data or {}).get("command") == change.number
