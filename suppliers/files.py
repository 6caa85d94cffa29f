"""The files of the companies' books: how they are made and opened."""

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from suppliers.ports import SupplierFault

_BUSY_SECONDS = 10.0
_SCHEMA_VERSION = 2
_SCHEMA = (
    """
    CREATE TABLE records (
        key TEXT PRIMARY KEY,
        state TEXT NOT NULL CHECK (state IN ('done', 'refused', 'closed')),
        arguments TEXT,
        target TEXT,
        answer TEXT,
        refusal TEXT,
        CHECK ((state = 'closed') = (arguments IS NULL)),
        CHECK ((state = 'closed') = (target IS NULL)),
        CHECK ((state = 'refused') = (refusal IS NOT NULL)),
        CHECK (answer IS NULL OR state = 'done')
    )
    """,
    """
    CREATE TABLE items (
        key TEXT PRIMARY KEY,
        reference TEXT NOT NULL UNIQUE,
        item TEXT NOT NULL
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
    """
    CREATE TABLE pending (
        key TEXT PRIMARY KEY,
        until TEXT NOT NULL
    )
    """,
)


@contextmanager
def as_faults(path: Path) -> Generator[None]:
    """A file that can't be used is a `SupplierFault`, as an outage of the company is."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise SupplierFault(f"The simulator's book {path.name} can't be used: {error}") from error


def prepare(path: Path) -> sqlite3.Connection:
    """Open the file for writing, and make it first if there is none; safe between processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = connect(path)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        _use_wal(connection)
        if not written(connection):
            connection.execute("BEGIN IMMEDIATE")
            if not written(connection):
                for statement in _SCHEMA:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def connect(path: Path, parameters: str = "") -> sqlite3.Connection:
    return sqlite3.connect(
        path.absolute().as_uri() + parameters,
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def written(connection: sqlite3.Connection) -> bool:
    """Whether the file has its tables. Raises `SupplierFault` for those of another version."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, _SCHEMA_VERSION):
        raise SupplierFault(f"The simulator's book has format {version}; this app reads {_SCHEMA_VERSION}.")
    return version != 0


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
