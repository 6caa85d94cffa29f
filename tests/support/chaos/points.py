"""Inside the app's process: names every write as a point, and lets the process die at one of them.

A point is a place in what the app does, named by what is written there and not by when: `before` a commit everything
is written and nothing is kept, `after` it everything is kept and nobody has been told. Points of the durable host are
named by the app's own write before them. What is to happen is read from the file that `CHAOS_PLAN` names, again
whenever it changes, so that a process can be told anew while it runs.
"""

import json
import os
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TRIP = re.compile(r"trip-[0-9a-f]{32}-?")
_HOST_POINTS = ("commit.before", "commit.after")
"""Between its other points nothing is kept, so that a death there leaves what one at these leaves."""
_UNNAMED = ("installation_secret",)
_PATIENCE = 20.0
_STORES = Path(__file__).resolve().parents[3] / "stores"


@dataclass
class Plan:
    """What is to happen in one run, as the file says it.

    `kill` names a point and its how-manieth time; `pause` a point at which the first who comes there waits until the
    file `go` exists. `record` lists all points in `met`. `refuse` holds keys that companies refuse, `fates` what
    deliveries of a key meet, one after another, the last for all further ones.
    """

    run: int = 0
    kill: tuple[str, int] | None = None
    pause: str | None = None
    record: bool = False
    refuse: tuple[str, ...] = ()
    fates: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def tail(key: str) -> str:
    """An effect's key without its trip: `hotel/hold/1`, or `/hold/1` for a component alone."""
    return _TRIP.sub("", key, count=1)


class Points:
    """Counts the points that this process meets."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._read_at = 0
        self._plan = Plan()
        self._met: Counter[str] = Counter()
        self._last = "start"
        self._paused = False

    @property
    def plan(self) -> Plan:
        with self._lock:
            return self._current()

    def own(self, label: str) -> None:
        """A write of the app; when the last one was is told by the file `moved`."""
        if label:
            (self.path.parent / "moved").touch()
            self._meet(label)
            self._last = label

    def host(self, name: str) -> None:
        """A point of the durable host."""
        if name in _HOST_POINTS:
            self._meet(f"{self._last} | host {name}")

    def _meet(self, label: str) -> None:
        with self._lock:
            plan = self._current()
            self._met[label] += 1
            count = self._met[label]
            if plan.record:
                with (self.path.parent / "met").open("a") as file:
                    file.write(json.dumps([label, count]) + "\n")
            pausing = plan.pause == label and not self._paused
            self._paused = self._paused or pausing
        if plan.kill == (label, count):
            os.kill(os.getpid(), signal.SIGKILL)
        if pausing:
            self._wait()

    def _wait(self) -> None:
        (self.path.parent / "paused").touch()
        deadline = time.monotonic() + _PATIENCE
        while not (self.path.parent / "go").exists() and time.monotonic() < deadline:
            time.sleep(0.002)

    def _current(self) -> Plan:
        changed = self.path.stat().st_mtime_ns
        if changed != self._read_at:
            given = json.loads(self.path.read_text())
            given["kill"] = tuple(given["kill"]) if given["kill"] else None
            before, self._plan, self._read_at = self._plan, Plan(**given), changed
            if self._plan.run != before.run:
                self._met.clear()
                self._last, self._paused = "start", False
        return self._plan


def arm() -> None:
    """Patch every place that writes; before the app is imported."""
    from devhost import faults

    points = Points(Path(os.environ["CHAOS_PLAN"]))
    faults.armed = True
    faults.point = points.host
    _arm_stores(points)
    _arm_companies(points)
    _shorten_waits()
    _reconcile_often()


def _arm_stores(points: Points) -> None:
    from stores.sqlite.database import Database

    writing: Any = Database.writing

    @contextmanager
    def watched(self: Database) -> Generator[Any]:
        label = _written()
        with writing(self) as connection:
            yield connection
            points.own(label and f"{label} before")
        points.own(label and f"{label} after")

    Database.writing = watched
    if os.environ.get("STORE") == "tables":
        _arm_tables(points)


def _arm_tables(points: Points) -> None:
    """A batch is written whole or not at all, so that before it is before the request that carries it."""
    from stores.tables.service import Table

    write: Any = Table.write

    def watched(self: Table, *arguments: Any) -> None:
        label = _written()
        points.own(label and f"{label} before")
        write(self, *arguments)
        points.own(label and f"{label} after")

    setattr(Table, "write", watched)  # noqa: B010 - its signature is any


def _written() -> str:
    """Which call of a store is writing, and about what: the outermost that is no part of the app's other rooms."""
    frame: Any = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
    found: Any = None
    while frame:
        if Path(frame.f_code.co_filename).is_relative_to(_STORES):
            found = frame
        frame = frame.f_back
    if found is None:
        return "ledger"
    name, known = found.f_code.co_name, found.f_locals
    claim = known.get("claim")
    about = getattr(known.get("effect") or getattr(claim, "effect", None), "key", None)
    about = about or known.get("key") or known.get("kind") or ""
    store = "turn" if "conversations" in Path(found.f_code.co_filename).name else "ledger"
    return "" if name in _UNNAMED else f"{store} {name} {tail(str(about))}".strip()


