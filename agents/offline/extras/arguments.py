"""The optional arguments that a message names: travellers, origin, day of return and budget."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from agents.extras import OPEN
from agents.model import MOST_CALLS
from agents.offline.dates import find_dates
from agents.offline.extras.origins import origins_in
from agents.offline.extras.words import (
    AMOUNT,
    BUDGET,
    COMES_BACK,
    COUNTED,
    CURRENCIES,
    FOR_SO_MANY,
    ONE,
    ONE_OF_THEM,
    ONLY_NUMBER,
    PAIR,
    PER,
    PIECES,
    RETURN_TICKET,
    SEVERAL_OF_THEM,
    TOGETHER,
    YOUNG_ONE,
)
from agents.offline.forms import Form
from agents.offline.message import ParsedMessage, PartialRequest
from agents.offline.spans import DateSpan
from domain.components import ToolName
from domain.conversation.turn import Draft
from domain.shape import MOST_TRAVELLERS

_T = TypeVar("_T")
_NOT_OF_THIS_JOURNEY: frozenset[Form] = frozenset({"past", "withdrawn"})
_FLYING: frozenset[ToolName] = frozenset({"book_travel", "book_flight"})
_MOST_IN_PIECE: dict[ToolName, int] = {"book_hotel": 2, "book_car_hire": 5}
_CARRIED = ("travellers", "origin", "budget")
_UNCLEAR_NUMBER = 0
"""The number of travellers where several are named and none is sure; it is asked about."""
_UNCLEAR_NAME = "?"


def with_extras(message: ParsedMessage, requests: Sequence[PartialRequest]) -> list[PartialRequest]:
    """Return the requests of a message with the optional arguments that it names."""
    # More than one message may book are asked about, so nothing more is read of them.
    if not 0 < len(requests) <= MOST_CALLS:
        return list(requests)
    flying = [request for request in requests if request.tool in _FLYING]
    parties = _shared_out(travellers_in(message), len(requests), _UNCLEAR_NUMBER)
    origins = iter(_shared_out(origins_in(message), len(flying), _UNCLEAR_NAME))
    budget = budget_in(message)
    result: list[PartialRequest] = []
    for request, travellers in zip(requests, parties, strict=True):
        party = _party_of(message, request.tool, travellers)
        extra: dict[str, str | int | None] = {"travellers": party, "budget": budget}
        if request.tool in _FLYING:
            extra |= {"origin": next(origins), "return_date": return_in(message, request, is_alone=len(requests) == 1)}
        said = {name: value for name, value in extra.items() if value is not None}
        # A day on which one comes back is not the day on which one leaves.
        is_way_back = request.day is not None and said.get("return_date") == request.day.isoformat()
        result.append(replace(request, extra=said, day=None if is_way_back else request.day))
    return result


def _party_of(message: ParsedMessage, tool: ToolName, travellers: int | None) -> int | None:
    """Return the number of travellers, or what makes us ask for it where so many rooms or cars are not theirs."""
    match = PIECES[tool].search(message.text.plain) if tool in PIECES else None
    if match is None:
        return travellers
    most = _MOST_IN_PIECE[tool]
    pieces = ((travellers or 1) + most - 1) // most
    return travellers if pieces == int(match["a"]) else _UNCLEAR_NUMBER


def answered(message: ParsedMessage, before: Sequence[Draft], drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Return unfinished requests with the optional arguments that an answer names.

    `before` are the requests as they were, `drafts` the same with place, length and first day of the answer.
    """
    return tuple(_answered(message, old, new) for old, new in zip(before, drafts, strict=True))


