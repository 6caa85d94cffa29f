"""What became of a trip's last change. Pure rules."""

from collections.abc import Sequence

from domain import notes
from domain.ending import failure_of
from domain.facts import ComponentFacts, TripFacts
from domain.money import Money
from domain.outcomes import ProblemNote
from domain.records import Command, Entry


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


def _ends_in_vain(entry: Entry, change: Command) -> bool:
    return entry.event == "not_changed" and (entry.data or {}).get("command") == change.number
