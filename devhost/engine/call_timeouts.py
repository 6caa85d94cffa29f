"""Timeouts of orchestrator and entity calls: a call that does not return is reported, and given up in the end."""

import time
from collections.abc import Callable
from typing import Any

from devhost.protocol.failure_texts import timeout_text

# Seconds. An orchestrator that computes this long is nearly always one that waits or loops.
REPORT_AFTER = 5.0


class Call:
    """One call of the app's code, for the instance `owner`; `then` takes its result.

    `on_give_up` turns the reason for giving up into a result. It is None where somebody else watches the time.
    """

    __slots__ = ("is_over", "is_reported", "key", "on_give_up", "owner", "since", "then")

    def __init__(
        self,
        key: tuple[str, str],
        then: Callable[[Any], None],
        owner: str,
        on_give_up: Callable[[str], Any] | None,
        since: float,
    ) -> None:
        self.key, self.then, self.owner, self.on_give_up, self.since = key, then, owner, on_give_up, since
        self.is_over = self.is_reported = False

    def hand_in(self, result: Any) -> None:
        """Pass on the result, unless the call was given up before."""
        if not self.is_over:
            self.is_over = True
            self.then(result)


class CallTimeouts:
    """The calls that run outside the engine thread, or have left it stuck. Used on the engine thread only.

    `warn` (instance id, sentence) reports a call after `REPORT_AFTER` seconds; after `timeout` seconds it is given up.
    """

    def __init__(self, timeout: float | None, warn: Callable[[str, str], None]) -> None:
        self._timeout, self._warn = timeout, warn
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """Watch a call that the engine thread does not wait for."""
        if call.on_give_up is not None:
            self._calls.append(call)

    def next_check(self) -> float | None:
        """Return the seconds until `check` has something to do, None if no call is watched."""
        if not self._calls:
            return None
        self._calls = [call for call in self._calls if not call.is_over]
        dues = [call.since + REPORT_AFTER for call in self._calls if not call.is_reported]
        if self._timeout is not None:
            dues += [call.since + self._timeout for call in self._calls]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    def check(self) -> None:
        """Report the calls that are late, and give up those whose time is over."""
        if not self._calls:
            return
        now = time.monotonic()
        for call in self._calls:
            if call.is_over:
                continue
            if not call.is_reported and now >= call.since + REPORT_AFTER:
                self._report(call)
            if self._timeout is not None and now >= call.since + self._timeout:
                _give_up(call, self._timeout)

    def _report(self, call: Call) -> None:
        call.is_reported = True
        kind, name = call.key
        self._warn(
            call.owner,
            f"The {kind} '{name}' has not returned for {REPORT_AFTER:.0f} s. It must neither wait nor loop by "
            "itself: until it returns or functionTimeout has passed, nothing else happens to this instance",
        )


def _give_up(call: Call, timeout: float) -> None:
    if call.on_give_up is not None:
        _, name = call.key
        call.hand_in(call.on_give_up(timeout_text(timeout, name)))
