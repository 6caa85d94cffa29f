"""A hub of an older version is brought up to date step by step, or stays whole as it was."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from devhost.errors import HubError
from devhost.hub.hub_schema import FIRST_VERSION, Migration, open_writer
from support.races import exit_code_in_a_process


def add_notes(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.execute("INSERT INTO notes VALUES ('first')")


def add_authors(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE notes ADD COLUMN author TEXT")


def fail(connection: sqlite3.Connection) -> None:
    add_authors(connection)
    raise RuntimeError("the migration is wrong")


def die(connection: sqlite3.Connection) -> None:
    add_authors(connection)
    # Without rolling back or closing anything, as a kill.
    os._exit(9)


def opened(hub: Path, *migrations: Migration) -> int:
    """Open the hub as a host with these migrations does, and return the version that it has then."""
    with closing(open_writer(hub, fsync=False, migrations=migrations)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def open_and_die(hub: Path) -> None:
    opened(hub, add_notes, die)


def contents(hub: Path) -> tuple[int, list[str]]:
    with closing(sqlite3.connect(hub)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0], list(connection.iterdump())


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """Return a hub of the first version."""
    path = tmp_path / "hub.db"
    assert opened(path) == FIRST_VERSION
    return path


def test_an_older_hub_is_brought_up_to_date_and_is_as_a_new_one(hub: Path, tmp_path: Path) -> None:
    assert opened(hub, add_notes) == FIRST_VERSION + 1
    assert opened(hub, add_notes, add_authors) == FIRST_VERSION + 2
    assert opened(tmp_path / "new.db", add_notes, add_authors) == FIRST_VERSION + 2
    assert contents(tmp_path / "new.db") == contents(hub)


def test_a_newer_hub_is_refused_and_left_alone(hub: Path) -> None:
    opened(hub, add_notes)
    before = contents(hub)
    with pytest.raises(HubError, match=r"newer version of this host \(its tables have version 3, .* up to 2\)"):
        opened(hub)
    assert contents(hub) == before


def test_a_hub_older_than_the_first_version_is_refused(hub: Path) -> None:
    with closing(sqlite3.connect(hub)) as connection:
        connection.execute("PRAGMA user_version=1")
    with pytest.raises(HubError, match="too old"):
        opened(hub)


def test_a_migration_that_fails_keeps_the_version_before_it_whole(hub: Path) -> None:
    with pytest.raises(RuntimeError, match="the migration is wrong"):
        opened(hub, add_notes, fail)
    version, before = contents(hub)
    assert version == FIRST_VERSION + 1
    assert not any("author" in line for line in before)
    assert opened(hub, add_notes, add_authors) == FIRST_VERSION + 2


def test_a_process_that_dies_in_a_migration_keeps_the_version_before_it_whole(hub: Path) -> None:
    assert exit_code_in_a_process(open_and_die, hub) == 9
    version, before = contents(hub)
    assert version == FIRST_VERSION + 1
    assert not any("author" in line for line in before)
    assert opened(hub, add_notes, add_authors) == FIRST_VERSION + 2
