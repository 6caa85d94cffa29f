"""Work for several processes, none of which is trusted: one that dies or hangs costs its job and nobody's patience.

Each worker is the head of a process group of its own, so that whatever it started ends with it.
"""

import logging
import os
import signal
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

_Job = TypeVar("_Job")
_Found = TypeVar("_Found")
WORKERS = 2
MOST_SECONDS = 600.0
"""How long one job may take."""
_spawning = get_context("spawn")


@dataclass
class _Worker(Generic[_Job]):
    process: BaseProcess
    line: Connection
    job: _Job
    begun: float

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.line.close()


def in_parallel(
    work: Callable[[_Job], _Found],
    jobs: Sequence[_Job],
    lost: Callable[[_Job, str], _Found],
    *,
    until: float | None = None,
    most_seconds: float = MOST_SECONDS,
) -> Iterator[_Found]:
    """What each job found, as they end; `lost` tells it of a job whose worker raised, died or took too long.

    `work` is a function of an importable module. After the moment `until` no further job is begun.
    """
    left = list(reversed(jobs))
    working: list[_Worker[_Job]] = []

    def begin(worker: "_Worker[_Job] | None" = None) -> None:
        if not left or (until is not None and time.monotonic() > until):
            if worker:
                worker.end()
            return
        fresh = worker or _hired(work, left[-1])
        fresh.job, fresh.begun = left.pop(), time.monotonic()
        with suppress(OSError):
            fresh.line.send(fresh.job)
        working.append(fresh)

    try:
        for _ in range(WORKERS):
            begin()
        while working:
            wait([each.line for each in working], timeout=1)
            for worker in list(working):
                told = _heard(worker, most_seconds)
                if told:
                    why, found = told
                    job = worker.job
                    working.remove(worker)
                    if why:
                        worker.end()
                    begin(None if why else worker)
                    yield lost(job, why) if why else found
    finally:
        for worker in working:
            worker.end()


def _hired(work: Callable[[_Job], Any], job: _Job) -> _Worker[_Job]:
    mine, its = _spawning.Pipe()
    process = _spawning.Process(target=_work, args=(work, its), daemon=False)
    process.start()
    its.close()
    return _Worker(process, mine, job, time.monotonic())


def _heard(worker: _Worker[Any], most_seconds: float) -> tuple[str, Any] | None:
    """Why nothing more is to be hoped for from this worker, or what it found; None while it works."""
    if worker.line.poll():
        try:
            return worker.line.recv()
        except (EOFError, OSError):
            worker.process.join(5)
    if not worker.process.is_alive():
        return f"its worker died with exit code {worker.process.exitcode}", None
    if time.monotonic() - worker.begun > most_seconds:
        return f"its worker did not end within {most_seconds:g} s", None
    return None


def _work(work: Callable[[Any], Any], line: Connection) -> None:
    """Do one job after the other until nobody asks any more."""
    os.setpgrp()
    logging.disable(logging.CRITICAL)  # what the app logs about all these faults would fill pages
    for job in _jobs(line):
        try:
            told = ("", work(job))
        except Exception as error:
            told = (f"it raised {type(error).__name__}: {error}", None)
        line.send(told)


def _jobs(line: Connection) -> Generator[Any]:
    with suppress(EOFError):
        while True:
            yield line.recv()
