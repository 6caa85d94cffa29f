"""The bookings of a trip that are to stay, as pure functions of its facts."""

from domain.components import parts_of
from domain.trip.facts import TripFacts
from domain.trip.revisions import ComponentFacts, Revision


def kept_revision(facts: TripFacts, component: ComponentFacts) -> Revision | None:
    """Return the one booking of a component that is to stay; None if all of the component goes."""
    for revision in component.revisions:
        if not goes(facts, component, revision):
            return revision
    return None


def trip_failed(facts: TripFacts) -> bool:
    """Return whether the trip as a whole has to be undone because something on its way failed."""
    if facts.pivot == "expired" or facts.choice == "undo":
        return True
    if not failed_components(facts):
        return False
    # With one failure the whole trip fails, unless the traveller takes the rest: then all must have failed.
    if facts.on_failure == "all_or_nothing" or _went_on_without_keeping(facts):
        return True
    return _all_failed(facts)


def all_goes(facts: TripFacts) -> bool:
    """Return whether the whole trip is to be undone."""
    return facts.cancel is not None or trip_failed(facts)


def _all_failed(facts: TripFacts) -> bool:
    expected = planned_components(facts)
    # Before the pivot, components that were not begun yet may still succeed.
    if facts.pivot == "recorded":
        expected = len(facts.components)
    return failed_components(facts) == len(facts.components) == expected


def _went_on_without_keeping(facts: TripFacts) -> bool:
    """Return whether the trip passed its pivot before its traveller, who was to be asked, chose to keep a part."""
    asked = (facts.on_failure, facts.pivot) == ("ask_me", "recorded")
    return asked and facts.choice != "keep"


def failed_components(facts: TripFacts) -> int:
    """Return the number of components whose first booking failed."""
    failed = 0
    for component in facts.components:
        failed += component.first.failed
    return failed


def planned_components(facts: TripFacts) -> int:
    """Return the number of components that the trip is to have, also of those that were not begun."""
    return len(parts_of(facts.kind))


def goes(facts: TripFacts, component: ComponentFacts, revision: Revision) -> bool:
    """Return whether a revision is to be undone: with the whole trip, as failed, or as replaced by a later one."""
    if revision.failed or all_goes(facts):
        return True
    later = component.revisions[revision.number :]
    completed = map(_is_completed, later)
    return any(completed)


def _is_completed(revision: Revision) -> bool:
    """Return whether a revision is confirmed, and whatever was authorized for it is captured."""
    if revision.failed or revision.confirm != "done":
        return False
    # A change that costs no more has no payment of its own.
    if revision.authorize == "none":
        return True
    return revision.capture == "done"
