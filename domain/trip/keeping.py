"""The bookings of a trip that are to stay, as pure functions of its facts."""

from collections.abc import Iterator

from domain.components import parts_of
from domain.trip.facts import TripFacts
from domain.trip.revisions import ComponentFacts, Revision


def kept_revision(facts: TripFacts, component: ComponentFacts) -> Revision | None:
    """Return the one booking of a component that is to stay; None if all of the component goes."""
    if all_goes(facts):
        return None
    for revision in component.revisions:
        if not _goes_alone(component, revision):
            return revision
    return None


def kept_bookings(facts: TripFacts) -> Iterator[tuple[ComponentFacts, Revision]]:
    """Yield each component that stays booked, with its booking, in booking order."""
    for component in facts.components:
        booking = kept_revision(facts, component)
        if booking:
            yield component, booking


def going(facts: TripFacts) -> Iterator[tuple[ComponentFacts, Revision]]:
    """Yield every booking that is to be undone, with its component, in exact reverse of the booking order."""
    if all_goes(facts):
        yield from facts.in_reverse()
        return
    for component, revision in facts.in_reverse():
        if _goes_alone(component, revision):
            yield component, revision


def trip_failed(facts: TripFacts) -> bool:
    """Return whether the trip as a whole has to be undone because something on its way failed."""
    if facts.pivot == "expired":
        return True
    if facts.choice == "undo":
        return True
    failed = failed_components(facts)
    if failed == 0:
        return False
    # With one failure the whole trip fails, unless the traveller takes the rest: then all must have failed.
    if takes_the_rest(facts):
        return failed == _expected_components(facts)
    return True


def all_goes(facts: TripFacts) -> bool:
    """Return whether the whole trip is to be undone."""
    if facts.cancel is not None:
        return True
    return trip_failed(facts)


def _expected_components(facts: TripFacts) -> int:
    # Before the pivot, components that were not begun yet may still succeed.
    if facts.pivot == "recorded":
        return len(facts.components)
    return planned_components(facts)


def takes_the_rest(facts: TripFacts) -> bool:
    """Return whether the other components are kept when one fails: the traveller wants it, or may still be asked."""
    if facts.on_failure != "ask_me":
        return facts.on_failure == "keep_what_works"
    # Past the pivot nobody is asked any more, so only a choice that was made before it counts.
    if facts.pivot == "recorded":
        return facts.choice == "keep"
    return True


def holds_another_price(facts: TripFacts) -> bool:
    """Return whether a booking that is to stay is held at another price than the traveller agreed to."""
    agreement = facts.agreement
    if agreement is None:
        return False
    return any(booking.price != agreement.price_of(component.kind) for component, booking in kept_bookings(facts))


def failed_components(facts: TripFacts) -> int:
    """Return the number of components whose first booking failed."""
    failed = 0
    for component in facts.components:
        failed += component.first.failed
    return failed


def planned_components(facts: TripFacts) -> int:
    """Return the number of components that the trip is to have, also of those that were not begun."""
    return len(parts_of(facts.kind))


def _goes_alone(component: ComponentFacts, revision: Revision) -> bool:
    """Return whether a revision is to be undone also if the trip stays: as failed, or as replaced by a later one."""
    if revision.failed:
        return True
    later = component.revisions[revision.number :]
    completed = map(_is_completed, later)
    return any(completed)


def _is_completed(revision: Revision) -> bool:
    """Return whether a revision is confirmed, and whatever was authorized for it is captured."""
    if not revision.made:
        return False
    # A change that costs no more has no payment of its own.
    if revision.authorize == "none":
        return True
    return revision.capture == "done"
