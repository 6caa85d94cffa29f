"""The values of the keys that were used last, in memory."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """At most `most` values. A value may be older than what is stored; its reader compares a row or an ETag.

    For use by any thread.
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._values: OrderedDict[_Key, _Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _Key) -> _Value | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: _Key, value: _Value) -> None:
        """Keep the value instead of the one before, and drop the value that was not used for the longest time."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)

    def drop(self, key: _Key, value: _Value | None) -> None:
        """Drop this value; a newer one stays."""
        with self._lock:
            if self._values.get(key) is value:
                self._values.pop(key, None)
