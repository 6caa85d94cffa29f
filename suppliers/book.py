"""A company's own book: one SQLite file with a record for each idempotency key that reached it.

Safe between threads and processes: every change is one `BEGIN IMMEDIATE` transaction, synced to disk when it commits.
"""

import json
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from domain.money import Money
from domain.outcomes import Details, Refusal
from suppliers.ports import SupplierFault

State = Literal["done", "refused", "undone", "tombstone"]

_BUSY_SECONDS = 10.0
_SCHEMA_VERSION = 1
_SCHEMA = (
    """
    CREATE TABLE records (
        key TEXT PRIMARY KEY,
        state TEXT NOT NULL CHECK (state IN ('done', 'refused', 'undone', 'tombstone')),
        arguments TEXT,
        reference TEXT UNIQUE,
        currency TEXT,
        minor INTEGER,
        details TEXT NOT NULL DEFAULT '{}',
        refusal TEXT,
        CHECK ((state = 'tombstone') = (arguments IS NULL)),
        CHECK ((state = 'refused') = (refusal IS NOT NULL)),
        CHECK ((state IN ('done', 'undone')) = (reference IS NOT NULL AND currency IS NOT NULL AND minor IS NOT NULL))
    )
    """,
    """
    CREATE TABLE deliveries (
        key TEXT NOT NULL,
        operation TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (key, operation)
    )
    """,
)
_RECORDS = "SELECT key, state, arguments, reference, currency, minor, details, refusal FROM records "


@dataclass(frozen=True)
class Record:
    """What a key stands for. `arguments` is one text for equal requests, None for a tombstone.

    `reference` (a confirmation or payment id) and `amount` are there for what was done, and stay when it is undone.
    """

    key: str
    state: State
    arguments: str | None = None
    reference: str | None = None
    amount: Money | None = None
    details: Details | None = None
    refusal: Refusal | None = None


class Page:
    """The book, open for one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def count_delivery(self, operation: str, key: str) -> int:
        """The number of this delivery of the key, from 1."""
        row = self._connection.execute(
            "INSERT INTO deliveries (key, operation, count) VALUES (?, ?, 1)"
            " ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count",
            (key, operation),
        ).fetchone()
        return row[0]

    def find(self, key: str) -> Record | None:
        row = self._connection.execute(_RECORDS + "WHERE key = ?", (key,)).fetchone()
        return _record(row) if row else None

    def add(self, record: Record) -> bool:
        """Write a new record; False, and nothing written, where its reference is taken."""
        added = self._connection.execute(
            "INSERT INTO records (key, state, arguments, reference, currency, minor, details, refusal)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (reference) DO NOTHING",
            (
                record.key,
                record.state,
                record.arguments,
                record.reference,
                record.amount.currency if record.amount else None,
                record.amount.minor if record.amount else None,
                json.dumps(record.details or {}),
                record.refusal.model_dump_json() if record.refusal else None,
            ),
        )
        return added.rowcount == 1

    def undo(self, key: str) -> None:
        self._connection.execute("UPDATE records SET state = 'undone' WHERE key = ? AND state = 'done'", (key,))


class Book:
    """Opens and makes its file on first use. A failing book is a `SupplierFault`, as an outage of the company is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._preparing = threading.Lock()
        self._prepared = False
        self._writer = threading.Lock()

    @contextmanager
    def writing(self) -> Generator[Page]:
        """The only change under way in this book; kept at the end, dropped on any exception."""
        with self._writer, self._transaction("BEGIN IMMEDIATE") as connection:
            yield Page(connection)

    def find(self, key: str) -> Record | None:
        with self._transaction("BEGIN") as connection:
            return Page(connection).find(key)

    @contextmanager
    def _transaction(self, begin: str) -> Generator[sqlite3.Connection]:
        with _as_faults(self._path):
            connection = self._idle.pop() if self._idle else self._open()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)

    def _open(self) -> sqlite3.Connection:
        with self._preparing:
            if not self._prepared:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = _connect(self._path)
            try:
                connection.execute("PRAGMA synchronous = FULL")
                if not self._prepared:
                    _use_wal(connection)
                    _apply_schema(connection)
                    self._prepared = True
            except BaseException:
                connection.close()
                raise
            return connection


class BookSnapshot:
    """The book as it was at one moment. Not for the app, which knows a company only through its port: for the audit."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self._connection = connection

    def starting_with(self, prefix: str) -> Iterator[Record]:
        """The records whose keys start so, in the order of their keys."""
        return self._select("WHERE key >= ? AND key < ? ORDER BY key", prefix, prefix + chr(0x10FFFF))

    def everything(self) -> Iterator[Record]:
        return self._select("ORDER BY key")

    def _select(self, condition: str, *values: str) -> Iterator[Record]:
        if self._connection is not None:
            yield from map(_record, self._connection.execute(_RECORDS + condition, values))


@contextmanager
def book_snapshot(path: Path) -> Generator[BookSnapshot]:
    """The book as it is now, opened read-only; an empty one where there is none yet."""
    if not path.exists():
        yield BookSnapshot(None)
        return
    with _as_faults(path):
        connection = _connect(path, "?mode=ro")
        try:
            connection.execute("BEGIN")
            written = connection.execute("PRAGMA user_version").fetchone()[0]
            yield BookSnapshot(connection if written else None)
        finally:
            connection.close()


@contextmanager
def _as_faults(path: Path) -> Generator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise SupplierFault(f"The simulator's book {path.name} can't be used: {error}") from error


def _connect(path: Path, parameters: str = "") -> sqlite3.Connection:
    return sqlite3.connect(
        path.absolute().as_uri() + parameters,
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite does not wait by itself when several processes switch a new file at once."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _apply_schema(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0]:
        return
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("PRAGMA user_version").fetchone()[0]:
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _record(row: tuple[Any, ...]) -> Record:
    key, state, arguments, reference, currency, minor, details, refusal = row
    return Record(
        key=key,
        state=state,
        arguments=arguments,
        reference=reference,
        amount=Money(currency=currency, minor=minor) if currency else None,
        details=json.loads(details),
        refusal=Refusal.model_validate_json(refusal) if refusal else None,
    )
