"""Stretches of tokens that have a meaning: a date or a length. Nothing else may read those tokens again."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Unit = Literal["nights", "days", "any"]
DayDoubt = Literal["two_readings", "wrong_weekday", "no_such_day", "no_single_day", "ends_before_it_starts", "only_end"]
"""The reasons why a day is asked about.

- `two_readings`: the words name several days, as in `5/6/2027` and in `Monday or Tuesday`.
- `wrong_weekday`: the date is on another weekday, as in `Friday 5 December 2026`.
- `no_such_day`: no calendar has the day, as in `31 November`.
- `no_single_day`: the words name a longer time, as in `in May`.
- `ends_before_it_starts`: the last day is not after the first one.
- `only_end`: only the last day was named.
"""


@dataclass(frozen=True)
class DateSpan:
    """Tokens `first` to before `last`, which name a day.

    `day` is None if they name no single day, and `doubt` says why, with the days that they may mean in `readings`.
    `until` is set where they name the last day of a stay too. `is_end` is set if they name only that one, as in
    `until 8 May`.
    """

    first: int
    last: int
    day: date | None
    until: date | None = None
    is_end: bool = False
    doubt: DayDoubt | None = None
    readings: tuple[date, ...] = ()
    month: date | None = None
    """The first day of a month, where the words name no more than that: `in May`."""
    words: str = ""
    """The words as the traveller wrote them."""
    is_open: bool = False
    """The words leave out the year, the month or the week, so that they name the next such day."""
    is_weekend: bool = False
    """The end is the weekend's, which gives way to a length that is named."""
    is_window: bool = False
    """The words are `between 5 and 9 May`: all of a stay, but no single day of a flight."""


@dataclass(frozen=True)
class LengthSpan:
    """Tokens `first` to before `last`, which name a length. `value` is None if that is no single whole number."""

    first: int
    last: int
    value: int | None
    unit: Unit
