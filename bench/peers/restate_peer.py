"""Restate: its server from npm, a service process in Python, driven over the server's ingress."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.keepalive import KeepAliveClient
from bench.peer import Peer
from bench.processes import ROOT, end, free_port, spawn, until
from bench.work import Value

SERVER = ROOT / "bench" / ".cache" / "restate" / "node_modules" / "@restatedev"


class Restate(Peer):
    """The server with one partition, and the service. Each step waits for the disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._server: subprocess.Popen[bytes] | None = None
        self._service: subprocess.Popen[bytes] | None = None
        self._ports = [free_port() for _ in range(4)]
        self._is_registered = False

    async def start(self) -> None:
        ingress, admin, node, service = self._ports
        self._client, self._admin = KeepAliveClient(ingress), KeepAliveClient(admin)
        env = {
            "RESTATE_BASE_DIR": str(self.folder / "restate"),
            # The default of 24 is slower on a machine with few cores.
            "RESTATE_DEFAULT_NUM_PARTITIONS": "1",
            "RESTATE_LISTEN_MODE": "tcp",
            "RESTATE_BIND_IP": "127.0.0.1",
            "RESTATE_BIND_PORT": str(node),
            "RESTATE_ADVERTISED_HOST": "127.0.0.1",
            "RESTATE_INGRESS__BIND_PORT": str(ingress),
            "RESTATE_ADMIN__BIND_PORT": str(admin),
            "RESTATE_NODE_NAME": "bench",
            "RESTATE_DISABLE_TELEMETRY": "true",
            "RESTATE_LOG_FILTER": "warn",
            "DO_NOT_TRACK": "1",
        }
        self._server = spawn([str(_binary()), "--no-logo"], self.folder / "server.log", env)
        command = [sys.executable, "-m", "bench.peers.restate_service", str(service)]
        self._service = spawn(command, self.folder / "service.log", {"BENCH_LEDGER": str(self.ledger)})
        await until(self._ready)

    async def _ready(self) -> bool:
        if self._server is None or self._server.poll() is not None:
            raise RuntimeError("the server ended: " + (self.folder / "server.log").read_text(errors="replace")[-500:])
        if (await self._client.request("GET", "/restate/health")).status != 200:
            return False
        if not self._is_registered:
            uri = {"uri": f"http://127.0.0.1:{self._ports[3]}"}
            self._is_registered = (await self._admin.request("POST", "/deployments", uri)).status in (200, 201)
        return self._is_registered

    async def stop(self) -> None:
        self._end(signal.SIGTERM)

    async def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        for process in (self._server, self._service):
            if process is not None and process.poll() is None and number == signal.SIGKILL:
                process.kill()
        end(self._server, number, 2.0)
        end(self._service, number, 2.0)
        self._client.close()
        self._admin.close()

    def pids(self) -> Sequence[int]:
        return [process.pid for process in (self._server, self._service) if process is not None]

    async def run(self, work: str, instance: str, value: Value) -> Any:
        return (await self._client.ask("POST", f"/Bench/{work}", value)).json()

    async def begin(self, work: str, instance: str, value: Value) -> None:
        await self._client.ask("POST", f"/Bench/{work}/send", value, {"Idempotency-Key": instance})

    async def result(self, work: str, instance: str) -> Any:
        return (await self._client.ask("GET", f"/restate/invocation/Bench/{work}/{instance}/attach")).json()

    async def signal(self, key: str) -> None:
        await self._client.ask("POST", f"/Counter/{key}/add/send", 1)

    async def counted(self, key: str, goal: int) -> None:
        async def reached() -> bool:
            return (await self._client.ask("POST", f"/Counter/{key}/total")).json() == goal

        await until(reached, 100)


def _binary() -> Path:
    """Return the server itself, because npm's starter would be one process more."""
    programs = sorted(SERVER.glob("restate-server-*/bin/restate-server"))
    if not programs:
        raise RuntimeError(f"no server in {SERVER}")
    return programs[0]
