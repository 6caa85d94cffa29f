"""One SQLite file in WAL mode, shared safely by the threads of this process and by other processes."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from storage import sqlite_files
from storage.versions import Schema
from stores.errors import StorageError


class Readable(Protocol):
    """A source of connections that see one consistent state."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a connection for reading."""
        ...


class Database:
    """Hands out connections for one short transaction each. It opens the file, and makes it if need be, on first use.

    Writers of this process queue on a lock, since SQLite lets writers wait by polling; other processes wait in SQLite.
    Commits are synced to disk before they return. Failures of SQLite are raised as `StorageError`.
    """

    def __init__(self, path: Path, schema: Schema) -> None:
        self.path = path
        self._schema = schema
        self._idle = sqlite_files.IdleConnections(self)
        self._preparing = threading.Lock()
        self._prepared = False
        self._writer = threading.Lock()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a transaction that sees one state of the file throughout."""
        return self._transaction("BEGIN")

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """Open the only writing transaction of all processes. It commits at the end, or rolls back on an exception."""
        with self._writer, self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def ping(self) -> None:
        """Raise `StorageError` unless the file is in its place and readable."""
        with self.reading() as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        # An open connection still works after its file was deleted, and all that it writes is lost.
        if not self.path.exists():
            raise StorageError(f"The file {self.path} has disappeared while it was in use.")

    def close(self) -> None:
        """Close the idle connections. The next use opens new ones."""
        self._idle.close()

    @contextmanager
    def _transaction(self, begin: str) -> Generator[sqlite3.Connection]:
        try:
            connection = self._idle.take() or self._open()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # Closing rolls back. A connection that failed is not used again, since its state is unknown.
                connection.close()
                raise
            self._idle.put_back(connection)
        except sqlite3.Error as error:
            raise _storage_error(error, self.path) from error

    def _open(self) -> sqlite3.Connection:
        # One thread makes the file or migrates it, and the others wait for it.
        with self._preparing:
            connection = sqlite_files.connect(self.path) if self._prepared else self._prepare()
            try:
                # A setting of each connection, and off until here: migrations replace tables that others refer to.
                connection.execute("PRAGMA foreign_keys = ON")
            except BaseException:
                connection.close()
                raise
            self._prepared = True
            return connection

    def _prepare(self) -> sqlite3.Connection:
        try:
            return sqlite_files.open_for_writing(self.path, self._schema)
        except OSError as error:
            raise StorageError(f"The file {self.path} can't be made or opened: {error.strerror}.") from error


class Snapshot:
    """One state of the file, however long it is read. Nothing can be written through it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """Return the connection of the snapshot; its transaction goes on."""
        with _as_storage_errors(self._path):
            yield self._connection


@contextmanager
def snapshot(path: Path, schema: Schema) -> Generator[Snapshot | None]:
    """Open the file as it is now, read-only. Yield None if nothing was ever written. Raises `StorageError`."""
    with ExitStack() as stack:
        with _as_storage_errors(path):
            connection = stack.enter_context(sqlite_files.snapshot(path, schema))
        yield Snapshot(connection, path) if connection else None


@contextmanager
def _as_storage_errors(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _storage_error(error, path) from error


def _storage_error(error: sqlite3.Error, path: Path) -> StorageError:
    return StorageError(f"{_sentence(error, path)} ({error})")


def _sentence(error: sqlite3.Error, path: Path) -> str:
    # The lowest byte has the general code; the rest are SQLite's details of it.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return f"The file {path} is damaged; restore it from a copy, or move it away to start with an empty one."
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        seconds = f"{sqlite_files.BUSY_SECONDS:.0f} s"
        return f"The file {path} is in use by another process that did not let go of it in {seconds}."
    if code == sqlite3.SQLITE_FULL:
        return f"There is no room left to write to {path}."
    return f"The file {path} can't be used."