def carried(draft: Draft, extra: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return the optional arguments of an unfinished request, with those of a new one in their place."""
    kept = {name: value for name, value in draft.arguments.items() if name in _CARRIED}
    return {**kept, **extra}


def travellers_in(message: ParsedMessage) -> list[int]:
    """Return each number of travellers that the message names, in order."""
    numbers = _sure_numbers_in(message)
    if numbers:
        return numbers
    return [int(match["a"]) for match in _matches(message, FOR_SO_MANY) if not _is_taken(message, match.start("a"))]


def budget_in(message: ParsedMessage) -> str | None:
    """Return the budget as the tools take it, such as `900 USD` or `80 EUR per night`; None if none is named."""
    match = next(_matches(message, BUDGET), None)
    amount = AMOUNT.search(match.group()) if match else None
    if match is None or amount is None:
        return None
    number = _plain_number(amount["number"] or amount["plain_number"], bool(amount["k"] or amount["plain_k"]))
    currency = CURRENCIES.get(amount["before"] or amount["after"], "")
    per = PER.match(message.text.plain, match.end())
    unit = f" per {per['unit']}" if per else ""
    return f"{number} {currency}{unit}".strip()


def return_in(message: ParsedMessage, request: PartialRequest, *, is_alone: bool) -> str | None:
    """Return the day of the flight back, `open` if it is wanted and no day is named, None if nothing speaks of it."""
    is_wanted = bool(RETURN_TICKET.search(message.text.plain))
    speaks_of_it = is_wanted or bool(COMES_BACK.search(message.text.plain))
    # The days of a trip are its length; only the words for a flight back are more than that.
    if request.tool == "book_travel" and not is_wanted:
        return None
    # Of several things, any may be until the last day.
    if not is_alone and not speaks_of_it:
        return None
    end = _last_day_in(message, request.day)
    if end:
        return end.isoformat()
    return OPEN if is_wanted else None


def _last_day_in(message: ParsedMessage, first: date | None) -> date | None:
    """Return the day that the message names as the last one of a journey; None if it names none."""
    spans = [*message.dates]
    # Seen from the first day, the 9th is the one that comes after it. The day before is taken, because the reader of
    # dates looks only ahead.
    spans += find_dates(message.text, first - timedelta(days=1)) if first else []
    ends = list(filter(None, [_end_in(message, span, first) for span in spans]))
    later = [end for end in ends if first is None or end > first]
    # A day before the first one is asked about.
    return min(later or ends, default=None)


def _end_in(message: ParsedMessage, span: DateSpan, first: date | None) -> date | None:
    """Return the last day that the span names for a journey that begins on the first one."""
    if span.is_end and span.day:
        return span.day
    # A weekend, and `between 5 and 9 May`, are no day of a flight back.
    words = message.text.words(max(0, span.first - 1), span.last)
    is_loose = words.startswith("between ") or "weekend" in words
    return span.until if span.day == first and not is_loose else None


def _sure_numbers_in(message: ParsedMessage) -> list[int]:
    """Return the numbers that words such as `adults` or `my wife and I` make sure."""
    together = [_number_together(match.group()) for match in _matches(message, TOGETHER)]
    counted = [_sum_of(match) for match in _matches(message, COUNTED)]
    pairs = [2 for _ in _matches(message, PAIR)]
    alone = [1 for _ in _matches(message, ONE)]
    # `My wife and I need 2 tickets` says the same twice; the larger number has the children in it.
    return [max(together + pairs + counted)] if together or pairs else counted or alone


def _number_together(words: str) -> int:
    return 1 + len(ONE_OF_THEM.findall(words)) + sum(map(int, SEVERAL_OF_THEM.findall(words)))


def _sum_of(match: re.Match[str]) -> int:
    return sum(int(number) for number in match.groupdict().values() if number)


def _matches(message: ParsedMessage, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield the matches in what the message says of this journey."""
    plain = message.text.plain
    # The same number of letters, so that positions stay those of the tokens.
    counted = YOUNG_ONE.sub(lambda match: match.group().replace("an ", "1  ").replace("a ", "1 "), plain)
    for match in pattern.finditer(counted):
        at = message.text.index_at(match.start())
        clause = next((clause for clause in message.clauses if clause.first <= at < clause.last), None)
        if clause is None or clause.form not in _NOT_OF_THIS_JOURNEY:
            yield match


def _is_taken(message: ParsedMessage, position: int) -> bool:
    return message.text.index_at(position) in message.taken


def _plain_number(text: str, is_thousands: bool) -> str:
    """Return a number as digits, with a point before cents: `1,500` is `1500`, and `1.5 k` too."""
    whole, _, rest = text.replace(",", ".").rpartition(".")
    has_cents = bool(whole) and len(rest) != 3
    digits = f"{whole.replace('.', '')}.{rest:<02}" if has_cents else text.replace(",", "").replace(".", "")
    if not is_thousands:
        return digits
    return f"{float(text.replace(',', '.')) * 1000:.0f}"


def _shared_out(values: Sequence[_T], count: int, unclear: _T) -> list[_T | None]:
    """Return a value for each of so many requests: the same for all, or one for each in order."""
    distinct = list(dict.fromkeys(values))
    match distinct:
        case []:
            return [None] * count
        case [value]:
            return [value] * count
        case _ if len(values) == count:
            return list(values)
        case _:
            return [unclear] * count


def _answered(message: ParsedMessage, old: Draft, new: Draft) -> Draft:
    extra: dict[str, str | int | None] = {
        "travellers": _travellers_answered(message, old),
        "budget": budget_in(message),
    }
    if new.tool in _FLYING:
        extra |= {"origin": next(reversed(origins_in(message)), None), **_return_answered(message, old, new)}
    said = {name: value for name, value in extra.items() if value is not None}
    return new.model_copy(update={"arguments": new.arguments | said})


def _travellers_answered(message: ParsedMessage, old: Draft) -> int | None:
    numbers = _sure_numbers_in(message)
    asked = int(old.arguments.get("travellers", 1))
    # A number alone is that of travellers only where we have asked for it.
    if not numbers and not 1 <= asked <= MOST_TRAVELLERS:
        match = ONLY_NUMBER.fullmatch(message.text.plain)
        return int(match["a"]) if match else None
    return numbers[-1] if numbers else None


def _return_answered(message: ParsedMessage, old: Draft, new: Draft) -> Mapping[str, str | int | None]:
    """Return the day of the flight back that an answer names, with the first day as it was."""
    is_asked = "return_date" in old.arguments
    if not is_asked and new.tool == "book_travel":
        return {}
    first = _day_of(new)
    end = _last_day_in(message, first)
    if end:
        return {"return_date": end.isoformat()}
    days = [span.day for span in message.dates if span.day]
    # One day alone is the one that was asked for.
    if is_asked and days and (old.arguments["return_date"] == OPEN or "date" in old.arguments):
        return {"return_date": days[0].isoformat(), "date": old.arguments.get("date", "")}
    return {"return_date": OPEN} if RETURN_TICKET.search(message.text.plain) and not is_asked else {}


def _day_of(draft: Draft) -> date | None:
    named = draft.arguments.get("date")
    return date.fromisoformat(str(named)) if named else None
