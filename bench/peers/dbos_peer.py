"""DBOS Transact in this process, its system database in SQLite with WAL."""

# pyright: reportMissingImports=false
# The packages of a peer are in an environment of their own.

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import Engine, event

from bench.peer import Peer
from bench.peers import dbos_works as works
from bench.work import Value


class Dbos(Peer):
    """Workflows are plain function calls on threads of ours: quicker than DBOS's handles, and as durable."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        # More than the 500 instances that W4 has in flight, each of which holds a thread.
        self._threads = ThreadPoolExecutor(600)

    async def start(self) -> None:
        works.LEDGER = self.ledger
        file = self.folder / "dbos.sqlite"
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA journal_mode=WAL")
        event.listen(Engine, "connect", _no_wait_for_the_disk)
        config: DBOSConfig = {
            "name": "bench",
            "system_database_url": f"sqlite:///{file}",
            "application_version": "1",
            "log_level": "WARNING",
            "enable_otlp": False,
            # Instead of each second, which would be most of what W7 measures.
            "notification_listener_polling_interval_sec": 0.01,
        }
        await asyncio.to_thread(_launch, config)

    async def stop(self) -> None:
        await asyncio.to_thread(DBOS.destroy)

    def pids(self) -> Sequence[int]:
        return [os.getpid()]

    async def run(self, work: str, instance: str, value: Value) -> Any:
        if work in works.ASYNC:
            with SetWorkflowID(instance):
                return await works.ASYNC[work](value)
        return await self._thread(_run, work, instance, value)

    async def begin(self, work: str, instance: str, value: Value) -> None:
        await self._thread(_begin, work, instance, value)

    async def result(self, work: str, instance: str) -> Any:
        return await self._thread(_result, instance)

    async def make_counter(self, key: str, goal: int) -> None:
        await self._thread(_count, key, goal)

    async def signal(self, key: str) -> None:
        await self._thread(DBOS.send, key, 1)

    async def counted(self, key: str, goal: int) -> None:
        if await self._thread(_result, key) != goal:
            raise RuntimeError("the counter has counted wrongly")

    async def _thread(self, function: Any, *values: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *values)


def _launch(config: DBOSConfig) -> None:
    DBOS(config=config)
    DBOS.launch()


def _no_wait_for_the_disk(connection: Any, _: Any) -> None:
    # The dev host's own setting, so that both promise to survive the same.
    connection.execute("PRAGMA synchronous=NORMAL")


def _run(work: str, instance: str, value: Value) -> Any:
    with SetWorkflowID(instance):
        return works.SYNC[work](value)


def _begin(work: str, instance: str, value: Value) -> None:
    with SetWorkflowID(instance):
        DBOS.start_workflow(works.SYNC[work], value)


def _count(key: str, goal: int) -> None:
    with SetWorkflowID(key):
        DBOS.start_workflow(works.count, goal)


def _result(instance: str) -> Any:
    return DBOS.retrieve_workflow(instance).get_result(polling_interval_sec=0.05)
