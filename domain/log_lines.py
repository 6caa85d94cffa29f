"""Lines of the app's log: an event, then fields as `name=value` with single spaces, which a query can take apart.

A field holds an id, a code or a word of ours, and never what a traveller or an operator has written.
"""

import re

_UNSAFE = re.compile(r"[^!-~]|\\")
_LONGEST_VALUE = 400


def log_line(event: str, **fields: str | int | None) -> str:
    """Return the line. A field without a value is `-`, and everything but visible ASCII is escaped."""
    values = [f"{name}={_printable(value)}" for name, value in fields.items()]
    return " ".join([event, *values])


def trip_step(trip: str, step: str, outcome: str, reason: str | None = None) -> str:
    """Return the line of one step of a trip."""
    return log_line("trip_step", trip=trip, step=step, outcome=outcome, reason=reason)


def quote_step(quote: str, step: str, outcome: str, reason: str | None = None) -> str:
    """Return the line of one step of a quote."""
    return log_line("quote_step", quote=quote, step=step, outcome=outcome, reason=reason)


def turn_step(turn: str, step: str, outcome: str, reason: str | None = None, trips: str | None = None) -> str:
    """Return the line of one step of a turn. `turn` is its instance id: the conversation's id may be a name."""
    return log_line("turn_step", turn=turn, step=step, outcome=outcome, reason=reason, trips=trips)


def _printable(value: str | int | None) -> str:
    if value is None or value == "":
        return "-"
    return _UNSAFE.sub(_escaped, str(value)[:_LONGEST_VALUE])


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{{{ord(match[0]):x}}}"
