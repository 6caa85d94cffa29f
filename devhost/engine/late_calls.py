"""Calls of orchestrators and entities that do not come back: somebody is told, and in the end they are given up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from devhost.protocol.failure_texts import timeout_text

TELL_AFTER = 5.0


class Call:
    """One call of the app's code: `then` takes its result. `given_up` makes a result of the reason why there is none,
    None if somebody else watches the time; `owner` is the instance."""

    __slots__ = ("given_up", "key", "over", "owner", "since", "then", "told")

    def __init__(
        self,
        key: tuple[str, str],
        then: Callable[[Any], None],
        owner: str,
        given_up: Callable[[str], Any] | None,
        since: float,
    ) -> None:
        self.key, self.then, self.owner, self.given_up, self.since = key, then, owner, given_up, since
        self.over = self.told = False

    def come_back(self, result: Any) -> None:
        """The code has returned, perhaps too late."""
        if not self.over:
            self.over = True
            self.then(result)


class LateCalls:
    """Used by the turn's owner. `tell` (instance id, sentence) warns of a late call; at `timeout` s it is given up."""

    def __init__(self, timeout: float | None, tell: Callable[[str, str], None]) -> None:
        self._timeout, self._tell = timeout, tell
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """The call has left the turn without coming back."""
        if call.given_up is not None:
            self._calls.append(call)

    def next_look(self) -> float | None:
        """Seconds until there is something to do, None if nothing is late."""
        self._calls = [call for call in self._calls if not call.over]
        dues = [call.since + TELL_AFTER for call in self._calls if not call.told]
        if self._timeout is not None:
            dues += [call.since + self._timeout for call in self._calls]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    def look(self) -> None:
        """Tell of those that are late, and give up those that are too late."""
        if not self._calls:
            return
        now = time.monotonic()
        for call in self._calls:
            if call.over or call.given_up is None:
                continue
            kind, name = call.key
            if not call.told and now >= call.since + TELL_AFTER:
                call.told = True
                self._tell(
                    call.owner,
                    f"The {kind} '{name}' has not come back for {TELL_AFTER:.0f} s. It must neither wait nor loop by "
                    "itself: until it returns or functionTimeout has passed, nothing else happens to this instance",
                )
            if self._timeout is not None and now >= call.since + self._timeout:
                call.come_back(call.given_up(timeout_text(self._timeout, name)))
