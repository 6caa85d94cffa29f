"""Work for several processes, none of which is trusted: one that dies or hangs costs its job and nobody's patience.

Each job has a process for itself, at the head of its process group, so that everything it started ends with it.
"""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from support.forking import FORKING

_Job = TypeVar("_Job")
_Found = TypeVar("_Found")
WORKERS = 2
MOST_SECONDS = 600.0
"""The time that one job may take."""


def in_parallel(
    work: Callable[[_Job], _Found],
    jobs: Sequence[_Job],
    lost: Callable[[_Job, str], _Found],
    *,
    until: float | None = None,
    most_seconds: float = MOST_SECONDS,
) -> Iterator[_Found]:
    """Yield what each job result, as they end, or `lost` of a job whose process raised, died or took too long.

    `work` is a function of an importable module. After the moment `until` no further job is begun.
    """

    def run(job: _Job) -> list[_Found]:
        if until is not None and time.monotonic() > until:
            return []
        why, result = _in_a_process(work, job, most_seconds)
        return [lost(job, why) if why else result]

    with ThreadPoolExecutor(WORKERS) as threads:
        for ended in as_completed([threads.submit(run, job) for job in jobs]):
            yield from ended.result()


def _in_a_process(work: Callable[[_Job], _Found], job: _Job, most_seconds: float) -> tuple[str, Any]:
    """Return what the job result, or why nothing more is to be hoped for from it."""
    mine, its = FORKING.Pipe()
    process = FORKING.Process(target=_work, args=(work, job, its))
    process.start()
    # Or the end of the process would not end the line, and nobody would notice its death.
    its.close()
    try:
        if not mine.poll(most_seconds):
            return f"its worker did not end within {most_seconds:g} s", None
        return mine.recv()
    except (EOFError, OSError):
        process.join(5)
        return f"its worker died with exit code {process.exitcode}", None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid or 0, signal.SIGKILL)
        process.kill()
        process.join()


def _work(work: Callable[[Any], Any], job: Any, line: Connection) -> None:
    # A job starts hosts of its own, which would outlive it.
    os.setpgrp()
    # What the app logs about all these faults would fill pages.
    logging.disable(logging.CRITICAL)
    try:
        line.send(("", work(job)))
    except Exception as error:
        line.send((f"it raised {type(error).__name__}: {error}", None))
