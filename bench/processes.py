"""Processes from outside: their memory, their processor time, starting and killing them. Linux's /proc."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]


def resident_megabytes(pids: Iterable[int]) -> float:
    """Return the memory that the processes hold together, in megabytes; shared pages count in each."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def processor_seconds(pids: Iterable[int]) -> float:
    """Return the processor time that the processes have used together since they started, in seconds."""
    ticks = 0
    for pid in pids:
        # After the last bracket, because the name of a program in brackets may hold spaces and brackets itself.
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        # `proc(5)`: `utime` and `stime` are the fields 14 and 15 of the whole line.
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def spawn(
    command: Sequence[str], log: Path, env: Mapping[str, str] | None = None, *, pipes: bool = False, root: Path = ROOT
) -> subprocess.Popen[bytes]:
    """Start a process from the folder `root` that writes to `log`, or, with `pipes`, talks over stdin and stdout."""
    with log.open("ab") as file:
        return subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipes else file,
            stderr=file,
        )


def end(process: subprocess.Popen[bytes] | None, number: signal.Signals = signal.SIGTERM, grace: float = 5.0) -> None:
    """Signal the process and wait for its end, which SIGKILL brings about after `grace` seconds."""
    if process is None:
        return
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


async def until(ready: Callable[[], Awaitable[bool]], seconds: float = 30.0, interval: float = 0.005) -> None:
    """Ask until the answer is yes; refused connections count as no. Raise TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                if await ready():
                    return
            except OSError:
                pass
            await asyncio.sleep(interval)
