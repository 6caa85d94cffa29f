"""The hub's file: its tables, how it is opened, and the claim that keeps two hosts from sharing it."""

import os
import sqlite3
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from devhost.errors import HubError
from devhost.hub.migrations import MIGRATIONS, Migration
from devhost.private_files import make_file, make_folder, replace_file, tighten

_PAGES_AT_ONCE = 50_000
_LOCK = "hub.lock"

FIRST_VERSION = 2
"""The oldest version that can be opened; SCHEMA makes its tables. It is never edited: MIGRATIONS lead on from it."""
SCHEMA = """
CREATE TABLE instances (
    instance_id TEXT PRIMARY KEY, run INTEGER NOT NULL, execution_id TEXT NOT NULL, name TEXT NOT NULL, version TEXT,
    status TEXT NOT NULL, input TEXT, output TEXT, custom_status TEXT, generation INTEGER,
    parent_id TEXT, parent_execution_id TEXT, parent_task_id INTEGER, parent_name TEXT, parent_version TEXT,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX instances_by_status ON instances (status, instance_id);
CREATE INDEX instances_by_creation ON instances (created_at, instance_id);
CREATE TABLE history (
    run INTEGER NOT NULL, seq INTEGER NOT NULL, events TEXT NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, run INTEGER NOT NULL, event TEXT NOT NULL);
CREATE INDEX inbox_by_run ON inbox (run);
CREATE TABLE work (
    run INTEGER NOT NULL, task_id INTEGER NOT NULL, instance_id TEXT NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, input TEXT, PRIMARY KEY (run, task_id)) WITHOUT ROWID;
CREATE TABLE timers (
    run INTEGER NOT NULL, task_id INTEGER NOT NULL, instance_id TEXT NOT NULL, due INTEGER NOT NULL,
    PRIMARY KEY (run, task_id)) WITHOUT ROWID;
CREATE TABLE entities (
    entity_id TEXT PRIMARY KEY, state TEXT, entity_exists INTEGER NOT NULL, created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL, sorter TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entity_ops (
    id INTEGER PRIMARY KEY, entity_id TEXT NOT NULL, request TEXT NOT NULL, due INTEGER);
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""


class Claim:
    """Exclusive use of a state folder, held until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        try:
            is_new = not folder.exists()
            make_folder(folder)
            _tighten_state(folder)
            if is_new:
                # The folder may lie in a repository, and never belongs into it.
                replace_file(folder / ".gitignore", "*\n")
            make_file(folder / _LOCK)
            # A lock on an open file ends with the process, whatever way it dies.
            self._file: IO[str] = (folder / _LOCK).open("a+")
        except OSError as error:
            raise HubError(f"The state folder {folder} cannot be used: {error}.") from error
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise HubError(
                f"The state folder {folder} is in use by another host; stop it, or pass another folder with --state."
            ) from error

    def release(self) -> None:
        """Let another host use the folder."""
        self._file.close()


def _tighten_state(folder: Path) -> None:
    """Take the rights of others from a state folder of an earlier version, and from what it holds."""
    # Another folder may be in use for other things too, so its own rights are left alone.
    if (folder / _LOCK).exists():
        tighten(folder)
    for path in [*folder.glob("hub.*"), *folder.glob("keys.*"), *folder.glob("timers"), *folder.glob("timers/*")]:
        tighten(path)


def _lock(file: IO[str]) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def open_writer(path: Path, *, fsync: bool, migrations: Sequence[Migration] = MIGRATIONS) -> sqlite3.Connection:
    """Open the one connection that writes, with its tables made and up to date.

    Raises HubError for a damaged file, and for one of a newer version or of one that is too old.
    """
    with clear_errors(path):
        # Before SQLite does: it gives its companion files the same rights.
        make_file(path)
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=256, timeout=30
        )
        try:
            _set_up(connection, fsync=fsync)
            _bring_up_to_date(connection, path, migrations)
        except BaseException:
            connection.close()
            raise
        return connection


def _set_up(connection: sqlite3.Connection, *, fsync: bool) -> None:
    # With WAL, readers do not wait for the writer. NORMAL survives a crash of the process, FULL also one of the
    # machine.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={'FULL' if fsync else 'NORMAL'}")
    # Pages: fewer checkpoints than by default, since each one makes a commit wait.
    connection.execute("PRAGMA wal_autocheckpoint=4000")
    connection.execute("PRAGMA cache_size=-32000")
    # Overwrites deleted rows where that writes no more pages. With ON, the default of some builds, a purge takes
    # seconds. The pages that this leaves as they were are overwritten at the end: see `overwrite_free_pages`.
    connection.execute("PRAGMA secure_delete=FAST")


def _bring_up_to_date(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Make the tables, then run the missing migrations, each in a transaction that also writes its version."""
    latest = FIRST_VERSION + len(migrations)
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > latest:
        raise HubError(
            f"{path} was written by a newer version of this host (its tables have version {version}, this host reads"
            f" up to {latest}); update the host, or pass another folder with --state."
        )
    if version == 0:
        connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={FIRST_VERSION}; COMMIT;")
        version = FIRST_VERSION
    elif version < FIRST_VERSION:
        raise HubError(
            f"{path} was written by a version of this host that is too old (its tables have version {version}); delete"
            " it, or pass another folder with --state."
        )
    for number, migration in enumerate(migrations[version - FIRST_VERSION :], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            migration(connection)
            connection.execute(f"PRAGMA user_version={number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def overwrite_free_pages(connection: sqlite3.Connection) -> None:
    """Fill the pages that deleted rows have left free with zeros, so that the file holds nothing that was purged."""
    free, size = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("freelist_count", "page_size"))
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE zeros (filling BLOB)")
    # A new row takes free pages before the file grows. SQLite's limit for one value is a gigabyte.
    for first in range(0, free, _PAGES_AT_ONCE):
        pages = min(_PAGES_AT_ONCE, free - first)
        connection.execute("INSERT INTO zeros VALUES (zeroblob(?))", (pages * size,))
    connection.execute("DROP TABLE zeros")
    connection.execute("COMMIT")


def open_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that only reads; in WAL mode it never waits for the writer. Threads may use it in turn."""
    connection = sqlite3.connect(
        path.as_uri() + "?mode=ro", uri=True, isolation_level=None, cached_statements=64, check_same_thread=False
    )
    connection.execute("PRAGMA query_only=1")
    return connection


class Presence:
    """A check that the hub's file was neither deleted nor replaced: SQLite would write on into the deleted file."""

    # Seconds between two looks: a `stat` for each commit would cost more than it is worth.
    EVERY = 1.0

    def __init__(self, path: Path) -> None:
        self._path, self._next = path, 0.0
        self._identity = self._file_identity()

    def check(self) -> None:
        """Look at the file, at most once a second. Raises HubError."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self.EVERY
        if self._file_identity() != self._identity:
            raise HubError(f"{self._path} was deleted or replaced while the host was running; start it again.")

    def _file_identity(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino


@contextmanager
def clear_errors(path: Path) -> Generator[None, None, None]:
    """Turn SQLite's errors about a broken file or a full disk into a HubError of one sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # The low byte is the primary code; the rest only details it.
        code = error.sqlite_errorcode & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise HubError(f"The disk is full: {path} cannot be written; free some space and start again.") from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR):
            raise HubError(f"{path} cannot be written: {error}; check the folder's rights and its disk.") from error
        raise
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        raise HubError(f"{path} is damaged ({error}); restore it, or delete it to start with an empty hub.") from error
