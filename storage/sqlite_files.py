"""SQLite files in WAL mode that several threads and processes share: private, synced, and of a known version."""

import os
import sqlite3
import stat
import time
import weakref
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.versions import Schema, bring_up_to_date, require_readable, written_version

BUSY_SECONDS = 10.0
"""The time that a connection waits for another process that writes."""


def open_for_writing(path: Path, schema: Schema) -> sqlite3.Connection:
    """Open the file, and first make it or bring it up to date. Safe between processes.

    Raises `OSError` if the file can be neither made nor opened, `sqlite3.Error`, and `VersionError`.
    """
    _make_private(path)
    connection = connect(path)
    try:
        _use_wal(connection)
        bring_up_to_date(connection, path, schema)
    except BaseException:
        connection.close()
        raise
    return connection


def connect(path: Path) -> sqlite3.Connection:
    """Open a file that `open_for_writing` has prepared. Each commit is on the disk before it returns."""
    connection = _connect(path)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        # Not every build of SQLite overwrites by itself what is deleted, for instance for a traveller who is forgotten.
        connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection


class IdleConnections:
    """Open connections that nobody uses at the moment.

    They are closed with their owner, and at the process's end: the last one writes the WAL into the file, so that a
    copy of the file alone is whole.
    """

    def __init__(self, owner: object) -> None:
        self._idle: deque[sqlite3.Connection] = deque()
        # Calls at the interpreter's end as well. It must not refer to the owner, which would then live for ever.
        weakref.finalize(owner, _close_all, self._idle)

    def take(self) -> sqlite3.Connection | None:
        """Return one of them, which is the caller's from then on, or None if there is none."""
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def put_back(self, connection: sqlite3.Connection) -> None:
        """Keep a connection whose last transaction has ended well."""
        self._idle.append(connection)

    def close(self) -> None:
        """Close those that are idle now."""
        _close_all(self._idle)


def _close_all(connections: deque[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()


@contextmanager
def snapshot(path: Path, schema: Schema) -> Generator[sqlite3.Connection | None]:
    """Read the file as it is now, in one transaction that cannot write. Yield None if nothing was ever written.

    A file of an older version is not changed: the caller reads a copy in memory that was brought up to date.
    Raises `sqlite3.Error` and `VersionError`.
    """
    if not path.exists():
        yield None
        return
    connection = _connect(path, "?mode=ro")
    try:
        connection.execute("BEGIN")
        version = written_version(connection)
        require_readable(path, schema, version)
        if version in (0, schema.version):
            yield connection if version else None
        else:
            with _migrated_copy(connection, path, schema) as copy:
                yield copy
    finally:
        connection.close()


@contextmanager
def _migrated_copy(connection: sqlite3.Connection, path: Path, schema: Schema) -> Generator[sqlite3.Connection]:
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        connection.backup(copy)
        bring_up_to_date(copy, path, schema)
        copy.execute("PRAGMA query_only = ON")
        yield copy
    finally:
        copy.close()


def _make_private(path: Path) -> None:
    """Make folder and file before SQLite does, readable by this user only, because they contain secrets and names.

    A file that an earlier version or a restored backup has left readable is closed too, with its folder.
    """
    for folder in reversed([path.parent, *path.parent.parents]):
        folder.mkdir(0o700, exist_ok=True)
    if path.exists():
        _tighten(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for file in path.parent.glob(path.name + "*"):
        _tighten(file)


def _tighten(path: Path) -> None:
    # SQLite may delete a companion of the database meanwhile, and somebody else's file can be used but not changed.
    with suppress(FileNotFoundError, PermissionError):
        mode = path.stat().st_mode
        # A folder that all users share, such as /tmp, stays as it is.
        if mode & 0o077 and not mode & stat.S_ISVTX:
            path.chmod(stat.S_IMODE(mode) & ~0o077)


def _connect(path: Path, parameters: str = "") -> sqlite3.Connection:
    return sqlite3.connect(
        path.absolute().as_uri() + parameters,
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL, and wait for other processes that switch the same new file."""
    # The busy timeout does not cover this switch: SQLite fails at once while another process makes it.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
