"""Days in data files, counted from the day of the run, so that a file stays valid: `{+30}`, `{+30 long}`."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from scripts.eval.format_errors import LineError

# Braces around quotes or a colon are JSON that a traveller has pasted.
_PLACEHOLDER = re.compile(r"\{([^{}:\"]*)\}")
_DAYS_AHEAD = re.compile(r"([+-]\d{1,3})(?: ([a-z]+))?")
_STYLES: dict[str | None, Callable[[date], str]] = {
    None: date.isoformat,
    "long": lambda day: f"{day.day} {day:%B %Y}",
    "short": lambda day: f"{day.day} {day:%B}",
    "american": lambda day: f"{day:%B} {day.day}, {day.year}",
    "weekday": lambda day: f"{day:%A}",
    "year": lambda day: str(day.year),
}


def with_days(text: str, today: date) -> str:
    """Return the text with every placeholder replaced by its day. Raise `LineError` for one that is none."""

    def day_of(placeholder: re.Match[str]) -> str:
        parts = _DAYS_AHEAD.fullmatch(placeholder[1])
        if parts is None or parts[2] not in _STYLES:
            raise LineError(
                f"{placeholder[0]} is no day; write {{+30}}, {{+30 long}}, short, american, weekday or year"
            )
        return _STYLES[parts[2]](today + timedelta(days=int(parts[1])))

    return _PLACEHOLDER.sub(day_of, text)
