"""Conditions: wishes of a traveller that no argument of a tool can express."""

from typing import Literal

from domain.value import Value

ConditionKind = Literal["budget", "price_first", "condition"]
"""A limit for the price, a wish to hear the price before anything is booked, or anything else."""


class Condition(Value):
    """One such wish. `topic` names its row in the table of patterns; `words` are the traveller's own, at most 60."""

    kind: ConditionKind
    topic: str
    words: str
