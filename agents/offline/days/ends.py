"""Words between two days that make the second one the end of a stay, or another day to choose from."""

import re

from agents.offline.days.words import TO
from agents.offline.patterns import any_of

_RETURN = any_of(
    "until, till, til, through, thru, up to, returning, returns?, return date(?: is)?, back, coming home, comes? home",
    "flying home, fly home, going home, go home, heading home, head home, home, ending, ends?, finishing",
    "(?:hand|bring|give|take|drop|handing|bringing|giving|dropping) (?:it|the car) (?:in|back|off), drop-off",
    "check out, check-out, checking out, checkout, drop off, dropping off, last day(?: is)?",
)
_LEAVE = any_of("out, leaving, leave, departing, depart, going, off again")
_ON = "(?: on)?(?: by)?(?: the)?"
_BETWEEN_FIRST_AND_LAST = re.compile(
    rf"(?:^|.* )(?:{_RETURN}|{_LEAVE})"
    r"(?: (?:it|them|the car|us|me|home|again|here|to \S+(?: \S+)?|from there|from \S+|in|off|date|:|is|,)){0,3}"
    rf"{_ON}"
)
_TIME = r"(?:(?:at )?(?:early |late )?(?:morning|afternoon|evening|night|noon|midday|lunchtime|\d\d?:\d\d) )?"
_SIDE_BY_SIDE = re.compile(rf"{_TIME}(?:, )?(?:{TO} ?){{1,2}}{_ON}")
_AND = re.compile(rf"and{_ON}|&")
_END_ALONE = re.compile(rf"(?:^|.* ){_RETURN}(?: (?:it|them|the car|us|me|home|again))?{_ON}")
_OR = re.compile(r"(?:,? ?or|/)(?: else| maybe| perhaps| possibly| even| alternatively)?(?: on)?(?: the)?")


def ends_range(between: str, *, is_window: bool) -> bool:
    """Return whether these words make a range of the days around them; `is_window` says that `between` is before."""
    if _SIDE_BY_SIDE.fullmatch(between) or (is_window and _AND.fullmatch(between)):
        return True
    return bool(_BETWEEN_FIRST_AND_LAST.fullmatch(between))


def is_end_alone(before: str) -> bool:
    """Return whether the day after these words is the end of a stay, even if no start was named."""
    return bool(_END_ALONE.fullmatch(before))


def offers_choice(between: str) -> bool:
    """Return whether these words leave open which of the days around them is meant."""
    return bool(_OR.fullmatch(between))
