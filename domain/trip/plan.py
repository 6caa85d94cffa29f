"""A trip's next step, as a pure function of its facts. Sagas take one step after the other until it says close.

Before the pivot, compensation costs nothing. After it the trip goes forward, unless a refusal leads to compensation.
Bookings are undone in exact reverse of the booking order. Steps that an operator has to settle are left out, and once
nothing else is left to do, the trip parks.
"""

from dataclasses import dataclass
from typing import Literal

from domain.components import ComponentKind, parts_of
from domain.trip.facts import UNFINISHED, Change, ComponentFacts, Revision, TripFacts
from domain.trip.outcomes import TripEnd

ForwardEffect = Literal["hold", "authorize", "confirm", "capture"]
_TICKETING: tuple[ForwardEffect, ...] = ("confirm", "capture")
_PAYING_MORE: tuple[ForwardEffect, ...] = ("authorize", "confirm", "capture")
_PAYING_NO_MORE: tuple[ForwardEffect, ...] = ("confirm",)


@dataclass(frozen=True)
class Forward:
    """Do the next effect of a revision; `amount` is what to authorize, in minor units."""

    kind: ComponentKind
    revision: int
    effect: ForwardEffect
    amount: int = 0


@dataclass(frozen=True)
class Undo:
    """Cancel a revision and refund what is due; `fee_agreed` is the fee that the traveller bears, in minor units."""

    kind: ComponentKind
    revision: int
    fee_agreed: int


@dataclass(frozen=True)
class Pivot:
    """Record that everything is held and authorized, so that the trip goes forward from here on."""


@dataclass(frozen=True)
class AskTraveller:
    """Wait for the traveller's choice, since some components are held and some failed."""


@dataclass(frozen=True)
class EndChange:
    """End a change: `done` if it was made, otherwise what it began is undone."""

    command: int
    done: bool


@dataclass(frozen=True)
class Park:
    """Wait for an operator, since only open items are left."""


@dataclass(frozen=True)
class Close:
    """End the trip, since nothing is left to do."""

    status: TripEnd


Step = Forward | Undo | Pivot | AskTraveller | EndChange | Park | Close


def next_step(facts: TripFacts) -> Step:
    """Return the step that these facts ask for.

    A closed trip without new commands gets its `Close` again.
    """
    if facts.stranded:
        return Park()
    # Compensation comes before any step forward: what was given up must not stay held while the rest is booked.
    step = _undo(facts)
    if step is None and not all_goes(facts):
        step = _step_forward(facts)
    if step:
        return step
    # Only open items are left. A change ends after them: its undoing may be one of them.
    if facts.items:
        return Park()
    if facts.change:
        return EndChange(facts.change.command, done=False)
    return Close(_end(facts))


def kept_revision(facts: TripFacts, component: ComponentFacts) -> Revision | None:
    """Return the one booking of a component that is to stay; None if all of the component goes."""
    staying = (revision for revision in component.revisions if not _goes(facts, component, revision))
    return next(staying, None)


def trip_failed(facts: TripFacts) -> bool:
    """Return whether the trip as a whole has to be undone because something on its way failed."""
    if facts.pivot == "expired" or facts.choice == "undo":
        return True
    failed = _failed_components(facts)
    if not failed:
        return False
    is_past_pivot = facts.pivot == "recorded"
    # Before the pivot, components that were not begun yet may still succeed.
    expected = len(facts.components) if is_past_pivot else _planned_components(facts)
    all_failed = failed == len(facts.components) == expected
    match facts.on_failure:
        case "all_or_nothing":
            return True
        case "keep_what_works":
            return all_failed
        case "ask_me":
            return all_failed or (is_past_pivot and facts.choice != "keep")


def all_goes(facts: TripFacts) -> bool:
    """Return whether the whole trip is to be undone."""
    return facts.cancel is not None or trip_failed(facts)


def _failed_components(facts: TripFacts) -> int:
    return sum(component.first.failed for component in facts.components)


def _planned_components(facts: TripFacts) -> int:
    """Return the number of components that the trip is to have, also of those that were not begun."""
    return len(parts_of(facts.kind))


def _keeps_the_rest(facts: TripFacts) -> bool:
    """Return whether the other components are kept when one fails."""
    if facts.on_failure == "ask_me":
        return facts.choice == "keep"
    return facts.on_failure == "keep_what_works"


def _must_ask(facts: TripFacts) -> bool:
    """Return whether the traveller is to choose: every component was tried, some failed, and no choice was made."""
    if facts.on_failure != "ask_me" or facts.choice is not None:
        return False
    failed = _failed_components(facts)
    ready = sum(_is_ready(component.first) for component in facts.components)
    return failed > 0 and failed + ready == _planned_components(facts)


