"""Changes of a trip: what a command asked for, and why the last change was not made."""

from collections.abc import Sequence
from datetime import date

from domain.amount import Money
from domain.components import ComponentKind
from domain.trip import notes
from domain.trip.command_bodies import ChangeBody
from domain.trip.ending import failure_of
from domain.trip.entry_data import ChangeEnd
from domain.trip.facts import Change, TripFacts
from domain.trip.marks import PAID_BACK
from domain.trip.outcomes import ProblemNote
from domain.trip.records import Command, Entry
from domain.trip.revisions import ComponentFacts, Revision


def why_not_changed(facts: TripFacts, entries: Sequence[Entry], commands: Sequence[Command]) -> ProblemNote | None:
    """Return a note of why the last change was not made; None if it was made, is under way or was never asked for."""
    change = _last_unmade(entries, commands)
    if change is None:
        return None
    component = facts.component(change.kind)
    if component is None:
        return None
    revision = _revision(component, change.revision)
    if revision is None:
        return None
    cause = failure_of(component.kind, revision)
    if cause is None:
        return None
    charged = Money(currency=facts.currency, minor=_still_charged(component, revision))
    return notes.not_changed(cause, charged)


def day_of_flight_back(facts: TripFacts, change: Change) -> date | None:
    """Return the day of the second leg of the booking that a change replaces; None if it has none."""
    component = facts.component(change.kind)
    if component is None:
        return None
    return component.revision(change.replaces).return_date


def asked_for(
    facts: TripFacts, change: ChangeBody, kind: ComponentKind, day: date | None, units: int | None
) -> bool | None:
    """Return whether a command asked for this change; None if its details were forgotten with their traveller.

    A day or a length that the request leaves out is that of the booking which the change replaces.
    """
    if change.kind != kind:
        return False
    component = facts.component(kind)
    if change.date is None:
        return None
    if component is None:
        return None
    replaced = _revision(component, change.replaces)
    if replaced is None:
        return False
    if day is None:
        day = replaced.date
    if units is None:
        units = replaced.units
    return (day, units) == (change.date, change.units)


def _last_unmade(entries: Sequence[Entry], commands: Sequence[Command]) -> ChangeBody | None:
    """Return the last change that was asked for, if it ended without being made."""
    bodies: dict[int, ChangeBody] = {}
    for command in commands:
        if isinstance(command.body, ChangeBody):
            bodies[command.number] = command.body
    if not bodies:
        return None
    last = max(bodies)
    end = ChangeEnd(command=last)
    for entry in entries:
        if (entry.event, entry.data) == ("not_changed", end):
            return bodies[last]
    return None


def _revision(component: ComponentFacts, number: int) -> Revision | None:
    if len(component.revisions) < number:
        return None
    return component.revision(number)


def _still_charged(component: ComponentFacts, revision: Revision) -> int:
    """Return the minor units that were taken for one revision and have not come back."""
    charged = revision.captured
    for refund in component.refunds_of(revision):
        if refund.mark in PAID_BACK:
            charged -= refund.amount
    return charged
