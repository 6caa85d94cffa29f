"""Stretches of tokens that have a meaning: a date or a length. Nothing else may read those tokens again."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Unit = Literal["nights", "days", "any"]


@dataclass(frozen=True)
class DateSpan:
    """Tokens `first` to before `last`, which name a day.

    `day` is None if they name no single day. `until` is set where they name the last day of a stay too. `is_end` is set
    if they name only that one: `until 8 May`.
    """

    first: int
    last: int
    day: date | None
    until: date | None = None
    is_end: bool = False


@dataclass(frozen=True)
class LengthSpan:
    """Tokens `first` to before `last`, which name a length. `value` is None if that is no single whole number."""

    first: int
    last: int
    value: int | None
    unit: Unit
