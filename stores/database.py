"""One SQLite file in WAL mode, shared safely by the threads of this process and by other processes."""

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from stores.errors import StorageError

_BUSY_SECONDS = 10.0


class Readable(Protocol):
    """Whatever hands out connections that see one consistent state."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]: ...


class Database:
    """Hands out connections for one short transaction each; opens and makes the file on first use.

    Writers of this process queue on a lock, since SQLite lets writers wait by polling; other processes wait in SQLite.
    Commits are synced to disk before they return. Failures of SQLite are raised as `StorageError`.
    """

    def __init__(self, path: Path, schema: Sequence[str], version: int) -> None:
        self.path = path
        self._schema = schema
        self._version = version
        self._idle: deque[sqlite3.Connection] = deque()
        self._preparing = threading.Lock()
        self._prepared = False
        self._writer = threading.Lock()

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """A transaction that sees one state of the file throughout."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """The only writing transaction anywhere; commits at the end, rolls back on any exception."""
        with self._writer, self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def ping(self) -> None:
        """Raise `StorageError` unless the file is in its place and answers."""
        with self.reading() as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not self.path.exists():
            raise StorageError(f"The file {self.path} has disappeared while it was in use.")

    def close(self) -> None:
        """Close the idle connections; the next use opens new ones."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _transaction(self, begin: str) -> Generator[sqlite3.Connection]:
        with _as_storage_errors(self.path):
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
                _make_private_file(self.path)
            connection = _connect(self.path)
            try:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                if not self._prepared:
                    _use_wal(connection)
                    _apply_schema(connection, self.path, self._schema, self._version)
                    self._prepared = True
            except BaseException:
                connection.close()
                raise
            return connection


class Snapshot:
    """One state of the file, however long it is read; nothing can be written through it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        with _as_storage_errors(self._path):
            yield self._connection


@contextmanager
def snapshot(path: Path, version: int) -> Generator[Snapshot | None]:
    """The file as it is now, opened read-only; None where nothing has ever been written."""
    if not path.exists():
        yield None
        return
    with _as_storage_errors(path):
        connection = _connect(path, "?mode=ro")
    try:
        with _as_storage_errors(path):
            connection.execute("BEGIN")
            written = _schema_version(connection)
            _require_version(path, written, version)
        yield Snapshot(connection, path) if written else None
    finally:
        connection.close()


@contextmanager
def _as_storage_errors(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(f"{_what_happened(error, path)} ({error})") from error


def _what_happened(error: sqlite3.Error, path: Path) -> str:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return f"The file {path} is damaged; restore it from a copy, or move it away to start with an empty one."
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"The file {path} is in use by another process that did not let go of it in {_BUSY_SECONDS:.0f} s."
    if code == sqlite3.SQLITE_FULL:
        return f"There is no room left to write to {path}."
    return f"The file {path} can't be used."


def _make_private_file(path: Path) -> None:
    """Make folder and file before SQLite does, readable by this user only, since a secret is kept in it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StorageError(f"The file {path} can't be made or opened: {error.strerror}.") from error


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


def _apply_schema(connection: sqlite3.Connection, path: Path, schema: Sequence[str], version: int) -> None:
    if _schema_version(connection) == version:
        return
    connection.execute("BEGIN IMMEDIATE")
    written = _schema_version(connection)
    _require_version(path, written, version)
    if not written:
        for statement in schema:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("COMMIT")


def _schema_version(connection: sqlite3.Connection) -> int:
    """The version of the tables in the file; 0 while there are none."""
    return connection.execute("PRAGMA user_version").fetchone()[0]


def _require_version(path: Path, written: int, version: int) -> None:
    if written not in (0, version):
        raise StorageError(f"The file {path} has tables of version {written}; this app reads version {version}.")
