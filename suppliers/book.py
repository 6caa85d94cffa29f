"""A company's own book: one SQLite file with what each key was answered, and what stands.

Safe between threads and processes: every change is one `BEGIN IMMEDIATE` transaction, synced to disk when it commits.
"""

import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, Literal, TypeVar

from pydantic import TypeAdapter

from domain.outcomes import Refusal
from suppliers.files import as_faults, connect, prepare, written
from suppliers.ports import Booking, Payment

Item = TypeVar("Item", Booking, Payment)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Record(Generic[Item]):
    """What one key was answered first.

    `arguments` is one text for equal requests, `target` the key of the item that the request is about (its own, for a
    hold and an authorization); a closed key has neither. A `done` one without an answer found nothing to undo.
    """

    key: str
    state: Literal["done", "refused", "closed"]
    arguments: str | None = None
    target: str | None = None
    answer: Item | None = None
    refusal: Refusal | None = None


class Page(Generic[Item]):
    """The book, open for one transaction. `items` are the bookings or the payments."""

    def __init__(self, connection: sqlite3.Connection, items: TypeAdapter[Item]) -> None:
        self._connection = connection
        self._items = items

    def count_delivery(self, operation: str, key: str) -> int:
        """The number of this delivery of the key, from 1."""
        row = self._connection.execute(
            "INSERT INTO deliveries (key, operation, count) VALUES (?, ?, 1)"
            " ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count",
            (key, operation),
        ).fetchone()
        return row[0]

    def record(self, key: str) -> Record[Item] | None:
        row = self._connection.execute(
            "SELECT key, state, arguments, target, answer, refusal FROM records WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return None
        key, state, arguments, target, answer, refusal = row
        return Record(
            key=key,
            state=state,
            arguments=arguments,
            target=target,
            answer=self._items.validate_json(answer) if answer else None,
            refusal=Refusal.model_validate_json(refusal) if refusal else None,
        )

    def add_record(self, record: Record[Item]) -> None:
        self._connection.execute(
            "INSERT INTO records (key, state, arguments, target, answer, refusal) VALUES (?, ?, ?, ?, ?, ?)",
            (
                record.key,
                record.state,
                record.arguments,
                record.target,
                self._items.dump_json(record.answer).decode() if record.answer else None,
                record.refusal.model_dump_json() if record.refusal else None,
            ),
        )

    def item(self, key: str) -> Item | None:
        row = self._connection.execute("SELECT item FROM items WHERE key = ?", (key,)).fetchone()
        return self._items.validate_json(row[0]) if row else None

    def add_item(self, item: Item, reference: str) -> bool:
        """Write a new item; False, and nothing written, where its reference is taken."""
        added = self._connection.execute(
            "INSERT INTO items (key, reference, item) VALUES (?, ?, ?) ON CONFLICT (reference) DO NOTHING",
            (item.key, reference, self._items.dump_json(item).decode()),
        )
        return added.rowcount == 1

    def change_item(self, item: Item) -> None:
        self._connection.execute(
            "UPDATE items SET item = ? WHERE key = ?", (self._items.dump_json(item).decode(), item.key)
        )

    def pend(self, key: str, until: datetime) -> None:
        """Note that the answer to this key is on its way until then."""
        self._connection.execute("INSERT OR REPLACE INTO pending (key, until) VALUES (?, ?)", (key, until.isoformat()))

    def pending(self, key: str, now: datetime) -> bool:
        row = self._connection.execute("SELECT until FROM pending WHERE key = ?", (key,)).fetchone()
        return row is not None and now < datetime.fromisoformat(row[0])


class Book(Generic[Item]):
    """Opens and makes its file on first use. A failing book is a `SupplierFault`, as an outage of the company is."""

    def __init__(self, path: Path, item: type[Item]) -> None:
        self._path = path
        self._items = TypeAdapter(item)
        self._connection: sqlite3.Connection | None = None
        self._one_at_a_time = threading.Lock()

    def change(self, act: Callable[[Page[Item]], _Answer]) -> _Answer:
        """What `act` returns, as the only change under way; kept at its end, dropped if it raises."""
        with self._one_at_a_time, as_faults(self._path):
            connection = self._connection or prepare(self._path)
            self._connection = None
            try:
                connection.execute("BEGIN IMMEDIATE")
                answer = act(Page(connection, self._items))
                connection.execute("COMMIT")
            except BaseException:
                connection.close()
                raise
            self._connection = connection
            return answer


class BookSnapshot(Generic[Item]):
    """The book as it was at one moment. Not for the app, which knows a company only through its port: for the audit."""

    def __init__(self, connection: sqlite3.Connection | None, items: TypeAdapter[Item]) -> None:
        self._connection = connection
        self._items = items

    def starting_with(self, prefix: str) -> Iterator[Item]:
        """The items whose keys start so, in the order of their keys."""
        return self._select(
            "SELECT item FROM items WHERE key >= ? AND key < ? ORDER BY key", prefix, prefix + chr(0x10FFFF)
        )

    def everything(self) -> Iterator[Item]:
        return self._select("SELECT item FROM items ORDER BY key")

    def _select(self, query: str, *values: str) -> Iterator[Item]:
        if self._connection is not None:
            for (item,) in self._connection.execute(query, values):
                yield self._items.validate_json(item)


@contextmanager
def book_snapshot(path: Path, item: type[Item]) -> Generator[BookSnapshot[Item]]:
    """The book as it is now, opened read-only; an empty one where there is none yet."""
    items = TypeAdapter(item)
    if not path.exists():
        yield BookSnapshot(None, items)
        return
    with as_faults(path):
        connection = connect(path, "?mode=ro")
        try:
            connection.execute("BEGIN")
            yield BookSnapshot(connection if written(connection) else None, items)
        finally:
            connection.close()
