"""The marks of effects, and the sets of marks by which trips are decided."""

from collections.abc import Collection
from typing import Literal

Mark = Literal["none", "intended", "done", "refused", "given_up", "settled", "written_off"]
"""The progress of one effect. `intended`: the intent is written, the outcome is unknown. `given_up`: its attempts are
used up. `settled`, `written_off`: an operator decided, and the key is closed at the supplier."""

Decision = Literal["retry", "settled", "written_off"]
"""An operator's decision on an open item: try again, settled elsewhere, or accepted as a loss."""

CLOSED: tuple[Mark, ...] = ("settled", "written_off")
"""Marks that an operator's decision sets."""
PAID_BACK: tuple[Mark, ...] = ("done", "settled")
"""Marks of a refund whose money is with the traveller again."""
ENDED: tuple[Mark, ...] = ("done", *CLOSED)
"""Marks after which nothing is left to do for an effect."""
WITHOUT_EFFECT: tuple[Mark, ...] = ("none", "refused")
"""Marks that say for certain that nothing happened at the supplier."""
UNFINISHED: tuple[Mark, ...] = ("none", "intended")
"""Marks of an effect that the saga itself may still begin or repeat."""
NOT_DONE: tuple[Mark, ...] = ("none", "intended", "refused", "given_up", *CLOSED)
"""All marks but that of an effect that its supplier has done."""
FAILED: tuple[Mark, ...] = ("refused", *CLOSED)
"""Marks of an effect on the way forward that will never be done."""
WITHOUT_FEE: tuple[Mark, ...] = ("none", *CLOSED)
"""Marks of a cancel for which the traveller bears no fee."""
_BY_WEIGHT: tuple[Literal["written_off", "settled"], ...] = ("written_off", "settled")
"""Marks of decisions in the order in which people read them: a loss is what the traveller has to know first."""
UNSURE: tuple[Mark, ...] = ("intended", "given_up")
"""Marks of an effect that the supplier may have done or not."""


def weightiest_decision(marks: Collection[Mark]) -> Literal["written_off", "settled"] | None:
    """Return the decision among these marks that people have to know first; None if no operator decided anything."""
    for decision in _BY_WEIGHT:
        if decision in marks:
            return decision
    return None
