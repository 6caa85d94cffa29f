"""The limits port: how much each bucket has taken in the present window of time.

A bucket is an owner, or a digest of an address. What is taken has a mark, and the same mark in the same window counts
once: a request that is repeated costs no more. Calls are synchronous and may block. Each is atomic and durable when it
returns, or raises `StorageError`.
"""

from typing import Protocol

MOST_MARKS = 1_000
"""Marks that one bucket can have in a window, so that its row stays small."""


class Limits(Protocol):
    """The port. Windows are numbered; a later one has a higher number."""

    def take(self, bucket: str, window: int, mark: str, most: int) -> bool:
        """Return whether the mark is among the first `most` of the bucket in this window, and keep it if so.

        `most` is at most `MOST_MARKS`. A window before the bucket's latest one counts as that one.
        """
        ...

    def remove_before(self, window: int, limit: int) -> int:
        """Remove up to so many buckets whose last window is before this one, and return their number."""
        ...
