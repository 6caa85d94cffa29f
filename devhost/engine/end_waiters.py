"""Callbacks for the end of instances, called after the commit that ends one, so that no client has to poll."""

import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

Callback = Callable[[], object]


class EndWaiters:
    """The callbacks that wait for an instance's end, by instance id.

    Register first and read the instance then: an end before the read shows in what was read, an end after it calls
    the callback. The callback runs on the engine thread, must return at once, and may be called more than once,
    since another instance may use the id later. A registration lasts as long as its `with` block.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, set[Callback]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._waiting.values()))

    @property
    def closed(self) -> bool:
        """True if the engine is stopping, so that no further end will be reported."""
        return self._closed

    @contextmanager
    def waiting(self, instance_id: str, callback: Callback) -> Generator[None, None, None]:
        """Call `callback` at each end of an instance of this id, and when the engine stops."""
        with self._lock:
            self._waiting.setdefault(instance_id, set()).add(callback)
        try:
            yield
        finally:
            with self._lock:
                registered = self._waiting[instance_id]
                registered.discard(callback)
                if not registered:
                    del self._waiting[instance_id]

    def notify(self, instance_ids: Iterable[str]) -> None:
        """Call the callbacks of these instances, whose ends are committed."""
        # Without the lock: a waiter that registers right now reads the instance afterwards, and sees the end.
        if not self._waiting:
            return
        with self._lock:
            callbacks = [call for instance_id in instance_ids for call in self._waiting.get(instance_id, ())]
        # Outside the lock: a callback may end a registration.
        for callback in callbacks:
            callback()

    def close(self) -> None:
        """Call every callback, because the engine stops."""
        self._closed = True
        with self._lock:
            callbacks = [callback for registered in self._waiting.values() for callback in registered]
        for callback in callbacks:
            callback()
