"""The query of a request to the management API (docs/devhost/behaviour.md, section 2.3)."""

import re
from urllib.parse import parse_qsl

from dateutil import parser as dates

_STATUSES = frozenset(
    {"Pending", "Running", "Completed", "ContinuedAsNew", "Failed", "Canceled", "Terminated", "Suspended"}
)

_FLAGS = {"true": True, "false": False}


class Arguments:
    """The query's values. Keys match without regard to case; a value that cannot be read counts as absent."""

    def __init__(self, query: str) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            self._values.setdefault(name.lower(), []).append(value)

    def text(self, name: str) -> str | None:
        """Return the first value."""
        values = self._values.get(name.lower())
        return values[0] if values else None

    def string(self, name: str) -> str:
        """Return the first value, an empty text if there is none."""
        return self.text(name) or ""

    def texts(self, name: str) -> frozenset[str]:
        """Return all values that are not empty."""
        return frozenset(self._values.get(name.lower(), [])) - {""}

    def flag(self, name: str, default: bool) -> bool:
        """Return the value as true or false."""
        text = self.string(name)
        return _FLAGS.get(text.strip().lower(), default)

    def seconds(self, name: str) -> float | None:
        """Return the value as a number of seconds."""
        try:
            return float(self.string(name))
        except ValueError:
            return None

    def time(self, name: str) -> str | None:
        """Return the value as UTC text with seven digits of fraction; a time without a zone is UTC."""
        try:
            moment = dates.parse(self.string(name))
            naive = moment.replace(tzinfo=None) - (moment.utcoffset() or moment - moment)
        except (ValueError, OverflowError):
            return None
        return naive.isoformat(timespec="microseconds") + "0Z"

    def statuses(self) -> frozenset[str]:
        """Return the valid names in `runtimeStatus`, a list with commas that may occur more than once."""
        lists = ",".join(self._values.get("runtimestatus", []))
        return _STATUSES.intersection(map(str.strip, lists.split(",")))

    def top(self) -> int:
        """Return the size of a page: 100 by default, 0 for a negative number."""
        text = self.string("top").strip()
        return max(int(text), 0) if re.fullmatch(r"[+-]?\d{1,9}", text) else 100
