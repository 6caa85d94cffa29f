"""A library as a column, in its own process (`bench.hosting`), so that it can be started cold and killed."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.peer import Peer
from bench.processes import end, spawn
from bench.work import Value


class Hosted(Peer):
    """The peer called `name`, in another process."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder)
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._last_number = 0
        self._children: list[int] = []

    async def start(self) -> None:
        command = [sys.executable, "-m", "bench.hosting", self._name, str(self.folder)]
        self._process = spawn(command, self.folder / "hosted.log", pipes=True)
        pipe = self._process.stdout
        assert pipe is not None
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), pipe)
        self._reading = asyncio.create_task(self._read(lines))
        self._children = await self._ask("start")

    async def _read(self, lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            number, failed, value = json.loads(line)
            reply = self._replies.pop(number)
            if failed:
                reply.set_exception(RuntimeError(value))
            else:
                reply.set_result(value)
        for reply in self._replies.values():
            reply.set_exception(ConnectionResetError("the process ended"))

    async def _ask(self, *command: Any) -> Any:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        self._last_number += 1
        reply = self._replies[self._last_number] = asyncio.get_running_loop().create_future()
        process.stdin.write(json.dumps([self._last_number, *command]).encode() + b"\n")
        process.stdin.flush()
        return await reply

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        self._process = None
        process.send_signal(number)
        await self._reading
        self._replies.clear()
        end(process)

    def pids(self) -> Sequence[int]:
        return [self._process.pid, *self._children] if self._process else []

    async def run(self, work: str, instance: str, value: Value) -> Any:
        return await self._ask("run", work, instance, value)

    async def begin(self, work: str, instance: str, value: Value) -> None:
        await self._ask("begin", work, instance, value)

    async def result(self, work: str, instance: str) -> Any:
        return await self._ask("result", work, instance)
