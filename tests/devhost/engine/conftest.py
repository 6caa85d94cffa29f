"""An engine on a temporary hub, in this process."""

import asyncio
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import pytest

from devhost.config import HostConfig
from devhost.engine.engine import Engine
from devhost.functions.loading import index_app
from devhost.hub.records import TERMINAL, InstanceRow
from devhost.logs import RunReport
from support.waiting import until


class EngineHost:
    """Engines for one app on one state folder, one after the other."""

    def __init__(
        self, app: df.DFApp, state: Path, loop: asyncio.AbstractEventLoop, strict: bool, **config: Any
    ) -> None:
        self._indexed = index_app(state, app)
        self._state, self._loop, self._strict = state, loop, strict
        self._config = HostConfig(**config)
        self.runs: list[RunReport] = []
        self.warnings: list[str] = []
        self.broken: list[BaseException] = []
        self.start()

    def start(self) -> None:
        self.engine = Engine(
            self._indexed, self._config, self._state, user_loop=self._loop, strict=self._strict,
            on_run=self.runs.append, on_warning=lambda _, text: self.warnings.append(text),
            on_broken=self.broken.append,
        )  # fmt: skip
        self.engine.start()

    def restart(self, **config: Any) -> None:
        self.engine.stop()
        self._config = HostConfig(**config) if config else self._config
        self.start()

    def begin(self, name: str, input_value: Any = None, instance: str | None = None, version: str | None = None) -> str:
        return self.engine.start_instance(name, input_value, instance, version).result(10)

    def until(self, instance: str, reached: Callable[[InstanceRow], bool], seconds: float = 15) -> InstanceRow:
        def row() -> InstanceRow | None:
            row = self.engine.get_instance(instance)
            return row if row and reached(row) else None

        return until(row, seconds, 0.005)

    def ended(self, instance: str) -> InstanceRow:
        return self.until(instance, lambda row: row.status in TERMINAL)

    def run(self, name: str, input_value: Any = None) -> InstanceRow:
        return self.ended(self.begin(name, input_value))


@pytest.fixture(scope="session")
def user_loop() -> Generator[asyncio.AbstractEventLoop, None, None]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def host_for(tmp_path: Path, user_loop: asyncio.AbstractEventLoop) -> Generator[Callable[..., EngineHost], None, None]:
    """`host_for(app, strict=False, **config)` gives a Host; all are stopped at the end."""
    made: list[EngineHost] = []

    def make(app: df.DFApp, *, strict: bool = False, **config: Any) -> EngineHost:
        made.append(EngineHost(app, tmp_path / "state", user_loop, strict, **config))
        return made[-1]

    yield make
    for host in made:
        host.engine.stop(0.1)