def _is_ready(booking: Revision) -> bool:
    return booking.authorize == "done" and not booking.failed


def _goes(facts: TripFacts, component: ComponentFacts, revision: Revision) -> bool:
    """Return whether a revision is to be undone: with the whole trip, as failed, or as replaced by a later one."""
    if revision.failed or all_goes(facts):
        return True
    return any(map(_is_completed, component.revisions[revision.number :]))


def _is_completed(revision: Revision) -> bool:
    """Return whether a revision is confirmed, and whatever was authorized for it is captured."""
    if revision.failed or revision.confirm != "done":
        return False
    return revision.authorize == "none" or revision.capture == "done"


def _undo(facts: TripFacts) -> Undo | None:
    """Return the next booking to undo, in exact reverse of the booking order; None if nothing is left to undo."""
    for component in reversed(facts.components):
        for revision in reversed(component.revisions):
            if _goes(facts, component, revision) and _is_left_to_undo(facts, component, revision):
                return Undo(component.kind, revision.number, _fee_agreed(facts, component.kind, revision))
    return None


def _is_left_to_undo(facts: TripFacts, component: ComponentFacts, revision: Revision) -> bool:
    if revision.undoable:
        return True
    # Refunds belong to the component; the step that undoes its first revision makes those that are still due.
    is_first = revision is component.first
    return is_first and component.next_refund(kept_revision(facts, component)) is not None


def _fee_agreed(facts: TripFacts, kind: ComponentKind, revision: Revision) -> int:
    """Return the fee that the traveller agreed to, in minor units; 0 if somebody else caused the cancelling."""
    # A fee that was written down with the first attempt must not change with the next one: the key is the same.
    if revision.cancel != "none":
        return revision.fee_agreed
    if revision.failed or trip_failed(facts):
        return 0
    if facts.cancel is not None:
        amounts = {(fee.kind, fee.revision): fee.amount for fee in reversed(facts.cancel_fees)}
        return amounts.get((kind, revision.number), 0)
    change = facts.change
    is_replaced = change is not None and (change.kind, change.replaces) == (kind, revision.number)
    return change.fee if change and is_replaced else 0


def _step_forward(facts: TripFacts) -> Step | None:
    """Return the next step of a trip that stays; None if nothing is left to do, or only open items."""
    if facts.pivot == "none":
        return AskTraveller() if _must_ask(facts) else Pivot()
    ticketing = _ticketing(facts)
    if ticketing or facts.change is None:
        return ticketing
    return _change_step(facts, facts.change)


def _ticketing(facts: TripFacts) -> Forward | None:
    """Return the next effect that confirms a held component or captures its payment; None if there is none.

    An open item of one component stops those that are kept only together with it. It does not stop those that are kept
    in any case: they would stay held until they expire.
    """
    with_open_items = {item.kind for item in facts.items}
    if with_open_items and not _keeps_the_rest(facts):
        return None
    for component in facts.components:
        booking = component.first
        is_ready = booking.held and not booking.failed
        if is_ready and component.kind not in with_open_items:
            for effect in _TICKETING:
                if booking.mark(effect) in UNFINISHED:
                    return Forward(component.kind, 1, effect)
    return None


def _change_step(facts: TripFacts, change: Change) -> Step | None:
    """Return the next step of a change; None while open items block it.

    The new revision is held, a higher price authorized, then it is confirmed and captured. From then on the old
    revision counts as replaced, and is undone.
    """
    component = facts.component(change.kind)
    if facts.items or component is None:
        return None
    hold = Forward(change.kind, change.revision, "hold")
    if len(component.revisions) < change.revision:
        return hold
    new, old = component.revision(change.revision), component.revision(change.replaces)
    if new.failed:
        return EndChange(change.command, done=False)
    if new.hold != "done":
        return hold
    # The old payment is kept for the new booking; only a rise needs a new one.
    rise = new.cost + change.fee - old.cost
    effects = _PAYING_MORE if rise > 0 else _PAYING_NO_MORE
    for effect in effects:
        if new.mark(effect) != "done":
            return Forward(change.kind, new.number, effect, amount=max(rise, 0))
    return EndChange(change.command, done=True)


def _end(facts: TripFacts) -> TripEnd:
    if facts.cancel is not None:
        return "cancelled"
    if trip_failed(facts):
        return "failed"
    return "partly_confirmed" if _failed_components(facts) else "confirmed"
