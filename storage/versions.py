"""Numbered versions of a file's tables, and the migrations from each to the next.

The version is SQLite's own `user_version`, which is part of each transaction: a migration that dies leaves the file
at the version before it. A new file runs the same migrations as an old one, so that both get the same tables.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.errors import VersionError

log = logging.getLogger(__name__)

Change = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True)
class Migration:
    """The step from the version before to this one. `change` runs in a transaction and must not end it."""

    version: int
    change: Change


@dataclass(frozen=True)
class Schema:
    """The tables of one kind of file.

    `first` makes the tables of the oldest version that is still read. Each migration leads to the next version.
    Neither is ever edited: a change of the tables is a further migration. Raises `ValueError` for wrong numbers.
    """

    first_version: int
    first: Sequence[str]
    migrations: Sequence[Migration] = ()

    def __post_init__(self) -> None:
        expected = list(range(self.first_version + 1, self.version + 1))
        if [migration.version for migration in self.migrations] != expected:
            raise ValueError(f"the migrations must be numbered {expected}")

    @property
    def version(self) -> int:
        """The version that this app works with."""
        return self.first_version + len(self.migrations)


def written_version(connection: sqlite3.Connection) -> int:
    """Return the version of the tables in the file, 0 while there are none."""
    return connection.execute("PRAGMA user_version").fetchone()[0]


def require_readable(path: Path, schema: Schema, version: int) -> None:
    """Raise `VersionError` for a version that is newer than the app's, or too old."""
    if version > schema.version:
        raise VersionError(
            f"The file {path} has tables of version {version}, written by a newer version of this app, which reads up"
            f" to version {schema.version}; update the app. Nothing was changed."
        )
    if version and version < schema.first_version:
        raise VersionError(
            f"The file {path} has tables of version {version}; this app reads version {schema.first_version} and later"
            " ones. Nothing was changed."
        )


def bring_up_to_date(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    """Make the tables, or run the migrations that the file lacks, each in its own transaction.

    Safe when several processes open the file at once. Foreign keys must be off while tables are replaced, as SQLite
    requires, and are checked before each commit. Raises `VersionError`.
    """
    version = written_version(connection)
    require_readable(path, schema, version)
    is_new = version == 0
    while version != schema.version:
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have migrated the file while this one waited for the write lock, so look again.
            version = _step(connection, path, schema, is_new)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _step(connection: sqlite3.Connection, path: Path, schema: Schema, is_new: bool) -> int:
    """Take the file one version further unless it is up to date, and return its version."""
    version = written_version(connection)
    require_readable(path, schema, version)
    if version == schema.version:
        return version
    if version == 0:
        _run(connection, schema.first)
        return _write_version(connection, schema.first_version)
    migration = schema.migrations[version - schema.first_version]
    migration.change(connection)
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise VersionError(f"The migration of {path} to version {migration.version} would leave rows without owner.")
    # A new file goes through the same steps, and nobody has to be reminded of a backup.
    if not is_new:
        log.info("file_migrated file=%s version=%d", path.name, migration.version)
    return _write_version(connection, migration.version)


def statements(*texts: str) -> Change:
    """Return a migration's change that runs these statements."""
    return lambda connection: _run(connection, texts)


def _run(connection: sqlite3.Connection, texts: Sequence[str]) -> None:
    for text in texts:
        connection.execute(text)


def _write_version(connection: sqlite3.Connection, version: int) -> int:
    connection.execute(f"PRAGMA user_version = {version}")
    return version
