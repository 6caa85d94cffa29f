"""Activities: a limited number at a time, sync ones on worker threads, async ones on the app's own event loop.

Sync ones that are known to compute run inline instead: one after the other on the engine thread.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from azure.functions.durable_functions import ActivityTriggerConverter
from azure.functions.meta import Datum

from devhost import faults
from devhost.engine.core import Core
from devhost.engine.engine_thread import EngineThread, Workers
from devhost.engine.inline_activities import InlinePolicy, RunTime
from devhost.functions.context import Context
from devhost.functions.functions import ClientBinding, Function
from devhost.hub.instances import Message
from devhost.hub.rows import Work
from devhost.logs import RunReport
from devhost.protocol.events import Event, task_completed, task_failed
from devhost.protocol.failure_texts import (
    activity_failure,
    exception_text,
    frames,
    plain_activity_failure,
    timeout_text,
)
from devhost.protocol.payload import rewritten

log = logging.getLogger("devhost")
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of an activity: the event for the history, and the log's text if it failed."""

    event: Event
    error: str | None = None


@dataclass(slots=True)
class Running:
    """An activity under way; `cancel` stops an async one. `time` is that of its code and its JSON alone."""

    work: Work
    since: float
    cancel: Callable[[], object] | None = None
    is_inline: bool = False
    time: RunTime | None = None


