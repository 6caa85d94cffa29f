"""Reading of `expect:` lines: the trips, quotes and money of an end state."""

import re
from collections.abc import Callable
from dataclasses import replace

from scripts.eval.cases import EndState, MoneyRange, Wish
from scripts.eval.format_errors import LineError

NOTHING = "nothing booked"
"""The line that says that no trip is expected."""
_KINDS = {"trip": "travel", "flight": "flight", "hotel": "hotel", "car": "car_hire"}
_TRIP_STATUSES = ("confirmed", "partly_confirmed", "cancelled", "failed", "waiting", "needs_attention")
_QUOTE_STATUSES = ("open", "approved", "rejected", "expired", "booked")
_QUOTE = "quote "
_EARLIER = "changed from "
_MOST_MONEY = 10**12
_MONEY = re.compile(r"(captured|refunded|kept) (at most |at least |)(nothing|\$[\d,]+\.\d\d)")
_WISH = re.compile(r"(trip|flight|hotel|car) (.+)")
_MEMBERS: tuple[tuple[re.Pattern[str], Callable[[str], str | int]], ...] = (
    (re.compile(r"(?P<length>\d+) (?:night|day)s?"), int),
    (re.compile(r"(?P<travellers>\d+) travellers?"), int),
    (re.compile(r"(?P<date>\d{4}-\d\d-\d\d)"), str),
    (re.compile(r"back (?P<return_date>\d{4}-\d\d-\d\d)"), str),
    (re.compile(r"from (?P<origin>.+)"), str),
    (re.compile(rf"(?P<status>{'|'.join(_TRIP_STATUSES + _QUOTE_STATUSES)})"), str),
)
"""The parts of a wish: a pattern, whose group names a member of the request, and the type of its value."""
_EXAMPLE = "write for example: hotel Rome, 3 nights, {+30}, confirmed"


def with_expectation(end: EndState, line: str) -> EndState:
    """Return the end state with one more line of it. Raise `LineError` for a line that describes nothing."""
    if line in _FIXED:
        return replace(end, **_FIXED[line])
    if money := _MONEY.fullmatch(line):
        return replace(end, money=(*end.money, _money_range(money)))
    if line.startswith(_QUOTE):
        quote = _read_wish(line, line.removeprefix(_QUOTE), _QUOTE_STATUSES)
        return replace(end, quotes=(*(end.quotes or ()), quote))
    trip = _read_wish(line, line, _TRIP_STATUSES)
    return replace(end, trips=(*end.trips, trip))


_FIXED: dict[str, dict[str, bool | tuple[()]]] = {
    # An end state without trips says it already; the line says it to the reader.
    NOTHING: {},
    "no quote": {"quotes": ()},
    "handed over": {"handed_over": True},
    "not handed over": {"handed_over": False},
}


def _money_range(money: re.Match[str]) -> MoneyRange:
    name, bound, amount = money.groups()
    digits = re.sub(r"\D", "", amount)
    minor = int(digits or "0")
    least, most = {
        "at most ": (0, minor),
        "at least ": (minor, _MOST_MONEY),
        "": (minor, minor),
    }[bound]
    return MoneyRange(money.string, name, least, most)


def _read_wish(line: str, text: str, statuses: tuple[str, ...]) -> Wish:
    head, *parts = re.split(r",\s*", text)
    matched = _WISH.fullmatch(head)
    if matched is None:
        raise LineError(f"cannot read {line!r}; {_EXAMPLE}")
    members: dict[str, str | int] = {"status": statuses[0]}
    earlier: dict[str, str | int] = {}
    for part in parts:
        target = earlier if part.startswith(_EARLIER) else members
        target |= _member(part.removeprefix(_EARLIER))
    status = str(members.pop("status"))
    if status not in statuses:
        raise LineError(f"{status!r} is no status here; use one of: {', '.join(statuses)}")
    return Wish(
        line=line,
        kind=_KINDS[matched[1]],
        places=tuple(matched[2].split(" or ")),
        status=status,
        members=members,
        earlier=earlier,
    )


def _member(part: str) -> dict[str, str | int]:
    """Return one member of a request, by its name in the API; `length` is that of nights or days."""
    for pattern, make in _MEMBERS:
        if matched := pattern.fullmatch(part):
            [(name, value)] = matched.groupdict().items()
            return {name: make(value)}
    raise LineError(f"{part!r} is neither a length, a day nor a status; {_EXAMPLE}")
