"""Named points at which a test kills the process, to prove that a crash there loses nothing.

`DEVHOST_FAULTS=<point>[:<n>]` kills the process like `kill -9` when it reaches the point for the n-th time (the first
without n). `DEVHOST_FAULTS=list:<file>` appends the name of each point to the file when it is first reached. Without
the variable a point does nothing.
"""

import os
import signal
from collections import Counter
from pathlib import Path

armed = False
_reached: Counter[str] = Counter()
_plan = ""


def arm(plan: str) -> None:
    """Make the points work by `plan`, the value of DEVHOST_FAULTS; an empty one changes nothing."""
    global armed, _plan
    if plan:
        armed, _plan = True, plan


def point(name: str) -> None:
    """Kill the process here if the plan names this point and this time."""
    # Points lie on the path of every commit, so this is all that they cost outside such tests.
    if not armed:
        return
    _reached[name] += 1
    target, _, argument = _plan.partition(":")
    if target == "list":
        if _reached[name] == 1:
            with Path(argument).open("a", encoding="utf-8") as file:
                file.write(name + "\n")
    elif name == target and _reached[name] == int(argument or 1):
        os.kill(os.getpid(), signal.SIGKILL)
