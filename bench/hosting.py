"""The process around a system that is a library: `python -m bench.hosting <column> <folder>`.

Each line on its stdin is a command, each line on its stdout the response to the command of that number.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.columns import library
from bench.peer import Peer


async def obey(peer: Peer) -> None:
    """Carry out the commands on stdin until it ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    # A signal ends the input, and with it the loop below, so that the peer is stopped in order.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lines.feed_eof)
    # Held here because the event loop itself keeps only weak references to its tasks.
    tasks: set[asyncio.Task[None]] = set()
    while line := await lines.readline():
        task = asyncio.create_task(_respond(peer, *json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await peer.stop()


async def _respond(peer: Peer, number: int, command: str, *values: Any) -> None:
    commands: dict[str, Callable[..., Any]] = {
        "start": lambda: _started(peer),
        "run": peer.run,
        "begin": peer.begin,
        "result": peer.result,
    }
    try:
        response = [number, False, await commands[command](*values)]
    except Exception as error:
        # The caller is another process, to which only the text of an error can go.
        response = [number, True, f"{type(error).__name__}: {error}"]
    sys.stdout.write(json.dumps(response) + "\n")
    sys.stdout.flush()


async def _started(peer: Peer) -> list[int]:
    await peer.start()
    # The first one is this process, which the caller has started itself.
    return list(peer.pids())[1:]


if __name__ == "__main__":
    asyncio.run(obey(library(sys.argv[1], Path(sys.argv[2]))))