class Activities:
    """Runs activities and HTTP calls. Used on the engine thread; other threads only post `_finished` to it.

    `client_text` returns the argument for a parameter that is a durable client.
    """

    def __init__(
        self,
        core: Core,
        thread: EngineThread,
        loop: asyncio.AbstractEventLoop,
        call_http: Callable[[Work], Future[Outcome]],
        client_text: Callable[[ClientBinding], str],
    ) -> None:
        self._core, self._thread, self._loop = core, thread, loop
        self._call_http, self._client_text = call_http, client_text
        self._limit = core.config.max_concurrent_activities
        # More threads than running activities: one given up after functionTimeout keeps its thread.
        self._workers = Workers("devhost-activity", self._limit * 8)
        self._inline = InlinePolicy()
        self._waiting: deque[Work] = deque()
        self._running: dict[Key, Running] = {}
        self._timeout = core.config.function_timeout
        self._stopping = False

    @property
    def running(self) -> int:
        return len(self._running)

    def schedule(self, work: Work) -> None:
        """Run the work as soon as there is room. Its row in the hub must be committed.

        Work of the episode that ended its execution runs too, as on the real host (docs/devhost/behaviour.md,
        section 11).
        """
        if len(self._running) >= self._limit:
            self._waiting.append(work)
        elif self._inline.may_run_inline(work.name) and self._is_needed(work):
            self._core.ready.append(work)
        else:
            self._start(work)

    def run_inline(self, work: Work) -> None:
        """Run work that was found fit when scheduled; `_finished` follows, perhaps on another engine thread."""
        if not self._is_needed(work):
            return
        function = self._core.app.activity(work.name)
        # Since it was scheduled, the activity may have begun to wait, or the workers busy.
        if function is None or not self._inline.may_run_inline(work.name) or len(self._running) >= self._limit:
            self.schedule(work)
            return
        running = self._begin(work)
        if running is not None:
            running.is_inline = True
            self._inline.begins_inline(work.name)
            run = partial(self._outcome, running, function)
            self._thread.call(("activity", work.name), run, partial(self._finished, running))

    def stop(self) -> None:
        """Start no further work; what waits runs after the next start of the host."""
        self._stopping = True
        self._waiting.clear()

    def abandon(self) -> None:
        """Cancel what runs; it runs again after the next start of the host."""
        abandoned, self._running = self._running, {}
        for running in abandoned.values():
            if running.cancel is not None:
                running.cancel()

    def next_timeout(self) -> float | None:
        """Return the seconds until the activity that runs longest reaches functionTimeout."""
        # All have the same time limit and a dict keeps its order, so the first one is the oldest.
        oldest = next(iter(self._running.values()), None)
        if self._timeout is None or oldest is None:
            return None
        return max(0.0, oldest.since + self._timeout - time.monotonic())

    def fail_overdue(self) -> None:
        """Fail activities that have reached functionTimeout: async code is cancelled, a thread's result is dropped."""
        while self.next_timeout() == 0:
            running = next(iter(self._running.values()))
            if running.cancel is not None:
                running.cancel()
            function = self._core.app.activity(running.work.name)
            text = timeout_text(self._timeout or 0, function.name if function else running.work.name)
            reason = plain_activity_failure(running.work.name, text)
            self._finished(running, Outcome(task_failed("", running.work.task_id, reason, None), text))

    def _begin(self, work: Work) -> Running | None:
        if self._stopping:
            return None
        faults.point("activity.before")
        running = self._running[work.run, work.task_id] = Running(work, time.monotonic())
        return running

    def _start(self, work: Work) -> None:
        running = self._begin(work)
        if running is None:
            return
        if work.kind == "http":
            future = self._call_http(work)
            running.cancel = future.cancel
            future.add_done_callback(partial(self._http_done, running))
            return
        function = self._core.app.activity(work.name)
        if function is None:
            text = self._core.unknown("activity", work.name)
            reason = plain_activity_failure(work.name, text)
            outcome = Outcome(task_failed("", work.task_id, reason, None), text)
            self._core.post(partial(self._finished, running, outcome))
        elif function.is_async:
            self._loop.call_soon_threadsafe(self._start_async, running, function)
        else:
            self._workers.submit(partial(self._run_sync, running, function))

    def _http_done(self, running: Running, future: Future[Outcome]) -> None:
        if not future.cancelled():
            self._post_outcome(running, future.result())

    def _outcome(self, running: Running, function: Function) -> Outcome:
        """Run a sync function and return its outcome."""
        since, computed, process = time.perf_counter(), time.thread_time(), time.process_time()
        try:
            value = function.user_function(**self._arguments(running.work, function))
            outcome = _completed(running.work, value)
        except BaseException as error:  # sys.exit() in an activity must not end the host's thread
            outcome = _failed(running.work, error)
        running.time = RunTime(
            time.perf_counter() - since, time.thread_time() - computed, time.process_time() - process
        )
        faults.point("activity.after")
        return outcome

    def _run_sync(self, running: Running, function: Function) -> None:
        self._core.post(partial(self._finished, running, self._outcome(running, function)))

    def _start_async(self, running: Running, function: Function) -> None:
        # On the app's loop, where alone a task of it may be made or cancelled.
        task = self._loop.create_task(self._run_async(running, function))
        running.cancel = lambda: self._loop.call_soon_threadsafe(task.cancel)

    async def _run_async(self, running: Running, function: Function) -> None:
        try:
            value = await function.user_function(**self._arguments(running.work, function))
            outcome = _completed(running.work, value)
        except asyncio.CancelledError as error:
            outcome = _failed(running.work, error)
        except BaseException as error:
            outcome = _failed(running.work, error)
        self._post_outcome(running, outcome)

    def _post_outcome(self, running: Running, outcome: Outcome) -> None:
        faults.point("activity.after")
        self._core.post(partial(self._finished, running, outcome))

    def _arguments(self, work: Work, function: Function) -> dict[str, Any]:
        value = ActivityTriggerConverter.decode(Datum(work.input or "null", "string"), trigger_metadata=None)
        arguments: dict[str, Any] = {function.trigger_parameter: value}
        for binding in function.client_bindings:
            arguments[binding.parameter] = self._client_text(binding)
        if function.has_context:
            context = Context(function.name, self._core.app.root)
            context.enter_thread()
            arguments["context"] = context
        return arguments

    def _finished(self, running: Running, outcome: Outcome) -> None:
        work = running.work
        if running.time is not None:
            note = self._inline.ran_inline if running.is_inline else self._inline.ran_on_worker
            note(work.name, running.time)
        key = (work.run, work.task_id)
        # Not running any more: it was given up after functionTimeout.
        if self._running.get(key) is not running:
            return
        del self._running[key]
        core = self._core
        seconds = time.monotonic() - running.since
        core.report(
            RunReport(
                work.name,
                "activity",
                work.instance_id,
                seconds,
                outcome.error,
            )
        )
        instance = core.find(work.instance_id)
        if instance is not None and instance.run == work.run and not instance.is_terminal:
            core.deliver(instance, Message(outcome.event, source="work"))
        self._start_waiting()

    def _start_waiting(self) -> None:
        while self._waiting and len(self._running) < self._limit:
            work = self._waiting.popleft()
            if self._is_needed(work):
                self.schedule(work)

    def _is_needed(self, work: Work) -> bool:
        """Return whether the execution that scheduled the work still runs, or never waited for its result."""
        if not work.has_receiver:
            return True
        instance = self._core.find(work.instance_id)
        return instance is not None and instance.run == work.run and not instance.is_terminal


def _completed(work: Work, value: Any) -> Outcome:
    text = ActivityTriggerConverter.encode(value, expected_type=None).value
    return Outcome(task_completed("", work.task_id, rewritten(text)))


def _failed(work: Work, error: BaseException) -> Outcome:
    text = exception_text(error)
    log.debug("Activity '%s' of %s failed", work.name, work.instance_id, exc_info=error)
    reason, details = activity_failure(work.name, text, frames(error))
    with suppress(AttributeError):
        # A traceback keeps every frame's variables alive, and failures are kept by futures.
        error.__traceback__ = None
    return Outcome(task_failed("", work.task_id, reason, details), text)