def _arm_companies(points: Points) -> None:
    from suppliers.simulator_settings import InjectedFault, SimulatorSettings
    from suppliers.sqlite_book import SqliteBook

    books: list[Any] = [SqliteBook]
    if os.environ.get("STORE") == "tables":
        from suppliers.table_book import TableBook

        books.append(TableBook)
    for book in books:
        book.change = _watched(book.change, points)

    def refuses(_: SimulatorSettings, dial: str, key: str) -> bool:
        return tail(key) in points.plan.refuse

    def injected_fault(_: SimulatorSettings, operation: str, key: str, delivery: int) -> InjectedFault:
        known = tail(key)
        fates = points.plan.fates.get(known if f"/{operation}/" in known else f"{operation} {known}", ["works"])
        met = fates[min(delivery, len(fates)) - 1]
        return InjectedFault("SIM_FAULT" if met == "fault" else None, met == "lost", met == "late")

    SimulatorSettings.refuses = refuses  # pyright: ignore[reportAttributeAccessIssue]
    SimulatorSettings.injected_fault = injected_fault  # pyright: ignore[reportAttributeAccessIssue]


def _watched(change: Any, points: Points) -> Any:
    """The writing of a company's book, its operation told by who called it."""

    def watched(self: Any, key: str, act: Callable[[Any], Any]) -> Any:
        known = sys._getframe(1).f_locals  # pyright: ignore[reportPrivateUsage]
        label = f"company {known.get('operation', '')} {tail(key)}"

        def acted(page: Any) -> Any:
            answer = act(page)
            points.own(f"{label} before")
            return answer

        answer = change(self, key, acted)
        points.own(f"{label} after")
        return answer

    return watched


def _shorten_waits() -> None:
    """The waits between attempts, so that a run through many attempts takes no half minute."""
    from datetime import timedelta

    from orchestrators import frame

    frame.ATTEMPTS = tuple(timedelta(seconds=seconds) for seconds in (0, 0.05, 0.1))
    frame.compensation_waits = lambda attempts: [timedelta(seconds=0.05 * n) for n in range(attempts)]


def _reconcile_often() -> None:
    """Every second in place of every minute, and without a grace for what was written just now."""
    from datetime import timedelta

    import azure.durable_functions as df

    from api.background import reconciler

    trigger: Any = df.Blueprint.timer_trigger

    def often(self: Any, schedule: str, **more: Any) -> Any:
        return trigger(self, schedule="* * * * * *" if schedule == "0 * * * * *" else schedule, **more)

    df.Blueprint.timer_trigger = often  # pyright: ignore[reportAttributeAccessIssue]
    reconciler._GRACE = timedelta(seconds=0.5)  # pyright: ignore[reportPrivateUsage]
