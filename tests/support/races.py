"""Runs the same work in several threads or processes at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from support.forking import FORKING

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")
_PATIENCE = 60


def in_threads(work: Callable[[_Given], _Result], arguments: Sequence[_Given]) -> list[_Result]:
    """One thread per argument, let loose together; results in the order of the arguments."""
    barrier = threading.Barrier(len(arguments))

    def wait_and_work(argument: _Given) -> _Result:
        barrier.wait(_PATIENCE)
        return work(argument)

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(wait_and_work, arguments))


def in_processes(work: Callable[[_Given], _Result], arguments: Sequence[_Given]) -> list[_Result]:
    """One fresh process per argument, let loose together. `work` is a function of an importable module."""
    with FORKING.Manager() as manager:
        barrier = manager.Barrier(len(arguments))
        with FORKING.Pool(len(arguments)) as pool:
            waiting = [pool.apply_async(_wait_and_work, (barrier, work, argument)) for argument in arguments]
            return [result.get(_PATIENCE) for result in waiting]


def exit_code_in_a_process(work: Callable[[_Given], object], argument: _Given) -> int | None:
    """Run the work in a fresh process, which may die of it; how the process ended."""
    process = FORKING.Process(target=work, args=(argument,))
    process.start()
    process.join(_PATIENCE)
    return process.exitcode


def _wait_and_work(barrier: Any, work: Callable[[Any], Any], argument: Any) -> Any:
    barrier.wait(_PATIENCE)
    return work(argument)
