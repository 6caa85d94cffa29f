"""What the host writes to the terminal: one line per function run, warnings, and the app's own log."""

import logging
import sys
import time
from typing import TextIO

from devhost.records import RunReport

log = logging.getLogger("devhost")


class _Formatter(logging.Formatter):
    """`[time] LEVEL text`, the level only above INFO, the logger's name only if it is not the host's."""

    converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        level = f"{record.levelname} " if record.levelno > logging.INFO else ""
        name = "" if record.name == log.name else f"{record.name}: "
        text = f"[{clock}.{int(record.msecs):03d}Z] {level}{name}{record.getMessage()}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return text


def set_up_logging(verbose: bool, stream: TextIO = sys.stderr) -> None:
    """Send the host's and the app's log to `stream`; `verbose` adds what is below INFO of the host's own."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    log.setLevel(logging.DEBUG if verbose else logging.INFO)


def report_run(report: RunReport) -> None:
    """Log one run of an activity, orchestrator or entity."""
    _line(report.function, report.seconds, report.error, f"{report.kind}, instance {report.instance_id}")


def report_function(name: str, seconds: float, error: str | None, detail: str) -> None:
    """Log one run of an HTTP or timer function."""
    _line(name, seconds, error, detail)


def report_warning(instance_id: str, sentence: str) -> None:
    """Log what the engine has to say about an instance."""
    log.warning("%s (instance %s)", sentence, instance_id)


def _line(name: str, seconds: float, error: str | None, detail: str) -> None:
    if error is None:
        log.info("Executed '%s' (Succeeded, %.0f ms, %s)", name, seconds * 1000, detail)
    else:
        log.error("Executed '%s' (Failed, %.0f ms, %s): %s", name, seconds * 1000, detail, error)
