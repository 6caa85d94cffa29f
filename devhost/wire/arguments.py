"""The query of a request to the management API, with the real host's ways of reading values."""

import re
from urllib.parse import parse_qsl

from dateutil import parser as dates

_STATUSES = frozenset(
    {"Pending", "Running", "Completed", "ContinuedAsNew", "Failed", "Canceled", "Terminated", "Suspended"}
)


class Arguments:
    """Names of query keys are without regard to case; a value that cannot be read counts as absent."""

    def __init__(self, query: str) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            self._values.setdefault(name.lower(), []).append(value)

    def text(self, name: str) -> str | None:
        """The first value."""
        return self._values[name.lower()][0] if name.lower() in self._values else None

    def flag(self, name: str, default: bool) -> bool:
        text = (self.text(name) or "").strip().lower()
        return text == "true" if text in ("true", "false") else default

    def seconds(self, name: str) -> float | None:
        try:
            return float(self.text(name) or "")
        except ValueError:
            return None

    def time(self, name: str) -> str | None:
        """The time as UTC text with seven digits of fraction; without a zone it is UTC."""
        try:
            moment = dates.parse(self.text(name) or "")
            naive = moment.replace(tzinfo=None) - (moment.utcoffset() or moment - moment)
        except (ValueError, OverflowError):
            return None
        return naive.isoformat(timespec="microseconds") + "0Z"

    def statuses(self) -> frozenset[str]:
        """The known ones among `runtimeStatus`, a list with commas that may occur more than once."""
        named = {name.strip() for text in self._values.get("runtimestatus", []) for name in text.split(",")}
        return _STATUSES & named

    def top(self) -> int:
        """The size of a page: 100 unless given, 0 for a negative one."""
        text = (self.text("top") or "").strip()
        return max(int(text), 0) if re.fullmatch(r"[+-]?\d{1,9}", text) else 100
