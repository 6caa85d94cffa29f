"""`durabletask`'s own in-memory backend with its worker, in one process or, `split`, in two. Nothing is durable."""

# pyright: reportMissingImports=false
# The packages of a peer are in an environment of their own.

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from durabletask import client, entities, worker
from durabletask.internal import orchestrator_service_pb2 as messages
from durabletask.testing.in_memory_backend import InMemoryOrchestrationBackend

from bench.peer import Peer
from bench.peers.durabletask_worker import make_worker
from bench.processes import end, free_port, spawn, until
from bench.work import Value


class _Waiting:
    """The parts of a gRPC call that the backend's own way to wait uses."""

    def time_remaining(self) -> float:
        return 100.0


class DurableTask(Peer):
    """The backend in this process.

    Its gRPC server has ten threads, and each client that waits would hold one. The peer therefore waits by calling the
    backend's own method, which wakes at the end without polling.
    """

    def __init__(self, folder: Path, *, split: bool) -> None:
        super().__init__(folder)
        self._split = split
        self._process: subprocess.Popen[bytes] | None = None
        self._worker: worker.TaskHubGrpcWorker | None = None
        # More than the 500 instances that W4 has in flight, each of which holds a thread.
        self._threads = ThreadPoolExecutor(600)
        self._quiet = logging.getLogger("quiet")
        self._quiet.setLevel(logging.ERROR)

    async def start(self) -> None:
        port = free_port()
        self._backend = InMemoryOrchestrationBackend(port=port, max_history_size=1_000_000)
        self._backend.start()
        self._client = client.AsyncTaskHubGrpcClient(
            host_address=f"127.0.0.1:{port}", emit_trace_spans=False, logger=self._quiet
        )
        if self._split:
            command = [sys.executable, "-m", "bench.peers.durabletask_worker", str(port)]
            self._process = spawn(command, self.folder / "worker.log")
        else:
            worker = make_worker(port)
            worker.start()
            self._worker = worker

    async def stop(self) -> None:
        await self._client.close()
        if self._worker is not None:
            await asyncio.to_thread(self._worker.stop)
        end(self._process)
        await asyncio.to_thread(self._backend.stop, 0)

    def pids(self) -> Sequence[int]:
        return [os.getpid(), *([self._process.pid] if self._process else [])]

    async def run(self, work: str, instance: str, value: Value) -> Any:
        await self._client.schedule_new_orchestration(work, input=value, instance_id=instance)
        request = messages.GetInstanceRequest(instanceId=instance, getInputsAndOutputs=True)
        loop = asyncio.get_running_loop()
        waiting: Any = _Waiting()
        ended = await loop.run_in_executor(self._threads, self._backend.WaitForInstanceCompletion, request, waiting)
        return json.loads(ended.orchestrationState.output.value)

    async def signal(self, key: str) -> None:
        await self._client.signal_entity(entities.EntityInstanceId("counter", key), "add", 1)

    async def counted(self, key: str, goal: int) -> None:
        async def reached() -> bool:
            entity = await self._client.get_entity(entities.EntityInstanceId("counter", key))
            return entity is not None and str(entity.get_state()) == str(goal)

        await until(reached, 100)
