"""Who waits for an instance to end: told after the commit that ends it, so that nobody has to look again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

Told = Callable[[], object]


class EndWaiters:
    """Whoever wants to know registers first and looks then: an end after the look is told, one before it is seen.

    `told` is called on the engine's thread, must return at once, and may be called more than once: the id may belong
    to another instance by now. A registration lives as long as its `with` block.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, set[Told]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._waiting.values()))

    @property
    def closed(self) -> bool:
        """Whether the engine is stopping, so that no end will be told any more."""
        return self._closed

    @contextmanager
    def waiting(self, instance_id: str, told: Told) -> Generator[None, None, None]:
        """Have `told` called at each end of an instance of this id, and when the engine stops."""
        with self._lock:
            self._waiting.setdefault(instance_id, set()).add(told)
        try:
            yield
        finally:
            with self._lock:
                mine = self._waiting[instance_id]
                mine.discard(told)
                if not mine:
                    del self._waiting[instance_id]

    def tell(self, instance_ids: Iterable[str]) -> None:
        """These have ended, and it is committed."""
        if not self._waiting:
            return
        with self._lock:
            found = [told for instance_id in instance_ids for told in self._waiting.get(instance_id, ())]
        for told in found:
            told()

    def close(self) -> None:
        """Send everybody away: the engine stops."""
        self._closed = True
        with self._lock:
            found = [told for waiting in self._waiting.values() for told in waiting]
        for told in found:
            told()
