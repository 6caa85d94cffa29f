"""The engine thread: it takes commands, runs what is ready and commits it, over and over.

All of the engine's state belongs to this thread, so nothing of it is locked. The app's orchestrators and entities
run on it too, since most of them take well under a millisecond. When one of them does not return, a new thread
becomes the engine thread; the old one posts its result as a command when it has one. A function that was slow once
runs on a worker thread from then on.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from devhost.engine.call_timeouts import Call, CallTimeouts

T = TypeVar("T")
Command = Callable[[], None]
# An orchestrator needs far less than this, even for a long history; one that takes more probably waits.
SLOW_SECONDS = 0.25
# At most so many commands between two rounds, so that their results are committed soon.
_MOST_COMMANDS = 256
log = logging.getLogger("devhost")


class Workers:
    """Daemon threads for code that may block; more are made, up to `limit`, when none is free."""

    def __init__(self, name: str, limit: int) -> None:
        self._name, self._limit = name, limit
        self._jobs: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._lock = threading.Lock()
        # Below zero, `_free` counts the jobs that wait for a thread.
        self._threads = self._free = 0

    def submit(self, job: Command) -> None:
        """Run the job as soon as a thread is free."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
            elif self._threads < self._limit:
                self._threads += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()
            else:
                self._free -= 1
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except BaseException:
                log.exception("A worker's job failed")
            with self._lock:
                self._free += 1


class EngineThread:
    """Runs commands one after the other, on one thread at a time.

    `after_commands` is called when the waiting commands are done; it returns how many seconds to sleep at most.
    `slow_limit` is the number of slow functions that run at once.
    """

    def __init__(
        self,
        after_commands: Callable[[], float | None],
        on_broken: Callable[[BaseException], None],
        slow_limit: int,
        timeouts: CallTimeouts,
    ) -> None:
        self._after_commands = after_commands
        self._on_broken = on_broken
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.post: Callable[[Command], None] = self._commands.put
        self._lock = threading.Lock()
        self._number = 0
        self._call: Call | None = None
        self._timeouts = timeouts
        self._stopped = threading.Event()
        self._ended = threading.Event()
        self._active = threading.Event()
        self._slow: set[tuple[str, str]] = set()
        self._slow_workers = Workers("devhost-slow", slow_limit)

    def start(self) -> None:
        """Start the thread, and the one that watches it."""
        self._spawn()
        # Daemons, because code of the app that never returns must not keep the process alive.
        threading.Thread(target=self._watch, name="devhost-watch", daemon=True).start()

    def stop(self) -> None:
        """Make the present round the last. Call on the engine thread."""
        self._stopped.set()
        self._active.set()

    def wait_ended(self, seconds: float) -> bool:
        """Wait at most `seconds` for the last round's end, and return whether it has come."""
        return self._ended.wait(seconds)

    def call(
        self,
        key: tuple[str, str],
        function: Callable[[], T],
        then: Callable[[T], None],
        owner: str = "",
        on_give_up: Callable[[str], T] | None = None,
    ) -> None:
        """Run the app's `function`, which must not raise, and pass its result to `then` on the engine thread.

        `key` is the function's kind and name, so that a slow one runs on a worker from then on. `owner` is the
        instance. If the function does not return in time, `then` gets the value of `on_give_up(reason)`.
        """
        call = Call(
            key,
            then,
            owner,
            on_give_up,
            time.monotonic(),
        )
        if key in self._slow:
            self._timeouts.add(call)
            # It was slow before: the engine thread does not wait for it again.
            self._slow_workers.submit(lambda: self._run_on_worker(call, function))
            return
        number = self._number
        self._call = call
        result = function()
        with self._lock:
            self._call = None
            is_replaced = self._number != number
        if is_replaced:
            # The watcher has started another engine thread: this one may touch no state any more.
            self._slow.add(key)
            self._commands.put(lambda: call.hand_in(result))
            raise ThreadReplaced
        then(result)

    def _run_on_worker(self, call: Call, function: Callable[[], Any]) -> None:
        result = function()
        self._commands.put(lambda: call.hand_in(result))

    def _spawn(self) -> None:
        number = self._number
        threading.Thread(target=self._serve, name=f"devhost-engine-{number}", daemon=True).start()

    def _serve(self) -> None:
        try:
            wait = self._after_commands()
            while not self._stopped.is_set():
                self._run_commands(wait)
                wait = self._after_commands()
            self._ended.set()
        # Another thread serves now. This one ends here, with nothing left to do.
        except ThreadReplaced:
            pass
        except BaseException as error:
            self._stopped.set()
            self._ended.set()
            self._on_broken(error)

    def _run_commands(self, wait: float | None) -> None:
        """Sleep until a command comes or `wait` seconds have passed, then run the commands that are there."""
        command = self._next_command(wait)
        # An event that is set already is left alone: setting it takes a lock, and this runs for every round.
        if not self._active.is_set():
            self._active.set()
        done = 0
        while command is not None:
            command()
            done += 1
            # A bound, so that a flood of commands cannot keep what is done from being committed.
            command = self._next_command(0) if done < _MOST_COMMANDS else None

    def _next_command(self, wait: float | None) -> Command | None:
        try:
            if wait is None or wait > 0:
                return self._commands.get(timeout=wait)
            return self._commands.get_nowait()
        except queue.Empty:
            return None

    def _watch(self) -> None:
        """Replace the engine thread when a call does not return. Sleeps while the engine is idle."""
        while not self._stopped.is_set():
            self._active.wait()
            self._active.clear()
            # A call is looked at twice within its time: it is replaced after 0.25 to 0.375 seconds.
            time.sleep(SLOW_SECONDS / 2)
            call = self._call
            if call is None:
                continue
            self._active.set()
            if time.monotonic() - call.since < SLOW_SECONDS:
                continue
            with self._lock:
                # The call may have returned meanwhile, and another one may have begun.
                is_stuck = self._call is call
                if is_stuck:
                    self._number += 1
                    self._call = None
                    self._commands.put(partial(self._timeouts.add, call))
            if is_stuck:
                self._spawn()


class ThreadReplaced(BaseException):
    """Another thread is the engine thread now; unwinds the one that was replaced."""


def call_listener(function: Callable[..., Any], *values: Any) -> None:
    """Call a listener of the engine; an exception of it is logged and ends nothing."""
    try:
        function(*values)
    except Exception:
        log.exception("A listener of the engine failed")
