"""The bookings of a trip that are to stay, as pure functions of its facts."""

from domain.components import COMPONENT_KINDS
from domain.trip.facts import ComponentFacts, Revision, TripFacts


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
    match facts.on_failure:
        case "all_or_nothing":
            return True
        case "keep_what_works":
            return _all_failed(facts)
        case "ask_me":
            return _all_failed(facts) or _went_on_without_keeping(facts)


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
    """Return whether a component failed after the pivot although the traveller did not choose to keep the rest."""
    return facts.pivot == "recorded" and facts.choice != "keep"


def failed_components(facts: TripFacts) -> int:
    """Return the number of components whose first booking failed."""
    failed = [component for component in facts.components if component.first.failed]
    return len(failed)


def planned_components(facts: TripFacts) -> int:
    """Return the number of components that the trip is to have, also of those that were not begun."""
    if facts.kind == "travel":
        return len(COMPONENT_KINDS)
    return 1


def goes(facts: TripFacts, component: ComponentFacts, revision: Revision) -> bool:
    """Return whether a revision is to be undone: with the whole trip, as failed, or as replaced by a later one."""
    if revision.failed or all_goes(facts):
        return True
    later = component.revisions[revision.number :]
    return any(map(_is_completed, later))


def _is_completed(revision: Revision) -> bool:
    """Return whether a revision is confirmed, and whatever was authorized for it is captured."""
    if revision.failed or revision.confirm != "done":
        return False
    return revision.authorize == "none" or revision.capture == "done"
