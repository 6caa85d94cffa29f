"""The host's log on the terminal: one line for each function run, warnings, and the app's log."""

import logging
import math
import re
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Literal, TextIO

from aiohttp.http_exceptions import HttpProcessingError

from devhost.protocol.clock import second_text

log = logging.getLogger("devhost")
_runs = logging.getLogger("devhost.runs")
"""The runs of functions. Its level is above INFO if only those are to be written that nobody else tells of."""
# Everything that ends a line, moves the cursor or turns the direction of writing; a tab does no harm.
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_KEY = re.compile(
    # The query's `code`, whose letters may be encoded, and the secret in the path of the SDK's base.
    r"((?<=[?&])(?:c|%[46]3)(?:o|%[46]f)(?:d|%[46]4)(?:e|%[46]5)=)[^&#\s\"'<>]+|((?<=/durabletask/))[\w-]{32}(?![\w-])",
    re.IGNORECASE,
)
_BEFORE_KEY = re.compile("[?&/]")
"""A character that comes before each key. To look for this one first is much quicker."""
_DETAILS = ' \n {"$type":'
"""The start of the JSON with an activity's stack, in the text of an orchestration that failed for it."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run of a function, for the log. `error` is None when it went well."""

    function: str
    kind: Literal["activity", "orchestration", "entity"]
    instance_id: str
    seconds: float
    error: str | None = None


def printable(text: str) -> str:
    """Return the text in one line: control characters escaped, and `***` for each key in an address."""
    escaped = _CONTROL.sub(lambda control: control[0].encode("unicode_escape").decode(), text)
    return _KEY.sub(lambda key: f"{key[1] or ''}***", escaped) if _BEFORE_KEY.search(escaped) else escaped


def printable_lines(text: str) -> str:
    """Return the text with its line breaks; further lines are indented, so that none looks like an entry of the log."""
    return "\n    ".join(map(printable, text.rstrip().split("\n")))


class _Formatter(logging.Formatter):
    """Writes `[time] LEVEL logger: text`: the level only above INFO, the logger only if it is not the host's.

    The host's own texts take one line: what is in them comes from clients. Those of the app may take several.
    """

    def format(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname} " if record.levelno > logging.INFO else ""
        is_own = record.name in (log.name, _runs.name)
        name = "" if is_own else f"{printable(record.name)}: "
        shown = printable if is_own else printable_lines
        text = f"[{_clock(record.created)}] {level}{name}{shown(record.getMessage())}"
        if record.exc_info:
            text += "\n    " + printable_lines(self.formatException(record.exc_info))
        return text


class RunLog:
    """Writes a line for each function run, a moment later and on its own thread.

    There may be thousands of runs a second, and the engine must not wait for the terminal. The handlers of the root
    logger first write the runs that came before a message, so that all lines are in the order of their times.
    """

    # Seconds: a person does not notice them, and the lines of a whole burst are written at once.
    GATHERING = 0.05

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        # A double-ended queue is safe to append to and to take from on two threads, so there is no lock.
        self._runs: deque[tuple[float, RunReport]] = deque()
        self._has_runs = threading.Event()
        # Only while lines are written: a handler and the thread below may do so at once.
        self._writing = threading.Lock()
        for handler in logging.getLogger().handlers:
            handler.addFilter(self._write_earlier)
        threading.Thread(target=self._write, name="run log", daemon=True).start()

    def add(self, report: RunReport) -> None:
        """Take one run of an activity, orchestrator or entity."""
        # The failure of an activity is its orchestrator's to judge, and the app may log it as it likes.
        is_for_app = report.error is None or report.kind == "activity"
        if is_for_app and not _runs.isEnabledFor(logging.INFO):
            return
        self._runs.append((time.time(), report))
        if not self._has_runs.is_set():
            self._has_runs.set()

    def flush(self, until: float = math.inf) -> None:
        """Write the runs taken so far, up to a time."""
        lines: list[str] = []
        with self._writing:
            while self._runs and self._runs[0][0] <= until:
                at, run = self._runs.popleft()
                lines.append(f"[{_clock(at)}] {_run(run.function, run.seconds, run.error, _of(run))}\n")
            if lines:
                self._stream.write("".join(lines))
                self._stream.flush()

    def _write_earlier(self, record: logging.LogRecord) -> bool:
        """Write the runs before the message, which passes this filter unchanged."""
        self.flush(record.created)
        return True

    def _write(self) -> None:
        while self._has_runs.wait():
            time.sleep(self.GATHERING)
            # Cleared before the flush: a run that is added meanwhile sets it again.
            self._has_runs.clear()
            self.flush()


def set_up_logging(verbose: bool, stream: TextIO = sys.stderr, *, quiet: bool = False) -> None:
    """Send the host's and the app's log to `stream`.

    `verbose` adds the host's messages below INFO. `quiet` leaves out runs that went well, and failed activities.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter())
    # `force`, because an imported library may have set a handler already.
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # It logs every change that it sees at INFO.
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(_without_stack)
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    _runs.setLevel(logging.WARNING if quiet and not verbose else logging.INFO)


def _without_stack(record: logging.LogRecord) -> bool:
    """Shorten the error of a request that is not HTTP to one line: the fault is the client's."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "Not a request of HTTP: %s", (error.message.splitlines()[0],)
        record.exc_info = record.exc_text = None
    return True


def report_function(name: str, seconds: float, error: str | None, detail: str) -> None:
    """Log one run of an HTTP or timer function."""
    level = logging.INFO if error is None else logging.ERROR
    if _runs.isEnabledFor(level):
        log.info("%s", _run(name, seconds, error, detail))


def report_warning(instance_id: str, sentence: str) -> None:
    """Log the engine's warning about an instance."""
    log.warning("%s (instance %s)", sentence, instance_id)


def _of(run: RunReport) -> str:
    return f"{run.kind}, instance {run.instance_id}"


def _run(name: str, seconds: float, error: str | None, detail: str) -> str:
    if error is None:
        return printable(f"Executed '{name}' (Succeeded, {seconds * 1000:.0f} ms, {detail})")
    summary = error.partition(_DETAILS)[0]
    return printable(f"ERROR Executed '{name}' (Failed, {seconds * 1000:.0f} ms, {detail}): {summary}")


def _clock(seconds: float) -> str:
    return f"{second_text(int(seconds))}.{int(seconds % 1 * 1000):03d}Z"
