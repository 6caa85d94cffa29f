"""Limits in Azure Table Storage: one row for each bucket, in its own partition, so that no two callers meet.

A list by the hour of the last window finds buckets that nobody has used since.
"""

from storage.table_account import Account
from stores.limit_rules import Taken, taken
from stores.tables.service import MOST_IN_BATCH, Document, Stored, Table, Write, repeated

_ROW = "taken"
_WINDOWS = 60
"""Windows in one part of the list: an hour of minutes."""


class TableLimits:
    """The `Limits` port."""

    def __init__(self, account: Account) -> None:
        self._table = Table(account, "limits")

    def take(self, bucket: str, window: int, mark: str, most: int) -> bool:
        def take_once() -> bool:
            stored = self._table.get(_partition(bucket), _ROW)
            before = _read(stored.document) if stored else None
            is_allowed, now = taken(before, window, mark, most)
            if now != before:
                self._write(bucket, stored, before, now)
            return is_allowed

        return repeated(take_once)

    def remove_before(self, window: int, limit: int) -> int:
        removed = 0
        # Hour by hour from the last one that may be over; what is older was removed by earlier runs, or is next time.
        for hour in range(window // _WINDOWS - 1, window // _WINDOWS - 49, -1):
            listed = repeated(lambda hour=hour: self._table.rows(_list(hour)))
            for pointer in listed[: min(limit - removed, MOST_IN_BATCH)]:
                removed += self._remove(pointer, window)
            if removed >= limit:
                break
        return removed

    def _write(self, bucket: str, stored: Stored | None, before: Taken | None, now: Taken) -> None:
        hour = now[0] // _WINDOWS
        # The pointer comes first: one without a bucket is removed by its reader, but a bucket without one stays.
        if before is None or before[0] // _WINDOWS != hour:
            self._table.write(_list(hour), [Write("put", bucket, {"bucket": bucket})])
        document: Document = {"window": now[0], "marks": now[1]}
        write = Write("replace", _ROW, document, stored.etag) if stored else Write("insert", _ROW, document)
        self._table.write(_partition(bucket), [write])

    def _remove(self, pointer: Stored, window: int) -> int:
        """Remove the bucket, unless it was used since, and the pointer to it. Return the number of buckets removed."""
        bucket = pointer.document["bucket"]
        stored = repeated(lambda: self._table.get(_partition(bucket), _ROW))
        is_over = stored is not None and _read(stored.document)[0] < window
        if stored and is_over:
            # With its ETag, since it may be used at this moment.
            self._table.write(_partition(bucket), [Write("delete", _ROW, etag=stored.etag)])
        self._table.write(pointer.partition, [Write("delete", pointer.row)])
        return int(is_over)


def _partition(bucket: str) -> str:
    return f"b-{bucket}"


def _list(hour: int) -> str:
    return f"h-{hour:09}"


def _read(document: Document) -> Taken:
    return document["window"], document["marks"]
