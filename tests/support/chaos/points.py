"""Names every write of the app's process as a point, and lets the process die at one of them.

A point is a place in the app's work, named by what is written there and not by when: `before` a commit everything is
written and nothing is kept, `after` it everything is kept and nobody knows. Points of the durable host are named by the
app's own write before them. The plan is read from the file that `CHAOS_PLAN` names, again whenever it changes, so that
a process gets another one while it runs.
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
    """The plan of one run, as its file says it.

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
    """Return an effect's key without its trip: `hotel/hold/1`, or `/hold/1` for a component alone."""
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
        """Meet a write of the app; the file `moved` keeps when the last one was."""
        if label:
            (self.path.parent / "moved").touch()
            self._meet(label)
            self._last = label

    def host(self, name: str) -> None:
        """Meet a point of the durable host."""
        if name in _HOST_POINTS:
            self._meet(f"{self._last} | host {name}")

    def _meet(self, label: str) -> None:
        # Many threads write at once, and each point is to have its own number.
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
            # Not `sys.exit`: nothing may be flushed, closed or rolled back.
            os.kill(os.getpid(), signal.SIGKILL)
        if pausing:
            self._wait()

    def _wait(self) -> None:
        (self.path.parent / "paused").touch()
        deadline = time.monotonic() + _PATIENCE
        while not (self.path.parent / "go").exists() and time.monotonic() < deadline:
            time.sleep(0.002)

    def _current(self) -> Plan:
        # Looked at before every write, so it must cost next to nothing while the plan stays the same.
        changed = self.path.stat().st_mtime_ns
        if changed != self._read_at:
            fields = json.loads(self.path.read_text())
            fields["kill"] = tuple(fields["kill"]) if fields["kill"] else None
            before, self._plan, self._read_at = self._plan, Plan(**fields), changed
            # A plan that is only changed keeps its counts, or the point to die at would move.
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
    """Watch batches. One is written whole or not at all, so that before it is before the request that carries it."""
    from stores.tables.service import Table

    write: Any = Table.write

    def watched(self: Table, *arguments: Any) -> Any:
        label = _written()
        points.own(label and f"{label} before")
        rows = write(self, *arguments)
        points.own(label and f"{label} after")
        return rows

    setattr(Table, "write", watched)  # noqa: B010 - its signature is any


def _written() -> str:
    """Return the outermost call of a store that is writing, and what about."""
    # The stores have no hook for it, and none is wanted in them for tests alone.
    frame: Any = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
    outermost: Any = None
    while frame:
        if Path(frame.f_code.co_filename).is_relative_to(_STORES):
            outermost = frame
        frame = frame.f_back
    if outermost is None:
        return "ledger"
    name, variables = outermost.f_code.co_name, outermost.f_locals
    claim = variables.get("claim")
    about = getattr(variables.get("effect") or getattr(claim, "effect", None), "key", None)
    about = about or variables.get("key") or variables.get("kind") or ""
    store = "turn" if "conversations" in Path(outermost.f_code.co_filename).name else "ledger"
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
        own = tail(key)
        fates = points.plan.fates.get(own if f"/{operation}/" in own else f"{operation} {own}", ["works"])
        met = fates[min(delivery, len(fates)) - 1]
        return InjectedFault("SIM_FAULT" if met == "fault" else None, met == "lost", met == "late")

    SimulatorSettings.refuses = refuses  # pyright: ignore[reportAttributeAccessIssue]
    SimulatorSettings.injected_fault = injected_fault  # pyright: ignore[reportAttributeAccessIssue]


def _watched(change: Any, points: Points) -> Any:
    """Watch the writing of a company's book; the caller's frame has the operation."""

    def watched(self: Any, key: str, act: Callable[[Any], Any]) -> Any:
        caller = sys._getframe(1).f_locals  # pyright: ignore[reportPrivateUsage]
        label = f"company {caller.get('operation', '')} {tail(key)}"

        def act_and_meet(page: Any) -> Any:
            record = act(page)
            points.own(f"{label} before")
            return record

        record = change(self, key, act_and_meet)
        points.own(f"{label} after")
        return record

    return watched


def _shorten_waits() -> None:
    """Shorten the waits between attempts, so that a run through many attempts takes no half minute."""
    from datetime import timedelta

    from orchestrators import frame

    # A run has hundreds of deaths, each with waits that a traveller would not notice and a test would.
    frame.ATTEMPTS = tuple(timedelta(seconds=seconds) for seconds in (0, 0.05, 0.1))
    frame.compensation_waits = lambda attempts: [timedelta(seconds=0.05 * n) for n in range(attempts)]


def _reconcile_often() -> None:
    """Reconcile every second in place of every minute, and almost without a grace for what was just written."""
    from datetime import timedelta

    import azure.durable_functions as df

    from api.background import reconciler

    trigger: Any = df.Blueprint.timer_trigger

    def often(self: Any, schedule: str, **more: Any) -> Any:
        return trigger(self, schedule="* * * * * *" if schedule == "0 * * * * *" else schedule, **more)

    df.Blueprint.timer_trigger = often  # pyright: ignore[reportAttributeAccessIssue]
    reconciler._GRACE = timedelta(seconds=0.5)  # pyright: ignore[reportPrivateUsage]
