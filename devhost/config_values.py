"""Values of JSON settings, parsed as the real host reads them. Each parser raises ValueError with what is wrong."""

import json
import re
from collections.abc import Callable
from typing import Any

# Days, hours, minutes and seconds; days and seconds may be missing.
_TIME_SPAN = re.compile(r"(?:(\d+)\.)?([01]?\d|2[0-3]):([0-5]?\d)(?::([0-5]?\d(?:\.\d+)?))?")
_BOOLEANS = {"true": True, "false": False}


def as_setting(value: Any) -> str:
    """Return the value of a setting as the text that its environment variable gets."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def text(value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {json.dumps(value)}")
    return value


def boolean(value: Any) -> bool:
    """Return true or false, which may be given as a text."""
    if isinstance(value, bool | str) and str(value).lower() in _BOOLEANS:
        return _BOOLEANS[str(value).lower()]
    raise ValueError(f"must be true or false, not {json.dumps(value)}")


def whole(value: Any) -> int:
    """Return a whole number, which may be given as a text."""
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+\s*", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"must be a whole number, not {json.dumps(value)}")


def positive(value: Any) -> int:
    """Return a whole number of at least 1."""
    number = whole(value)
    if number < 1:
        raise ValueError(f"must be at least 1, not {number}")
    return number


def port(value: Any) -> int:
    """Return the number of a port."""
    number = whole(value)
    if not 0 < number < 65536:
        raise ValueError(f"must be a port from 1 to 65535, not {number}")
    return number


def origins(value: Any) -> frozenset[str]:
    """Return the origins in a text with commas, as Core Tools takes it."""
    names = set(re.split(r"[\s,]+", text(value))) - {""}
    for name in names:
        if re.fullmatch(r"\*|[A-Za-z][A-Za-z0-9+.-]*://[^/]+/?", name) is None:
            raise ValueError(f"must be * or origins such as http://localhost:3000, with commas between, not {name!r}")
    return frozenset(names)


def one_of(*names: str) -> Callable[[Any], str]:
    """Return a parser for one of these names in any letter case, as .NET reads an enumeration."""

    by_key = {name.lower(): name for name in names}

    def parse(value: Any) -> str:
        key = text(value).strip().lower()
        if key not in by_key:
            raise ValueError(f"must be {' or '.join(map(json.dumps, names))}, not {json.dumps(value)}")
        return by_key[key]

    return parse


def time_span(value: Any) -> float | None:
    """Return the seconds of a time span, None for an endless one."""
    span = text(value).strip()
    # The second is how .NET writes the first.
    if span in ("-1", "-00:00:00.0010000"):
        return None
    match = _TIME_SPAN.fullmatch(span)
    if match is None:
        raise ValueError(f'must be a time span such as "00:05:00", or "-1" for none, not {json.dumps(value)}')
    days, hours, minutes, rest = map(float, match.groups(default="0"))
    seconds = days * 86400 + hours * 3600 + minutes * 60 + rest
    if seconds <= 0:
        raise ValueError("must be longer than nothing")
    return seconds
