"""Timer triggers: their schedules, their runs, and their state across restarts (useMonitor)."""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from azure.functions.timer import TimerRequest

from devhost.config import expand_settings
from devhost.functions.cron import Cron, Every, ScheduleError, parse_schedule
from devhost.functions.functions import AppError, Function, IndexedApp
from devhost.functions.invocation import Invoker, logged
from devhost.logs import log, report_function
from devhost.private_files import replace_file

# Seconds. Sleep is measured by another clock than schedules, so it is corrected now and then.
_LONGEST_SLEEP = 3600.0
_MONITORED_FROM = timedelta(minutes=1)
_NEVER = "0001-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class TimerFunction:
    """A timer function with its schedule. A monitored one runs once at the start if it missed a run meanwhile."""

    function: Function
    schedule: Cron | Every
    monitored: bool
    at_start: bool


def timer_functions(app: IndexedApp) -> tuple[TimerFunction, ...]:
    """Return the app's timer functions. Raises AppError that names the function and the remedy."""
    return tuple(_timer(f) for f in app.functions if f.kind == "timer" and f.is_served)


def _timer(function: Function) -> TimerFunction:
    trigger = function.trigger
    text = str(trigger.get("schedule") or "")
    try:
        zone = ZoneInfo(os.environ.get("WEBSITE_TIME_ZONE") or "UTC")
    except (ValueError, OSError):
        raise AppError("Setting WEBSITE_TIME_ZONE must name a time zone such as 'Europe/Prague'.") from None
    try:
        schedule = parse_schedule(expand_settings(text), zone)
    except ScheduleError as error:
        raise AppError(f"{function.described}: the schedule '{text}' is not valid: {error}.") from None
    except ValueError as error:
        raise AppError(f"{function.described}: the schedule '{text}' {error}.") from None
    # The real host monitors no schedule of less than a minute.
    monitored = trigger.get("useMonitor") is not False and not _is_frequent(schedule)
    return TimerFunction(function, schedule, monitored, bool(trigger.get("runOnStartup")))


def _is_frequent(schedule: Cron | Every) -> bool:
    first = schedule.after(datetime.now(UTC))
    second = schedule.after(first) if first else None
    return first is not None and second is not None and second - first < _MONITORED_FROM


class TimerFunctions:
    """Runs the timer functions on the HTTP loop. Scheduled runs of one function never overlap."""

    def __init__(self, timers: Sequence[TimerFunction], invoker: Invoker, state: Path) -> None:
        self._timers = {timer.function.name.lower(): timer for timer in timers}
        self._invoker, self._folder = invoker, state / "timers"
        self._waiting: list[asyncio.Task[None]] = []
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Run each function on its schedule."""
        self._waiting = [asyncio.create_task(self._run_scheduled(timer)) for timer in self._timers.values()]

    async def stop(self) -> None:
        """Start no further runs, and wait for those under way."""
        # Only the waits are cancelled: runs under way are shielded from it.
        for task in self._waiting:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    def run_now(self, name: str) -> bool:
        """Run a timer function outside its schedule; return whether there is one of this name."""
        timer = self._timers.get(name.lower())
        if timer is not None:
            self._begin(timer, datetime.now(UTC), past_due=False)
        return timer is not None

    def _begin(self, timer: TimerFunction, at: datetime, *, past_due: bool) -> asyncio.Task[None]:
        task = asyncio.create_task(self._run(timer, at, past_due=past_due))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _run_scheduled(self, timer: TimerFunction) -> None:
        now = datetime.now(UTC)
        due = self._missed(timer, now)
        if due is not None or timer.at_start:
            await asyncio.shield(self._begin(timer, now, past_due=due is not None))
        while (at := timer.schedule.after(datetime.now(UTC))) is not None:
            self._write_status(timer, None, at)
            await _until(at)
            # Waiting for the run keeps scheduled runs of one function apart.
            await asyncio.shield(self._begin(timer, at, past_due=False))
        log.warning("Function '%s' has a schedule without a next time", timer.function.name)

    def _missed(self, timer: TimerFunction, now: datetime) -> datetime | None:
        """Return the time of the run that was due while the host was off."""
        if not timer.monitored:
            return None
        due = datetime.fromisoformat(self._status(timer)["Next"])
        return due if datetime.fromisoformat(_NEVER) < due <= now else None

    async def _run(self, timer: TimerFunction, at: datetime, *, past_due: bool) -> None:
        request = TimerRequest(past_due=past_due, schedule_status=self._status(timer), schedule={"AdjustForDST": True})
        started, error = time.perf_counter(), None
        try:
            if await self._invoker.invoke(timer.function, request) is not None:
                # The worker refuses it: a timer trigger has no output (docs/devhost/behaviour.md, section 1.3).
                raise TypeError("a timer function must not return a value")
        except Exception as raised:
            error = logged(raised)
        self._write_status(timer, at, timer.schedule.after(datetime.now(UTC)))
        report_function(
            f"Functions.{timer.function.name}", time.perf_counter() - started, error, f"timer of {at.isoformat()}"
        )

    def _status(self, timer: TimerFunction) -> dict[str, str]:
        try:
            status = json.loads(self._file(timer).read_text())
            return {
                key: str(datetime.fromisoformat(status[key]).isoformat()) for key in ("Last", "Next", "LastUpdated")
            }
        except (OSError, ValueError, KeyError, TypeError):
            return {"Last": _NEVER, "Next": _NEVER, "LastUpdated": _NEVER}

    def _write_status(self, timer: TimerFunction, last: datetime | None, following: datetime | None) -> None:
        if not timer.monitored or following is None:
            return
        status = {
            "Last": last.isoformat() if last else self._status(timer)["Last"],
            "Next": following.isoformat(),
            "LastUpdated": datetime.now(UTC).isoformat(),
        }
        try:
            replace_file(self._file(timer), json.dumps(status))
        except OSError as error:
            log.error("The state of the timer '%s' cannot be kept: %s", timer.function.name, error)

    def _file(self, timer: TimerFunction) -> Path:
        return self._folder / f"{timer.function.name}.json"


async def _until(moment: datetime) -> None:
    """Sleep until the time has come by the clock, which may be changed meanwhile."""
    left = (moment - datetime.now(UTC)).total_seconds()
    while left > 0:
        await asyncio.sleep(min(left, _LONGEST_SLEEP))
        left = (moment - datetime.now(UTC)).total_seconds()
