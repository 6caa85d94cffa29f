"""The durable engine: runs orchestrations, activities and entities of an app, and keeps all of it in one SQLite file.

Client operations return a future that resolves after the commit, or fails with an `EngineError`. Reads use their own
connections, may be called from any thread and never wait for writes.
"""

import asyncio
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

from devhost import faults
from devhost.config import HostConfig
from devhost.engine.activities import Activities
from devhost.engine.call_timeouts import CallTimeouts
from devhost.engine.completion import Completion
from devhost.engine.core import Core, Listeners
from devhost.engine.decisions import Decisions
from devhost.engine.durable_timers import DurableTimers, LaterSignals
from devhost.engine.end_waiters import EndWaiters
from devhost.engine.engine_thread import EngineThread
from devhost.engine.entities import Entities
from devhost.engine.http_activity import HttpCalls
from devhost.engine.operations import Operations, attempt
from devhost.engine.orchestrations import Orchestrations
from devhost.engine.starts import Starts
from devhost.errors import EngineStopped, HubError
from devhost.functions.functions import ClientBinding, IndexedApp
from devhost.hub.hub import Hub
from devhost.hub.hub_read import HubReader
from devhost.hub.hub_schema import Claim
from devhost.hub.instance_search import InstanceQuery, InstanceSummary, ListPosition, Matches
from devhost.hub.instances import Entity, Instance
from devhost.hub.kinds import Tally
from devhost.hub.records import EntityFilter, EntityRow, InstanceFilter, InstanceRow, Page
from devhost.logs import RunReport
from devhost.protocol import sdk_witness
from devhost.protocol.events import Event
from devhost.protocol.payload import rewritten

log = logging.getLogger("devhost")
HUB_FILE = "hub.db"
_STOPPING = "The host is stopping, and nothing was done; repeat the request when the host runs again."
# A round ends after so many steps or seconds, so that no acknowledgement waits long for its commit.
MAX_STEPS = 256
MAX_SECONDS = 0.02


def _no_client(_: ClientBinding) -> str:
    raise LookupError("this engine serves no durable clients")


