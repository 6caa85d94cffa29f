"""A trip's next step, as a pure function of its facts. Sagas take one step after the other until it says close.

Before the pivot, compensation costs nothing. After it the trip goes forward, unless a refusal leads to compensation.
Bookings are undone in exact reverse of the booking order. Steps that an operator has to settle are left out, and once
nothing else is left to do, the trip parks.
"""

from dataclasses import dataclass
from typing import Literal

from domain.components import ComponentKind
from domain.trip.facts import Change, Fee, TripFacts
from domain.trip.keeping import (
    all_goes,
    failed_components,
    going,
    kept_revision,
    planned_components,
    takes_the_rest,
    trip_failed,
)
from domain.trip.marks import NOT_DONE, UNFINISHED
from domain.trip.outcomes import TripEnd
from domain.trip.revisions import ComponentFacts, Revision

ForwardEffect = Literal["hold", "authorize", "confirm", "capture"]
_BOOKING: tuple[ForwardEffect, ...] = ("hold", "authorize")
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
    undo = _undo(facts)
    if undo:
        return undo
    step = _step_forward(facts)
    if step:
        return step
    # Only open items are left. A change ends after them: its undoing may be one of them.
    if facts.items:
        return Park()
    if facts.change:
        return EndChange(facts.change.command, done=False)
    return Close(_end(facts))


def next_booking_step(facts: TripFacts, kind: ComponentKind) -> Forward | None:
    """Return the next effect that books the first revision of a component before the pivot.

    None if it is booked, if a step has failed, or if the trip has been cancelled meanwhile.
    """
    if facts.cancel is not None or facts.outcome is not None or facts.pivot != "none":
        return None
    component = facts.component(kind)
    if component is None:
        return Forward(kind, 1, "hold")
    first = component.first
    if first.failed or first.cancel != "none":
        return None
    # "intended" means that the outcome is unknown: the step is repeated with the same key.
    effect = first.first_marked(_BOOKING, UNFINISHED)
    return Forward(kind, 1, effect, first.cost) if effect else None


def _must_ask(facts: TripFacts) -> bool:
    """Return whether the traveller is to choose before the pivot: all was tried, some failed, no choice was made."""
    if (facts.pivot, facts.on_failure, facts.choice) != ("none", "ask_me", None):
        return False
    failed = failed_components(facts)
    if failed == 0:
        return False
    ready = 0
    for component in facts.components:
        ready += _is_ready(component.first)
    return failed + ready == planned_components(facts)


def _is_ready(booking: Revision) -> bool:
    if booking.failed:
        return False
    return booking.authorize == "done"


def _undo(facts: TripFacts) -> Undo | None:
    """Return the next booking to undo, in exact reverse of the booking order; None if nothing is left to undo."""
    for component, revision in going(facts):
        if _is_left_to_undo(facts, component, revision):
            return Undo(
                kind=component.kind,
                revision=revision.number,
                fee_agreed=_fee_agreed(facts, component.kind, revision),
            )
    return None


def _is_left_to_undo(facts: TripFacts, component: ComponentFacts, revision: Revision) -> bool:
    if revision.undoable:
        return True
    # Refunds belong to the component; the step that undoes its first revision makes those that are still due.
    if revision is not component.first:
        return False
    kept = kept_revision(facts, component)
    return component.next_refund(kept) is not None


def _fee_agreed(facts: TripFacts, kind: ComponentKind, revision: Revision) -> int:
    """Return the fee that the traveller agreed to, in minor units; 0 if somebody else caused the cancelling."""
    # A fee that was written down with the first attempt must not change with the next one: the key is the same.
    if revision.cancel != "none":
        return revision.fee_agreed
    if revision.failed:
        return 0
    if trip_failed(facts):
        return 0
    for fee in _accepted_fees(facts):
        if (fee.kind, fee.revision) == (kind, revision.number):
            return fee.amount
    return 0


def _accepted_fees(facts: TripFacts) -> tuple[Fee, ...]:
    """Return the fees that the traveller accepted by cancelling the trip, or else by the change that is under way."""
    if facts.cancel is not None:
        return facts.cancel_fees
    change = facts.change
    if change is None:
        return ()
    fee = Fee(kind=change.kind, revision=change.replaces, amount=change.fee)
    return (fee,)


def _step_forward(facts: TripFacts) -> Step | None:
    """Return the next step of a trip that stays; None if it goes, if nothing is left to do, or only open items."""
    if all_goes(facts):
        return None
    if _must_ask(facts):
        return AskTraveller()
    if facts.pivot == "none":
        return Pivot()
    # Confirming and paying what is held comes first: a hold runs out.
    ticketing = _ticketing(facts)
    if ticketing:
        return ticketing
    if facts.change is None:
        return None
    return _change_step(facts, facts.change)


def _ticketing(facts: TripFacts) -> Forward | None:
    """Return the next effect that confirms a held component or captures its payment; None if there is none.

    An open item of one component stops those that are kept only together with it. It does not stop those that are kept
    in any case: they would stay held until they expire.
    """
    if facts.items and not takes_the_rest(facts):
        return None
    for component in facts.components:
        if facts.items_of(component.kind):
            continue
        effect = _next_ticketing(component.first)
        if effect:
            return Forward(
                kind=component.kind,
                revision=component.first.number,
                effect=effect,
            )
    return None


def _next_ticketing(booking: Revision) -> ForwardEffect | None:
    if booking.failed:
        return None
    if not booking.held:
        return None
    return booking.first_marked(_TICKETING, UNFINISHED)


def _change_step(facts: TripFacts, change: Change) -> Step | None:
    """Return the next step of a change; None while open items block it.

    The new revision is held, a higher price authorized, then it is confirmed and captured. From then on the old
    revision counts as replaced, and is undone.
    """
    if facts.items:
        return None
    component = facts.component(change.kind)
    if component is None:
        return None
    hold = Forward(change.kind, change.revision, "hold")
    if len(component.revisions) < change.revision:
        return hold
    new = component.revision(change.revision)
    if new.failed:
        return EndChange(change.command, done=False)
    if new.hold != "done":
        return hold
    old = component.revision(change.replaces)
    # The old payment is kept for the new booking; only a rise needs a new one.
    rise = max(0, new.cost + change.fee - old.cost)
    return _next_of_change(change, new, rise)


def _next_of_change(change: Change, new: Revision, rise: int) -> Step:
    effects = _PAYING_NO_MORE
    if rise:
        effects = _PAYING_MORE
    effect = new.first_marked(effects, NOT_DONE)
    if effect is None:
        return EndChange(change.command, done=True)
    return Forward(
        kind=change.kind,
        revision=new.number,
        effect=effect,
        amount=rise,
    )


def _end(facts: TripFacts) -> TripEnd:
    if facts.cancel is not None:
        return "cancelled"
    if trip_failed(facts):
        return "failed"
    if failed_components(facts):
        return "partly_confirmed"
    return "confirmed"
