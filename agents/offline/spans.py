"""A stretch of tokens that has been understood: a date or a length. Nothing else may read those tokens again."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Unit = Literal["nights", "days", "any"]


@dataclass(frozen=True)
class DateSpan:
    """Tokens `first` to before `last` name a day.

    `day` is None if they name no single day. `until` is set where they name a stay's last day too, `marker` holds
    the word before it that makes it an end (`until`, `returning`, …).
    """

    first: int
    last: int
    day: date | None
    until: date | None = None
    is_end: bool = False


@dataclass(frozen=True)
class LengthSpan:
    """Tokens `first` to before `last` name a length; `value` is None if that is no single whole number."""

    first: int
    last: int
    value: int | None
    unit: Unit
