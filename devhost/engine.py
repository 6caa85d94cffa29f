"""The durable engine: runs orchestrations, activities and entities of an app, and keeps all of it in one SQLite file.

Client operations return a future that resolves after the commit, or fails with an `EngineError`. Reads use their own
connections, may be called from any thread and never wait for writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from devhost.config import HostConfig
from devhost.events import Event
from devhost.loading import IndexedApp
from devhost.records import EntityFilter, EntityRow, InstanceFilter, InstanceRow, Page, RunReport


class Engine:
    """`user_loop` runs the app's async functions. `strict` fails an instance that would only work here.

    `on_run` is told of every run of a function, `on_warning` (instance id, sentence) of what the real host would do
    otherwise or what hangs, `on_broken` of an error that ends the engine: the host must then exit. All three are
    called from the engine's threads and must return quickly. `fsync` makes commits survive a power loss.
    """

    def __init__(
        self,
        app: IndexedApp,
        config: HostConfig,
        state_dir: Path,
        *,
        user_loop: asyncio.AbstractEventLoop,
        strict: bool,
        on_run: Callable[[RunReport], None] | None = None,
        on_warning: Callable[[str, str], None] | None = None,
        on_broken: Callable[[BaseException], None] | None = None,
        fsync: bool = False,
    ) -> None: ...

    def start(self) -> None:
        """Claim the state folder and go on with everything in flight. Raises HubError."""

    def stop(self, grace: float = 2.0) -> None:
        """Let steps under way end within `grace` seconds, then close; what has not ended runs again at the next start."""

    # ---- client operations

    def start_instance(
        self, name: str, input_json: Any, instance_id: str | None = None, version: str | None = None
    ) -> Future[str]:
        """Start an orchestration; the id. `input_json` is the parsed body, None for none. Fails with InstanceExists."""
        raise NotImplementedError

    def raise_event(self, instance_id: str, event_name: str, input_text: str | None) -> Future[None]:
        """`input_text` is JSON text. Fails with InstanceNotFound, InstanceTerminal."""
        raise NotImplementedError

    def terminate(self, instance_id: str, reason: str | None) -> Future[None]:
        """Fails with InstanceNotFound, InstanceTerminal."""
        raise NotImplementedError

    def suspend(self, instance_id: str, reason: str | None) -> Future[None]:
        """Fails with InstanceNotFound, InstanceTerminal, WrongState."""
        raise NotImplementedError

    def resume(self, instance_id: str, reason: str | None) -> Future[None]:
        """Fails with InstanceNotFound, InstanceTerminal, WrongState."""
        raise NotImplementedError

    def rewind(self, instance_id: str, reason: str | None) -> Future[None]:
        """Fails with InstanceNotFound, WrongState."""
        raise NotImplementedError

    def restart(self, instance_id: str, new_id: bool) -> Future[str]:
        """Start again with the same name and input; the id. Fails with InstanceNotFound, InstanceExists."""
        raise NotImplementedError

    def purge(self, instance_id: str) -> Future[int]:
        """How many were deleted; entities may be purged at any time. Fails with InstanceNotFound, InstanceNotTerminal."""
        raise NotImplementedError

    def purge_many(self, wanted: InstanceFilter) -> Future[int]:
        """Deletes the instances of the filter that have ended, never others; how many."""
        raise NotImplementedError

    def signal_entity(self, name: str, key: str, operation: str, input_text: str | None) -> Future[None]:
        """`input_text` is the body as JSON text. Fails with UnknownFunction, BadRequest."""
        raise NotImplementedError

    def skip_to_next_timer(self) -> Future[float | None]:
        """Move the clock to the next durable timer, for tests; the seconds skipped, None when no timer waits."""
        raise NotImplementedError

    # ---- reads

    def get_instance(self, instance_id: str) -> InstanceRow | None:
        raise NotImplementedError

    def list_instances(self, wanted: InstanceFilter, top: int, token: str | None = None) -> Page[InstanceRow]:
        """Raises BadRequest for a token that is not ours."""
        raise NotImplementedError

    def history(self, instance_id: str) -> list[Event]:
        """The present execution's events; empty for an unknown instance."""
        raise NotImplementedError

    def get_entity(self, name: str, key: str) -> EntityRow | None:
        raise NotImplementedError

    def list_entities(self, wanted: EntityFilter, top: int, token: str | None = None) -> Page[EntityRow]:
        """Raises BadRequest for a token that is not ours."""
        raise NotImplementedError
