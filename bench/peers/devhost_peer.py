"""The dev host in another process, driven over its management API."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.keepalive import KeepAliveClient
from bench.peer import Peer
from bench.processes import ROOT, end, free_port, spawn, until
from bench.work import Value

API = "/runtime/webhooks/durabletask"
WAITING = "timeout=100&pollingInterval=1"
"""Makes a start wait for the result. The host wakes it at the end, and a shorter interval would change nothing."""
APP = ROOT / "bench" / "devhost_app"


class DevHost(Peer):
    """`arguments` are further ones of the command line; `program` replaces `devhost` as the module that is run."""

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        program: str = "devhost",
    ) -> None:
        super().__init__(folder)
        self._arguments, self._program = arguments, program
        self._env = {"BENCH_LEDGER": str(self.ledger), **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        port = free_port()
        self._client = KeepAliveClient(port)
        command = [sys.executable, "-m", self._program, "start", "--app", str(APP), "--port", str(port)]
        state = str(self.folder / "state")
        self._process = spawn([*command, "--state", state, *self._arguments], self.folder / "host.log", self._env)
        await until(self._ready)

    async def _ready(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError("the host ended: " + (self.folder / "host.log").read_text(errors="replace")[-500:])
        return (await self._client.request("GET", "/admin/host/status")).status == 200

    async def stop(self) -> None:
        self._end(signal.SIGTERM)

    async def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        end(self._process, number)
        self._process = None
        self._client.close()

    def pids(self) -> Sequence[int]:
        return [self._process.pid] if self._process else []

    async def run(self, work: str, instance: str, value: Value) -> Any:
        """Send the start request that waits for the result."""
        response = await self._client.ask("POST", f"{API}/orchestrators/{work}/{instance}?{WAITING}", value)
        return response.json() if response.status == 200 else await self.result(work, instance)

    async def begin(self, work: str, instance: str, value: Value) -> None:
        await self._client.ask("POST", f"{API}/orchestrators/{work}/{instance}", value)

    async def result(self, work: str, instance: str) -> Any:
        while True:
            response = await self._client.ask("GET", f"{API}/instances/{instance}?showInput=false")
            if response.status == 200:
                return response.json()["output"]
            await asyncio.sleep(0.001)

    async def signal(self, key: str) -> None:
        # The SDK sends the JSON text of a JSON text, and its entities read no other.
        await self._client.ask("POST", f"{API}/entities/counter/{key}?op=add", "1")

    async def counted(self, key: str, goal: int) -> None:
        async def reached() -> bool:
            response = await self._client.request("GET", f"{API}/entities/counter/{key}")
            return response.status == 200 and response.json() == goal

        await until(reached, 100)
