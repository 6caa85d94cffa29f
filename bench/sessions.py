"""Measurements in process sessions, each with a limit of time and a temporary folder."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

from bench.processes import ROOT


class MeasurementError(Exception):
    """A measurement gave no figures; the text says why."""


def measured(python: Path, column: str, work: str, size: str, seconds: float) -> dict[str, float]:
    """Return the figures of one work in one column. All that it started ends with it. Raise MeasurementError."""
    with tempfile.TemporaryDirectory(prefix=f"bench-{column}-", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [str(python), "-m", "bench.drive", column, work, size, folder],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"it did not end within {seconds:g} s") from None
        finally:
            # The whole session: a peer's server or worker may outlive the process that started it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode:
        raise MeasurementError((errors.strip().splitlines() or ["it gave no reason"])[-1][:300])
    # The last line, because a peer's packages may print as well.
    return json.loads(output.strip().splitlines()[-1])
