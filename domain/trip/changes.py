"""Changes of a trip: what a command asked for, and why the last change was not made."""

from collections.abc import Sequence
from datetime import date

from domain.amount import Money
from domain.components import ComponentKind
from domain.trip import notes
from domain.trip.ending import failure_of
from domain.trip.facts import PAID_BACK, Change, ComponentFacts, Revision, TripFacts
from domain.trip.outcomes import ProblemNote
from domain.trip.records import Command, Entry


def why_not_changed(facts: TripFacts, entries: Sequence[Entry], commands: Sequence[Command]) -> ProblemNote | None:
    """Return a note of why the last change was not made; None if it was made, is under way or was never asked for."""
    last = next((command for command in reversed(commands) if command.kind == "change"), None)
    if last is None or not any(_ends_unmade(entry, last) for entry in entries):
        return None
    component, number = facts.component(last.body["kind"]), last.body["revision"]
    if component is None or len(component.revisions) < number:
        return None
    revision = component.revision(number)
    cause = failure_of(component.kind, revision)
    charged = Money(currency=facts.currency, minor=_still_charged(component, revision))
    return notes.not_changed(cause, charged) if cause else None


def _still_charged(component: ComponentFacts, revision: Revision) -> int:
    """Return the minor units that were taken for one revision and have not come back."""
    refunds = [refund for refund in component.refunds if refund.revision == revision.number]
    return revision.captured - sum(refund.amount for refund in refunds if refund.mark in PAID_BACK)


def asked_for(
    facts: TripFacts, command: Command, kind: ComponentKind, day: date | None, units: int | None
) -> bool | None:
    """Return whether the command asked for this change; None if its details were forgotten with their traveller.

    A day or a length that the request leaves out is that of the booking which the change replaces.
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
    requested_units = old.units if units is None else units
    return (day or old.date, requested_units) == (change.date, change.units)


def _ends_unmade(entry: Entry, change: Command) -> bool:
    return entry.event == "not_changed" and (entry.data or {}).get("command") == change.number
