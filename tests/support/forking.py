"""Fresh processes, forked from one that has loaded what takes longest to load: longer than most of them live."""

import os
import runpy
import sys
import warnings
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

FORKING = get_context("forkserver")
"""Where such processes come from."""
FORKING.set_forkserver_preload(
    ["azure.durable_functions", "stores.opening", "storage.table_account", "suppliers.opening", "suppliers.table_book"]
)


def begin(program: Path, *arguments: str, **environment: str) -> BaseProcess:
    """Run a script as its command line would, with these variables besides; what it writes as errors is dropped."""
    process = FORKING.Process(target=_run, args=(str(program), arguments, environment), daemon=True)
    process.start()
    return process


def exit_status(process: BaseProcess, seconds: float) -> int:
    """Wait for the end of the process and return its status; a signal is negative, as in `subprocess`."""
    process.join(seconds)
    assert process.exitcode is not None, f"{process.name} did not end within {seconds} s"
    return process.exitcode


def _run(program: str, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    os.environ.update(environment)
    sys.argv = [program, *arguments]
    # Error texts of processes that are killed on purpose would bury those of tests.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    warnings.simplefilter("ignore")
    runpy.run_path(program, run_name="__main__")
