"""The stores and the pools of threads that one process of the app shares among all its functions.

Each is made on its first use. Importing this module makes nothing.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from settings import settings
from stores.opening import Stores, open_stores


class Process:
    """Stores and pools of one process. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stores: Stores | None = None
        self._pools: dict[str, ThreadPoolExecutor] = {}

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


_this = Process()


def stores() -> Stores:
    """Return the stores of this process. Raise `SettingsError`."""
    return _this.stores()


def pool(name: str, threads: int) -> ThreadPoolExecutor:
    """Return the pool of that name in this process. The first call makes it, with that number of threads."""
    return _this.pool(name, threads)
