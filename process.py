"""The things that a process of the app holds once for all its functions: the stores, and the pools of threads.

Each is made on its first use, and nothing by an import. The stores queue the writers of a process on their own locks,
which serves its purpose only if there is no second set of them.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from settings import settings
from stores.opening import Stores, open_stores


class Process:
    """The things of one process; for use by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stores: Stores | None = None
        self._pools: dict[str, ThreadPoolExecutor] = {}

    def stores(self) -> Stores:
        """Return the stores that the settings ask for. Raises `SettingsError`."""
        with self._lock:
            if self._stores is None:
                self._stores = open_stores(settings())
            return self._stores

    def pool(self, name: str, threads: int) -> ThreadPoolExecutor:
        """Return the pool of that name, which is made with so many threads."""
        with self._lock:
            if name not in self._pools:
                self._pools[name] = ThreadPoolExecutor(threads, thread_name_prefix=name)
            return self._pools[name]


_this = Process()


def stores() -> Stores:
    """Return the stores of this process. Raises `SettingsError`."""
    return _this.stores()


def pool(name: str, threads: int) -> ThreadPoolExecutor:
    """Return this process's pool of that name, which is made with so many threads."""
    return _this.pool(name, threads)
