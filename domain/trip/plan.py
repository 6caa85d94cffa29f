"""What a trip needs next: a pure function of its facts. The sagas do what it says, one step after the other.

Before the pivot undoing costs nothing; after it the trip goes forward, unless a refusal turns it round. What goes is
undone in exact reverse of the booking order. Steps that a person has to settle are left out; when nothing else is left
to do, the trip parks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from domain.components import COMPONENT_KINDS, ComponentKind
from domain.trip.facts import Change, ComponentFacts, Revision, TripFacts
from domain.trip.outcomes import TripEnd

ForwardEffect = Literal["hold", "authorize", "confirm", "capture"]
_TICKETING: tuple[ForwardEffect, ...] = ("confirm", "capture")
_PAYING_MORE: tuple[ForwardEffect, ...] = ("authorize", "confirm", "capture")
_PAYING_NO_MORE: tuple[ForwardEffect, ...] = ("confirm",)


@dataclass(frozen=True)
class Forward:
    """Do the next effect of a revision; `amount` is what to authorize."""

    kind: ComponentKind
    revision: int
    effect: ForwardEffect
    amount: int = 0


@dataclass(frozen=True)
class Undo:
    """Cancel a revision and give back what is due; `fee_agreed` is what the traveller bears of a fee."""

    kind: ComponentKind
    revision: int
    fee_agreed: int


@dataclass(frozen=True)
class Pivot:
    """Everything wanted stands: record that from here on the trip goes forward."""


@dataclass(frozen=True)
class AskTraveller:
    """Some stands and some failed, and the traveller wants to choose."""


@dataclass(frozen=True)
class EndChange:
    """The change is through (`done`), or what it began is undone."""

    command: int
    done: bool


@dataclass(frozen=True)
class Park:
    """Only what a person has to settle is left."""


@dataclass(frozen=True)
class Close:
    """Nothing is left to do."""

    status: TripEnd


Step = Forward | Undo | Pivot | AskTraveller | EndChange | Park | Close


def next_step(facts: TripFacts) -> Step:
    """The step that these facts ask for; facts of a closed trip without new commands ask for `Close` again."""
    if facts.stranded:
        return Park()
    if undo := next(_undoing(facts), None):
        return undo
    if not all_goes(facts):
        if facts.pivot == "none":
            return AskTraveller() if _must_ask(facts) else Pivot()
        if forward := next(_forward(facts), None):
            return forward
        if facts.change and (step := _changing(facts, facts.change)):
            return step
    if facts.items:
        return Park()
    if facts.change:
        return EndChange(facts.change.command, done=False)
    return Close(_end(facts))


def kept_revision(facts: TripFacts, component: ComponentFacts) -> Revision | None:
    """The one booking of a component that is to stay, as things are; None when all of it goes."""
    staying = [revision for revision in component.revisions if not _goes(facts, component, revision)]
    return staying[0] if staying else None


def trip_failed(facts: TripFacts) -> bool:
    """Whether the trip as a whole has to be undone because something on its way failed."""
    failed = [component for component in facts.components if component.revisions[0].failed]
    if facts.pivot == "expired" or facts.choice == "undo":
        return True
    if not failed:
        return False
    if len(failed) == len(facts.components) and (facts.pivot == "recorded" or len(failed) == _wanted(facts)):
        return True
    if facts.on_failure == "ask_me":
        return facts.pivot == "recorded" and facts.choice != "keep"
    return facts.on_failure == "all_or_nothing"


def all_goes(facts: TripFacts) -> bool:
    """Whether the whole trip is to be undone."""
    return facts.cancel is not None or trip_failed(facts)


def _each_for_itself(facts: TripFacts) -> bool:
    """Whether the rest is kept when one component fails."""
    return facts.on_failure == "keep_what_works" or (facts.on_failure == "ask_me" and facts.choice == "keep")


def _wanted(facts: TripFacts) -> int:
    """How many components the trip is to have, whether or not they were begun."""
    return len(COMPONENT_KINDS) if facts.kind == "travel" else 1


def _must_ask(facts: TripFacts) -> bool:
    """Once all has been tried and some of it failed."""
    tried = [c.revisions[0] for c in facts.components if c.revisions[0].failed or c.revisions[0].authorize == "done"]
    failed = any(first.failed for first in tried)
    return facts.on_failure == "ask_me" and facts.choice is None and failed and len(tried) == _wanted(facts)


def _goes(facts: TripFacts, component: ComponentFacts, revision: Revision) -> bool:
    replaced = any(_through(later) for later in component.revisions[revision.number :])
    return all_goes(facts) or revision.failed or replaced


def _through(revision: Revision) -> bool:
    """Confirmed, and what was authorized for it captured."""
    paid = revision.authorize == "none" or revision.capture == "done"
    return revision.confirm == "done" and paid and not revision.failed


def _undoing(facts: TripFacts) -> Iterator[Undo]:
    """What is to be undone, in exact reverse of the booking order."""
    for component in reversed(facts.components):
        kept = kept_revision(facts, component)
        for revision in reversed(component.revisions):
            if _goes(facts, component, revision) and (
                revision.undoable or (revision is component.revisions[0] and component.next_refund(kept))
            ):
                yield Undo(component.kind, revision.number, _fee_agreed(facts, component.kind, revision))


def _fee_agreed(facts: TripFacts, kind: ComponentKind, revision: Revision) -> int:
    """The part of a fee that the traveller was told of: none when it isn't their doing."""
    if revision.cancel != "none":
        return revision.fee_agreed
    if trip_failed(facts) or revision.failed:
        return 0
    if facts.cancel is not None:
        told = (fee.amount for fee in facts.cancel_fees if (fee.kind, fee.revision) == (kind, revision.number))
        return next(told, 0)
    change = facts.change
    return change.fee if change and (change.kind, change.replaces) == (kind, revision.number) else 0


def _forward(facts: TripFacts) -> Iterator[Forward]:
    """Each standing hold is confirmed, then its payment captured.

    What a person has to settle stops all that stands or falls with it, and not what is kept whatever becomes of it:
    that would be left held until it runs out.
    """
    stuck = {item.kind for item in facts.items}
    if stuck and not _each_for_itself(facts):
        return
    for component in facts.components:
        first = component.revisions[0]
        if first.held and not first.failed and component.kind not in stuck:
            for effect in _TICKETING:
                if first.mark(effect) in ("none", "intended"):
                    yield Forward(component.kind, 1, effect)


def _changing(facts: TripFacts, change: Change) -> Step | None:
    """The next step of a change: hold the new, authorize a rise, confirm, capture; the old then goes by itself."""
    component = facts.component(change.kind)
    if facts.items or component is None:
        return None
    if len(component.revisions) < change.revision:
        return Forward(change.kind, change.revision, "hold")
    new, old = component.revision(change.revision), component.revision(change.replaces)
    if new.failed:
        return EndChange(change.command, done=False)
    if new.hold != "done":
        return Forward(change.kind, new.number, "hold")
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
    failed = any(component.revisions[0].failed for component in facts.components)
    return "partly_confirmed" if failed else "confirmed"
