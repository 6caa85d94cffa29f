"""The engine's one turn: a thread that takes commands, runs what is ready and commits it, over and over.

Whoever has the turn owns all of the engine's state. The app's orchestrators and entities run on the same thread,
since most of them take well under a millisecond. When one does not come back, a new thread takes over the turn; the
old one hands in its result as a command when it has it. A function that once was slow runs on a worker thent on.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from devhost.engine.late_calls import Call, LateCalls

T = TypeVar("T")
Command = Callable[[], None]
SLOW_SECONDS = 0.25
log = logging.getLogger("devhost")


class Workers:
    """Daemon threads for what may block; more are made, up to `limit`, when none is free."""

    def __init__(self, name: str, limit: int) -> None:
        self._name, self._limit = name, limit
        self._jobs: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._free = 0

    def submit(self, job: Command) -> None:
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
                log.exception("A worker's job broke")
            with self._lock:
                self._free += 1


class Turns:
    """`after_commands` is called by the turn's owner when it has done what commands there were; it returns how long
    to sleep at most. `slow_limit` is how many slow functions run at once."""

    def __init__(
        self,
        after_commands: Callable[[], float | None],
        on_broken: Callable[[BaseException], None],
        slow_limit: int,
        late: LateCalls,
    ) -> None:
        self._after_commands = after_commands
        self._on_broken = on_broken
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.post: Callable[[Command], None] = self._commands.put
        self._lock = threading.Lock()
        self._turn = 0
        self._call: Call | None = None
        self._late = late
        self._stopped = threading.Event()
        self._ended = threading.Event()
        self._active = threading.Event()
        self._slow: set[tuple[str, str]] = set()
        self._slow_workers = Workers("devhost-slow", slow_limit)

    def start(self) -> None:
        self._spawn()
        threading.Thread(target=self._watch, name="devhost-watch", daemon=True).start()

    def stop(self) -> None:
        """Called by the turn's owner: the present round is the last."""
        self._stopped.set()
        self._active.set()

    def wait_ended(self, seconds: float) -> bool:
        """Whether the last round ends within that time."""
        return self._ended.wait(seconds)

    def call(
        self,
        key: tuple[str, str],
        function: Callable[[], T],
        then: Callable[[T], None],
        owner: str = "",
        given_up: Callable[[str], T] | None = None,
    ) -> None:
        """Run the app's `function`, which must not raise, then `then` with what it returned, in the turn.

        `key` is the function's kind and name, so that one found slow is run elsewhere from then on; `owner` the
        instance. If it does not come back in time, `then` gets what `given_up`, if given, makes of the reason.
        """
        call = Call(key, then, owner, given_up, time.monotonic())
        if key in self._slow:
            self._late.add(call)
            self._slow_workers.submit(lambda: self._run_elsewhere(call, function))
            return
        turn = self._turn
        self._call = call
        result = function()
        with self._lock:
            self._call = None
            lost = self._turn != turn
        if lost:
            self._slow.add(key)
            self._commands.put(lambda: call.come_back(result))
            raise TurnLost
        then(result)

    def _run_elsewhere(self, call: Call, function: Callable[[], Any]) -> None:
        result = function()
        self._commands.put(lambda: call.come_back(result))

    def _spawn(self) -> None:
        threading.Thread(
            target=self._serve, args=(self._turn,), name=f"devhost-engine-{self._turn}", daemon=True
        ).start()

    def _serve(self, turn: int) -> None:
        try:
            wait = self._after_commands()
            while not self._stopped.is_set():
                self._gather(wait)
                wait = self._after_commands()
            self._ended.set()
        except TurnLost:
            pass
        except BaseException as error:
            self._stopped.set()
            self._ended.set()
            self._on_broken(error)

    def _gather(self, wait: float | None) -> None:
        """Sleep until there is a command or `wait` seconds have passed, then do all the commands that are there."""
        try:
            command = self._commands.get(timeout=wait) if wait is None or wait > 0 else self._commands.get_nowait()
        except queue.Empty:
            command = None
        if not self._active.is_set():
            self._active.set()
        done = 0
        while command is not None:
            command()
            done += 1
            try:
                command = self._commands.get_nowait() if done < 256 else None
            except queue.Empty:
                command = None

    def _watch(self) -> None:
        """Take the turn away from a thread that does not come back; asleep while the engine is."""
        while not self._stopped.is_set():
            self._active.wait()
            self._active.clear()
            time.sleep(SLOW_SECONDS / 2)
            call = self._call
            if call is None:
                continue
            self._active.set()
            if time.monotonic() - call.since < SLOW_SECONDS:
                continue
            with self._lock:
                taken = self._call is call
                if taken:
                    self._turn += 1
                    self._call = None
                    self._commands.put(partial(self._late.add, call))
            if taken:
                self._spawn()


class TurnLost(BaseException):
    """Another thread has the turn now; unwinds the one that lost it."""


def quietly(function: Callable[..., Any], *values: Any) -> None:
    """Call a listener; what it raises is its own affair, but is logged."""
    try:
        function(*values)
    except Exception:
        log.exception("A listener of the engine broke")
