"""The length of one stay, from all that was said about it, and the doubts that are asked about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from agents.offline.spans import DateSpan, DayDoubt, LengthSpan, Unit
from domain.conversation.turn import OpenDay

LengthDoubt = Literal["differs_from_dates", "nights_and_days_differ", "no_single_length"]
"""The reasons why a length is asked about.

- `differs_from_dates`: ten nights from 10 to 12 December.
- `nights_and_days_differ`: three nights and six days.
- `no_single_length`: a night or two.
"""
_TOKENS_SIDE_BY_SIDE = 2


@dataclass(frozen=True)
class UnclearDay:
    """The reason to ask about a day, the traveller's words for it, and the days that they may mean."""

    reason: DayDoubt
    words: str = ""
    readings: tuple[date, ...] = ()
    month: date | None = None
    until: date | None = None
    follows: bool = False
    """It is the day on which the stay before it ends."""

    @classmethod
    def of(cls, open_day: OpenDay) -> Self:
        """Return the doubt about a day that an unfinished request keeps."""
        reason: DayDoubt = "no_single_day"
        if open_day.readings or open_day.until:
            reason = "two_readings" if open_day.readings else "only_end"
        return cls(
            reason, readings=open_day.readings, month=open_day.month, until=open_day.until, follows=open_day.follows
        )

    def still_open(self) -> OpenDay:
        """Return what the unfinished request keeps."""
        return OpenDay(readings=self.readings, month=self.month, until=self.until, follows=self.follows)


@dataclass(frozen=True)
class UnclearLength:
    """The reason to ask about a length, and the lengths that were said or follow from the dates."""

    reason: LengthDoubt
    first: int = 0
    second: int = 0


@dataclass(frozen=True)
class SaidLength:
    """A length in words, with the unit in which it was said; or the reason why there is none."""

    value: int | None
    unit: Unit = "any"
    doubt: UnclearLength | None = None


def said_length(lengths: Sequence[LengthSpan], unit: Unit) -> SaidLength | None:
    """Return the length in the tool's unit if there is one, else any; None if nothing was said about it."""
    usable = [span for span in lengths if span.value is not None]
    if not usable:
        return SaidLength(None, doubt=UnclearLength("no_single_length")) if lengths else None
    preferred = next((span for span in usable if span.unit == unit), usable[0])
    for other in usable:
        if _disagree(preferred, other):
            return SaidLength(None, doubt=_nights_and_days(preferred, other))
    return SaidLength(preferred.value, preferred.unit)


def agrees(length: int, unit: Unit, nights: int) -> bool:
    """Return whether a length is that of a range of dates; days and weeks may count the first and the last day."""
    return length == nights or (unit != "nights" and length == nights + 1)


def first_start(spans: Sequence[DateSpan]) -> DateSpan | None:
    """Return the day on which a stay begins, in doubt if several different ones are named.

    A day comes before a longer time that is named beside it, as in `in May, on 5 May`.
    """
    starts = [span for span in spans if not span.is_end]
    clear = [span for span in starts if span.day]
    if not clear or any(span.doubt and span.doubt != "no_single_day" for span in starts):
        return next((span for span in starts if span.doubt != "no_single_day"), starts[0]) if starts else None
    days = tuple(sorted({span.day for span in clear if span.day}))
    if len(days) == 1:
        return clear[0]
    return DateSpan(clear[0].first, clear[0].last, None, doubt="two_readings", readings=days)


def _disagree(first: LengthSpan, second: LengthSpan) -> bool:
    """Return whether `5 days 3 nights` are side by side and no stay has both."""
    if {first.unit, second.unit} != {"nights", "days"}:
        return False
    gap = max(first.first, second.first) - min(first.last, second.last)
    values = {span.unit: span.value or 0 for span in (first, second)}
    return gap <= _TOKENS_SIDE_BY_SIDE and values["days"] - values["nights"] not in (0, 1)


def _nights_and_days(first: LengthSpan, second: LengthSpan) -> UnclearLength:
    nights, days = (first, second) if first.unit == "nights" else (second, first)
    return UnclearLength("nights_and_days_differ", nights.value or 0, days.value or 0)
