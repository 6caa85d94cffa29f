"""Runs the same work in several threads or processes at the same moment."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from support.forking import FORKING

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")
_PATIENCE = 60


def at_once(*acts: Callable[[], Any], shifts: Sequence[float] = ()) -> list[Any]:
    """Let all loose at one moment, each in its thread, and return what each returned or raised.

    `shifts` are seconds by which they are held back.
    """
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [TimeoutError(f"nothing came back within {_PATIENCE} s")] * len(acts)

    def run(number: int) -> None:
        barrier.wait(_PATIENCE)
        time.sleep(shifts[number] if shifts else 0)
        try:
            results[number] = acts[number]()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    # All are started before any is let loose, or the first would be through before the last begins.
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
    return results


def in_threads(work: Callable[[_Given], _Result], arguments: Sequence[_Given]) -> list[_Result]:
    """Run one thread for each argument, let loose together, and return the results in the order of the arguments."""
    results = at_once(*(partial(work, argument) for argument in arguments))
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def in_processes(work: Callable[[_Given], _Result], arguments: Sequence[_Given]) -> list[_Result]:
    """Run one fresh process for each argument, let loose together. `work` is a function of an importable module."""
    with FORKING.Manager() as manager:
        barrier = manager.Barrier(len(arguments))
        with FORKING.Pool(len(arguments)) as pool:
            waiting = [pool.apply_async(_wait_and_work, (barrier, work, argument)) for argument in arguments]
            return [result.get(_PATIENCE) for result in waiting]


def exit_code_in_a_process(work: Callable[[_Given], object], argument: _Given) -> int | None:
    """Run the work in a fresh process, which may die of it, and return its exit code."""
    process = FORKING.Process(target=work, args=(argument,))
    process.start()
    process.join(_PATIENCE)
    return process.exitcode


def _wait_and_work(barrier: Any, work: Callable[[Any], Any], argument: Any) -> Any:
    barrier.wait(_PATIENCE)
    return work(argument)
