"""A supplier's book as one SQLite file.

Safe between threads and processes: every change is one `BEGIN IMMEDIATE` transaction, synced to disk when it commits.
"""

import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from domain.trip.outcomes import Refusal
from storage import sqlite_files
from suppliers.book import BookSnapshot, Item, Record, with_order
from suppliers.files import SCHEMA, as_faults

_Answer = TypeVar("_Answer")

_ITEMS = "SELECT item, arguments FROM items LEFT JOIN records ON records.key = items.key"
"""Items, each with the text of the request that made it, because items of older books lack what was ordered."""


class SqliteBookTransaction(Generic[Item]):
    """The `BookTransaction` port over one transaction of SQLite."""

    def __init__(self, connection: sqlite3.Connection, items: TypeAdapter[Item]) -> None:
        self._connection = connection
        self._items = items

    def count_delivery(self, operation: str, key: str) -> int:
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
        row = self._connection.execute(f"{_ITEMS} WHERE items.key = ?", (key,)).fetchone()
        return with_order(self._items.validate_json(row[0]), row[1]) if row else None

    def add_item(self, item: Item, reference: str) -> bool:
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
        self._connection.execute("INSERT OR REPLACE INTO pending (key, until) VALUES (?, ?)", (key, until.isoformat()))

    def pending(self, key: str, now: datetime) -> bool:
        row = self._connection.execute("SELECT until FROM pending WHERE key = ?", (key,)).fetchone()
        return row is not None and now < datetime.fromisoformat(row[0])


class SqliteBook(Generic[Item]):
    """The `Book` port. It opens its file, and makes it if need be, on first use."""

    def __init__(self, path: Path, item: type[Item]) -> None:
        self._path = path
        self._items = TypeAdapter(item)
        self._writer = threading.Lock()
        self._idle = sqlite_files.IdleConnections(self)

    def change(self, key: str, act: Callable[[SqliteBookTransaction[Item]], _Answer]) -> _Answer:
        with self._writer, as_faults(self._path):
            connection = self._idle.take() or sqlite_files.open_for_writing(self._path, SCHEMA)
            try:
                # The write lock comes first: one that reads before it writes fails if another wrote in between.
                connection.execute("BEGIN IMMEDIATE")
                result = act(SqliteBookTransaction(connection, self._items))
                connection.execute("COMMIT")
            except BaseException:
                # A connection that failed may be in any state, so it is not used again.
                connection.close()
                raise
            self._idle.put_back(connection)
            return result


class SqliteBookStorage:
    """The `BookStorage` port: a folder with a file for each supplier."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def book(self, name: str, item: type[Item]) -> SqliteBook[Item]:
        return SqliteBook(self._folder / f"{name}.db", item)

    def snapshot(self, name: str, item: type[Item]) -> AbstractContextManager[BookSnapshot[Item]]:
        return book_snapshot(self._folder / f"{name}.db", item)


class SqliteSnapshot(Generic[Item]):
    """The `BookSnapshot` port over one reading transaction."""

    def __init__(self, connection: sqlite3.Connection | None, path: Path, items: TypeAdapter[Item]) -> None:
        self._connection = connection
        self._path = path
        self._items = items

    def starting_with(self, prefix: str) -> Iterator[Item]:
        # A range and not LIKE, to which the characters `_` and `%` of a key would be wildcards.
        return self._select(
            f"{_ITEMS} WHERE items.key >= ? AND items.key < ? ORDER BY items.key", prefix, prefix + chr(0x10FFFF)
        )

    def everything(self) -> Iterator[Item]:
        return self._select(f"{_ITEMS} ORDER BY items.key")

    def _select(self, query: str, *values: str) -> Iterator[Item]:
        # A supplier that was never asked has no file, and an empty book.
        if self._connection is not None:
            with as_faults(self._path):
                for item, arguments in self._connection.execute(query, values):
                    yield with_order(self._items.validate_json(item), arguments)


@contextmanager
def book_snapshot(path: Path, item: type[Item]) -> Generator[BookSnapshot[Item]]:
    """Open the book as it is now, read-only; a file that was never written is an empty book. Raises `SupplierFault`."""
    items = TypeAdapter(item)
    with ExitStack() as stack:
        with as_faults(path):
            connection = stack.enter_context(sqlite_files.snapshot(path, SCHEMA))
        yield SqliteSnapshot(connection, path, items)
