"""Number of times that a process waits for the disk, counted from outside by `strace`."""

import asyncio
import re
import shutil
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

LONGEST = 10.0
_CALLS = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s.*\b(?:fsync|fdatasync)$", re.MULTILINE)
"""A line of the summary: share, seconds, microseconds for each call, calls, perhaps errors, name."""


class UncountedError(Exception):
    """The calls cannot be counted here; the text says why."""


@dataclass
class Syncs:
    """The number of `fsync` and `fdatasync`, complete when the counting has ended."""

    count: int = 0


@asynccontextmanager
async def counted_syncs(pid: int) -> AsyncGenerator[Syncs]:
    """Count the syncs of all threads of the process, which is slower meanwhile. Raise UncountedError."""
    program = shutil.which("strace")
    if program is None:
        raise UncountedError("strace is not on this machine")
    command = [program, "-c", "-f", "-e", "trace=fsync,fdatasync", "-p", str(pid)]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    syncs = Syncs()
    try:
        async with asyncio.timeout(LONGEST):
            first = (await process.stderr.readline()).decode(errors="replace").strip()
        # It says so only once it sees the calls; anything else is its reason to give up.
        if "attached" not in first:
            raise UncountedError(first or "strace said nothing")
        yield syncs
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(LONGEST):
            syncs.count = calls((await process.stderr.read()).decode(errors="replace"))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def calls(summary: str) -> int:
    """Return the number of syncs in the summary that `strace` prints."""
    return sum(int(count) for count in _CALLS.findall(summary))
