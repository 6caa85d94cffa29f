"""Days that a message names. A day beside another one may be the end of a stay, or a second one to choose from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from agents.offline.days.ends import ends_range, is_end_alone, offers_choice
from agents.offline.days.meaning import NO_SINGLE_DAY, Reading
from agents.offline.days.readings import Phrase, read_phrase
from agents.offline.days.shapes import ANY_SHAPE
from agents.offline.spans import DateSpan
from agents.offline.tokens import Text

# Nobody books that many trips in one message.
_MOST_DATES = 20
_MOST_WORDS_BEFORE = 14
_MONTHDAYS = ("monthday", "ordinals", "weekday_and_number")
"""Shapes that name the number of a day and leave out its month."""


@dataclass(frozen=True)
class _Mention:
    """A phrase about a day at tokens `first` to before `last`. `lead` are the words since the day before it."""

    phrase: Phrase
    first: int
    last: int
    lead: str

    @property
    def is_monthday(self) -> bool:
        return self.phrase.shape in _MONTHDAYS


def find_dates(text: Text, today: date) -> list[DateSpan]:
    """Return every day and vague time that the message names, in order; a range is one span.

    After the first 20 the others count as vague.
    """
    spans: list[DateSpan] = []
    month: date | None = None
    for number, mention in enumerate(_mentions(text)):
        before = spans[-1] if spans else None
        if before and month and mention.is_monthday:
            # The month alone says nothing more: `in May, from the 3rd to the 7th`.
            before = replace(before, doubt=None, is_end=True)
        # `A flight on 10 January and a hotel from the 11th`: a number alone is in the month that was just named.
        reference = _reference(before, month, today) if mention.is_monthday else today
        reading = read_phrase(mention.phrase, reference) if number < _MOST_DATES else NO_SINGLE_DAY
        month = reading.month
        span = _span(mention, reading, text)
        spans[-1:] = _joined(before, span, mention, text) if before else [_alone(span, mention)]
    return spans


def _mentions(text: Text) -> Iterator[_Mention]:
    before = 0
    for match in ANY_SHAPE.finditer(text.plain):
        first, last = text.index_at(match.start()), text.index_at(match.end() - 1) + 1
        lead = text.words(max(0, first - _MOST_WORDS_BEFORE, before), first)
        phrase = Phrase(match.lastgroup or "", text.plain, match.start(), match.end())
        yield _Mention(phrase, first, last, lead)
        before = last


def _reference(before: DateSpan | None, month: date | None, today: date) -> date:
    named = month or (before.day if before else None)
    return max(today, named) if named else today


def _span(mention: _Mention, reading: Reading, text: Text) -> DateSpan:
    return DateSpan(
        mention.first,
        mention.last,
        reading.day,
        until=reading.until,
        doubt=reading.doubt,
        readings=reading.readings,
        month=reading.month,
        words=text.written(mention.first, mention.last),
        is_open=reading.is_open,
        is_weekend=reading.is_weekend,
        is_window=reading.is_window,
    )


def _alone(span: DateSpan, mention: _Mention) -> DateSpan:
    return replace(span, is_end=is_end_alone(mention.lead))


def _joined(before: DateSpan, span: DateSpan, mention: _Mention, text: Text) -> Sequence[DateSpan]:
    """Return one span for a start and the end that follows it, and for two days to choose from; else both spans."""
    is_window = text.words(max(0, before.first - 1), before.first) == "between"
    has_start = before.day is not None and before.until is None and not before.is_end
    if has_start and ends_range(mention.lead, is_window=is_window):
        return _range(before, _as_end(before, span, mention, text), is_window=is_window)
    if offers_choice(mention.lead) and _days_of(before) and _days_of(span):
        days = tuple(sorted({*_days_of(before), *_days_of(span)}))
        return [DateSpan(before.first, span.last, None, doubt="two_readings", readings=days)]
    return [before, _alone(span, mention)]


def _days_of(span: DateSpan) -> tuple[date, ...]:
    return (span.day,) if span.day else span.readings


def _as_end(before: DateSpan, span: DateSpan, mention: _Mention, text: Text) -> DateSpan:
    """Return the span as the next such day after a start, where its words leave open which one."""
    if not span.is_open or before.day is None:
        return span
    return _span(mention, read_phrase(mention.phrase, before.day), text)


def _range(start: DateSpan, end: DateSpan, *, is_window: bool) -> Sequence[DateSpan]:
    if end.day is None or start.day is None:
        # The day is clear, and the length will be asked about.
        return [start, replace(end, doubt=None, readings=(), is_end=True)]
    if end.day <= start.day:
        return [DateSpan(start.first, end.last, None, doubt="ends_before_it_starts")]
    whole = replace(start, until=end.day, is_open=False, is_window=is_window)
    if end.first - start.last <= 2:
        return [replace(whole, last=end.last)]
    # The words between are no part of the range: they may name a place or a length.
    return [whole, DateSpan(end.first, end.last, None, is_end=True)]