class Engine:
    """The durable engine of one app and one state folder.

    `user_loop` runs the app's async functions. `strict` fails an instance that would only work on this host.
    `on_run` gets every run of a function, `on_warning` (instance id, sentence) every difference to the real host and
    every hang, `on_broken` an error that ends the engine: the host must then exit. All three are called on the
    engine's threads and must return quickly. `client_text` returns the argument for an activity's durable client.
    `fsync` makes commits survive a power loss.
    """

    def __init__(  # noqa: PLR0913 - the one place where the host hands in what the engine needs
        self,
        app: IndexedApp,
        config: HostConfig,
        state_dir: Path,
        *,
        user_loop: asyncio.AbstractEventLoop,
        strict: bool,
        on_run: Callable[[RunReport], None] = lambda run: None,
        on_warning: Callable[[str, str], None] = lambda instance_id, sentence: None,
        on_broken: Callable[[BaseException], None] = lambda error: None,
        client_text: Callable[[ClientBinding], str] = _no_client,
        fsync: bool = False,
    ) -> None:
        self._app, self._config, self._state_dir = app, config, state_dir
        self._user_loop, self._strict, self._fsync = user_loop, strict, fsync
        self._listeners = Listeners(on_run, on_warning)
        self._on_broken = on_broken
        self._client_text = client_text
        self._broken: BaseException | None = None
        self._pending: set[Future[Any]] = set()
        self._pending_lock = threading.Lock()
        self._stopping = False
        self._finishing = False
        self._idle = threading.Event()

    def start(self) -> None:
        """Claim the state folder and continue everything that was in flight. Raises HubError."""
        # Tests make engines of apps that were not loaded from a folder, so the SDK is patched here too.
        sdk_witness.install()
        # The claim comes first: a second host on the folder must not even open the database.
        self._claim = Claim(self._state_dir)
        path = self._state_dir / HUB_FILE
        hub: Hub | None = None
        try:
            hub = self._hub = Hub(path, fsync=self._fsync)
            # Orchestrators and entities share the workers for slow functions.
            slow = max(self._config.max_concurrent_orchestrators, self._config.max_concurrent_entities)
            self._timeouts = CallTimeouts(self._config.function_timeout, self._warn)
            self._thread = EngineThread(self._round, self._break, slow, self._timeouts)
            core = self._core = Core(
                self._app, self._config, self._hub, self._listeners, self._thread.post, strict=self._strict
            )
            self._reader = HubReader(path)
            self._timers = DurableTimers(core)
            self._later = LaterSignals(core)
            self._http = HttpCalls()
            self._activities = Activities(
                core,
                self._thread,
                self._user_loop,
                self._http.call,
                self._client_text,
            )
            self._starts = Starts(core)
            decisions = Decisions(
                core,
                self._starts,
                self._timers,
                self._later,
                self._activities.schedule,
            )
            self._orchestrations = Orchestrations(
                core, self._thread, self._starts, decisions, Completion(core, self._timers)
            )
            self._entities = Entities(core, self._thread)
            self._operations = Operations(core, self._starts, self._timers)
            # Before the thread starts, so that everything in flight is in its place when the first command comes.
            self._recover()
        except BaseException:
            if hub is not None:
                hub.close()
            self._claim.release()
            raise
        self._thread.start()

    def stop(self, grace: float = 2.0) -> None:
        """Give activities under way `grace` seconds to end, then close; the others run again at the next start."""
        self._stopping = True
        self._core.end_waiters.close()
        # A command, since only the engine thread may touch the activities.
        self._core.post(self._finish_up)
        if self._broken is None:
            self._idle.wait(grace)
        self._core.post(self._activities.abandon)
        self._core.post(self._thread.stop)
        # A step that is stuck in the app's code keeps the thread; the hub is then left open, and the process ends soon.
        closed = self._thread.wait_ended(1.0)
        self._refuse_pending()
        self._http.close()
        self._reader.close()
        if closed:
            self._hub.close()
        self._claim.release()

    def _finish_up(self) -> None:
        self._activities.stop()
        self._finishing = True

    def _warn(self, instance_id: str, sentence: str) -> None:
        self._core.warn(instance_id, sentence)

    def _round(self) -> float | None:
        """Run what is ready and commit it; return for how many seconds nothing will be due.

        Replies, activities and callbacks follow the commit, so that nobody learns of a state that a crash can undo.
        """
        core = self._core
        # What has become due comes first, so that a flood of messages cannot delay timers and timeouts.
        self._timers.fire_due()
        self._later.send_due()
        self._activities.fail_overdue()
        self._timeouts.check()
        until = time.monotonic() + MAX_SECONDS
        steps = 0
        while core.ready and steps < MAX_STEPS:
            steps += 1
            item = core.ready.popleft()
            if isinstance(item, Instance):
                self._orchestrations.run_episode(item)
            elif isinstance(item, Entity):
                self._entities.run_batch(item)
            else:
                self._activities.run_inline(item)
            if time.monotonic() > until:
                break
        self._commit()
        if core.ready:
            return 0.0
        if self._finishing and self._activities.running == 0:
            self._idle.set()
        return self._seconds_idle()

    def _seconds_idle(self) -> float | None:
        waits = [self._activities.next_timeout(), self._timeouts.next_check()]
        for due in (self._timers.next_due(), self._later.next_due()):
            if due is not None:
                waits.append(self._core.clock.seconds_until(due))
        return min((wait for wait in waits if wait is not None), default=None)

    def _commit(self) -> None:
        core = self._core
        # Messages of this round that nobody has taken yet get a row with the same commit.
        core.store_leftovers()
        if self._hub.has_changes:
            self._hub.commit()
        # Only after the commit: until then memory is newer than the hub.
        core.forget_idle()
        acknowledged, core.acknowledged = core.acknowledged, []
        for reply, value in acknowledged:
            faults.point("acknowledge.before")
            reply.set_result(value)
        commands, core.after_commit = core.after_commit, []
        for command in commands:
            command()

    def _recover(self) -> None:
        """Put everything that was in flight when the last host ended back into memory."""
        core, hub = self._core, self._hub
        alive = hub.unfinished_runs()
        for timer in hub.all_timers():
            if timer.run in alive:
                self._timers.add(timer)
        # A message of a run that has ended is left in its row; it goes when the instance is purged or replaced.
        for owner, run, message in hub.all_messages():
            instance = core.find(owner) if run in alive else None
            if instance is not None:
                self._starts.park(instance)
                core.deliver(instance, message)
        for entity_id, operation, due in hub.all_operations():
            if due is not None and due > core.clock.now():
                self._later.add(entity_id, operation, due)
            else:
                core.deliver_operation(core.entity(entity_id), operation)
        for work in hub.all_work():
            if work.run in alive:
                # Started only after the first round: the activities need the running engine thread.
                core.after_commit.append(partial(self._activities.schedule, work))

    def _break(self, error: BaseException) -> None:
        """End the engine after an error: refuse every operation and make the host exit."""
        self._broken = error
        self._idle.set()
        self._core.end_waiters.close()
        self._refuse_pending()
        # A HubError is one clear sentence; of anything else the traceback is needed.
        if not isinstance(error, HubError):
            log.error("The engine has failed", exc_info=error)
        if isinstance(error, sqlite3.Error):
            error = HubError(f"The hub in {self._state_dir} cannot be written: {error}.")
        self._on_broken(error)

    def _refuse_pending(self) -> None:
        with self._pending_lock:
            # Taken out under the lock, answered outside of it: a callback of a future may call the engine again.
            pending, self._pending = self._pending, set()
        for reply in list(pending):
            if not reply.done():
                reply.set_exception(EngineStopped(_STOPPING))

    def _ask(self, operation: Callable[..., None], *values: Any) -> Future[Any]:
        reply: Future[Any] = Future()
        if self._stopping or self._broken is not None:
            reply.set_exception(EngineStopped(_STOPPING))
            return reply
        with self._pending_lock:
            self._pending.add(reply)
        reply.add_done_callback(self._pending.discard)
        self._core.post(partial(attempt, reply, operation, *values))
        return reply

    def start_instance(
        self,
        name: str,
        input_json: Any,
        instance_id: str | None = None,
        version: str | None = None,
        *,
        input_text: str | None = None,
    ) -> Future[str]:
        """Start an orchestration; the reply is its id. Fails with InstanceExists.

        The input is `input_json`, a value (None for none), or else `input_text`, JSON text that is stored unchanged,
        as the real host does (docs/devhost/behaviour.md, section 2.3).
        """
        stored_input = input_text if input_json is None else rewritten(json.dumps(input_json))
        return self._ask(
            self._operations.start,
            name,
            stored_input,
            instance_id,
            version,
        )

    def raise_event(self, instance_id: str, event_name: str, input_text: str | None) -> Future[None]:
        """Raise an event with `input_text`, JSON text. Fails with InstanceNotFound, InstanceTerminal."""
        return self._ask(self._operations.raise_event, instance_id, event_name, input_text)

    def terminate(self, instance_id: str, reason: str | None) -> Future[None]:
        """Terminate an instance. Fails with InstanceNotFound, InstanceTerminal."""
        return self._ask(self._operations.terminate, instance_id, reason)

    def suspend(self, instance_id: str, reason: str | None) -> Future[None]:
        """Suspend an instance. Fails with InstanceNotFound, InstanceTerminal, WrongState."""
        return self._ask(self._operations.suspend, instance_id, reason)

    def resume(self, instance_id: str, reason: str | None) -> Future[None]:
        """Resume an instance. Fails with InstanceNotFound, InstanceTerminal, WrongState."""
        return self._ask(self._operations.resume, instance_id, reason)

    def rewind(self, instance_id: str, reason: str | None) -> Future[None]:
        """Rewind a failed instance. Fails with InstanceNotFound, WrongState."""
        return self._ask(self._operations.rewind, instance_id, reason)

    def restart(self, instance_id: str, new_id: bool) -> Future[str]:
        """Start again with the same name and input; the reply is the id.

        Fails with InstanceNotFound, InstanceExists.
        """
        return self._ask(self._operations.restart, instance_id, new_id)

    def purge(self, instance_id: str) -> Future[int]:
        """Delete an instance that has ended, or an entity; the reply is the number of deleted ones.

        Fails with InstanceNotFound, InstanceNotTerminal.
        """
        return self._ask(self._operations.purge, instance_id)

    def purge_many(self, selection: InstanceFilter) -> Future[int]:
        """Delete the selected instances that have ended, never others; the reply is their number."""
        return self._ask(self._operations.purge_many, selection)

    def signal_entity(self, name: str, key: str, operation: str, input_text: str | None) -> Future[None]:
        """Signal an entity with `input_text`, JSON text. Fails with UnknownFunction, BadRequest."""
        return self._ask(
            self._operations.signal,
            name,
            key,
            operation,
            input_text,
        )

    def skip_to_next_timer(self) -> Future[float | None]:
        """Move the clock to the next durable timer, for tests.

        The reply is the number of seconds skipped, None if no timer waits.
        """
        return self._ask(self._operations.skip_to_next_timer)

    @property
    def end_waiters(self) -> EndWaiters:
        return self._core.end_waiters

    def get_instance(self, instance_id: str) -> InstanceRow | None:
        """Return the instance as it was committed last."""
        return self._reader.instance(instance_id)

    def list_instances(self, selection: InstanceFilter, top: int, token: str | None = None) -> Page[InstanceRow]:
        """Return a page of the selected instances. Raises BadRequest for a token that this host did not make."""
        return self._reader.instances(selection, top, token)

    def history(self, instance_id: str) -> list[Event]:
        """Return the events of the instance's current execution, none for an unknown instance."""
        return self._reader.history(instance_id)

    def newest_instances(self, query: InstanceQuery, size: int, after: ListPosition | None = None) -> Matches:
        """Return the newest orchestrations that fit the query, those after a place if there is one."""
        return self._reader.newest(query, size, after)

    def tallies(self) -> tuple[list[Tally], bool]:
        """Return the number of orchestrations of each kind, and whether these are all kinds."""
        return self._reader.tallies()

    def related_instances(self, instance_id: str) -> list[InstanceSummary]:
        """Return the orchestrations whose ids say that they belong to this one, or this one to them."""
        return self._reader.related(instance_id)

    def get_entity(self, name: str, key: str) -> EntityRow | None:
        """Return the entity as it was committed last."""
        return self._reader.entity(name, key)

    def list_entities(self, selection: EntityFilter, top: int, token: str | None = None) -> Page[EntityRow]:
        """Return a page of the selected entities. Raises BadRequest for a token that this host did not make."""
        return self._reader.entities(selection, top, token)
