"""What became of a trip's last change. Pure rules."""

from collections.abc import Sequence

from domain import notes
from domain.ending import failure_of
from domain.facts import TripFacts
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
    return notes.not_changed(cause) if cause else None


def _ends_in_vain(entry: Entry, change: Command) -> bool:
    return entry.event == "not_changed" and (entry.data or {}).get("command") == change.number
