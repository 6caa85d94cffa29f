"""The stores, the threads and the bell that one process of the app shares among all its functions.

Each is made on its first use. Importing this module makes no thread and opens nothing.
"""

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from settings import settings
from stores.opening import Stores, open_stores


class Bell:
    """Wakes the coroutines that wait for a name. Any thread may ring; nothing is heard in other processes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    @contextmanager
    def heard(self, name: str) -> Generator[asyncio.Event]:
        """Yield an event that each ring of that name sets while the context lasts."""
        listener = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._listeners.setdefault(name, []).append(listener)
        try:
            yield listener[1]
        finally:
            with self._lock:
                self._listeners[name].remove(listener)
                if not self._listeners[name]:
                    del self._listeners[name]

    def ring(self, name: str) -> None:
        """Set the events of all who listen for that name now."""
        with self._lock:
            for loop, event in self._listeners.get(name, ()):
                loop.call_soon_threadsafe(event.set)


class Process:
    """Stores and pools of one process. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stores: Stores | None = None
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def stores(self) -> Stores:
        """Return the stores that the settings name. Raise `SettingsError`."""
        # The stores queue the writers of a process on locks of their own. A second set of stores would not share them.
        with self._lock:
            if self._stores is None:
                self._stores = open_stores(settings())
            return self._stores

    def pool(self, name: str, threads: int) -> ThreadPoolExecutor:
        """Return the pool of that name. The first call makes it, with that number of threads."""
        with self._lock:
            if name not in self._pools:
                # A pool is never shut down: its threads may still wait for a supplier when the host stops the process.
                self._pools[name] = ThreadPoolExecutor(threads, thread_name_prefix=name)
            return self._pools[name]

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the event loop for coroutines that plain functions wait for. The first call starts its thread."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="waited-for", daemon=True).start()
            return self._loop


_this = Process()

turns_bell = Bell()
"""Rung under the name of a turn (`domain.ids.turn_name`) when it may have become final."""


def stores() -> Stores:
    """Return the stores of this process. Raise `SettingsError`."""
    return _this.stores()


def loop() -> asyncio.AbstractEventLoop:
    """Return this process's event loop for coroutines that plain functions wait for."""
    return _this.loop()


def pool(name: str, threads: int) -> ThreadPoolExecutor:
    """Return the pool of that name in this process. The first call makes it, with that number of threads."""
    return _this.pool(name, threads)
