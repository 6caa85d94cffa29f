"""Named points at which a test lets the process die, to prove that a crash there loses nothing.

`DEVHOST_FAULTS=<point>[:<n>]` kills the process as `kill -9` would when it comes to the point for the n-th time
(the first without n). `DEVHOST_FAULTS=list:<file>` appends the name of each point to the file as it is first met.
Nothing is checked when the variable is not set: callers ask `if ARMED:` first.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

_PLAN = os.environ.get("DEVHOST_FAULTS", "")
ARMED = bool(_PLAN)
_wanted, _, _argument = _PLAN.partition(":")
_met: dict[str, int] = {}


def point(name: str) -> None:
    """Die here if this is the point and the time that was asked for."""
    _met[name] = count = _met.get(name, 0) + 1
    if _wanted == "list":
        if count == 1:
            with Path(_argument).open("a", encoding="utf-8") as file:
                file.write(name + "\n")
    elif name == _wanted and count == int(_argument or 1):
        os.kill(os.getpid(), signal.SIGKILL)
