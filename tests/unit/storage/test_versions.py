"""Files of an older version are brought up to date step by step, and those of a newer one are left alone."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import VersionError
from storage.sqlite_files import open_for_writing, snapshot
from storage.versions import Migration, Schema, statements, written_version
from support.races import exit_code_in_a_process, in_processes

FIRST = Schema(2, ["CREATE TABLE people (name TEXT PRIMARY KEY)", "INSERT INTO people VALUES ('Ada Lovelace')"])


def split_names(connection: sqlite3.Connection) -> None:
    for (name,) in connection.execute("SELECT name FROM people").fetchall():
        connection.execute("UPDATE people SET family = ? WHERE name = ?", (name.split()[-1], name))


def add_family(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE people ADD COLUMN family TEXT")
    split_names(connection)


def add_family_and_die(connection: sqlite3.Connection) -> None:
    add_family(connection)
    # Without rolling back or closing anything, as a kill.
    os._exit(9)


def add_family_and_fail(connection: sqlite3.Connection) -> None:
    add_family(connection)
    raise RuntimeError("the migration is wrong")


ADD_FAMILY = Migration(3, add_family)
COUNT = Migration(4, statements("CREATE TABLE runs (n INTEGER)", "INSERT INTO runs VALUES (1)"))
LATEST = Schema(2, FIRST.first, [ADD_FAMILY, COUNT])


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """Return a file of the first version."""
    path = tmp_path / "people.db"
    open_for_writing(path, FIRST).close()
    return path


def contents(path: Path) -> tuple[int, list[str]]:
    """Return the version of a file and all that it holds, as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return written_version(connection), list(connection.iterdump())


def open_the_latest(path: Path) -> int:
    with closing(open_for_writing(path, LATEST)) as connection:
        return written_version(connection)


def open_with_a_deadly_migration(path: Path) -> None:
    open_for_writing(path, Schema(2, FIRST.first, [Migration(3, add_family_and_die)]))


def test_an_older_file_is_brought_up_to_date_step_by_step(old_file: Path) -> None:
    with closing(open_for_writing(old_file, Schema(2, FIRST.first, [ADD_FAMILY]))) as connection:
        assert written_version(connection) == 3
        assert connection.execute("SELECT * FROM people").fetchall() == [("Ada Lovelace", "Lovelace")]
    assert open_the_latest(old_file) == 4


def test_a_new_file_is_the_same_as_one_that_was_brought_up_to_date(old_file: Path, tmp_path: Path) -> None:
    open_the_latest(old_file)
    open_the_latest(tmp_path / "new.db")
    assert contents(tmp_path / "new.db") == contents(old_file)


def test_a_file_that_is_up_to_date_is_not_written(old_file: Path) -> None:
    open_the_latest(old_file)
    before = old_file.read_bytes()
    open_the_latest(old_file)
    assert old_file.read_bytes() == before


def test_a_newer_file_is_refused_and_left_alone(old_file: Path) -> None:
    open_the_latest(old_file)
    before = contents(old_file)
    with pytest.raises(VersionError, match=r"people\.db has tables of version 4, written by a newer version"):
        open_for_writing(old_file, FIRST)
    with pytest.raises(VersionError, match="update the app"), snapshot(old_file, FIRST):
        pass
    assert contents(old_file) == before


def test_a_file_older_than_the_oldest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    open_for_writing(path, Schema(1, ["CREATE TABLE persons (name TEXT)"])).close()
    with pytest.raises(VersionError, match="tables of version 1; this app reads version 2 and later ones"):
        open_the_latest(path)
    assert contents(path)[0] == 1


def test_a_migration_that_fails_leaves_the_old_version_whole(old_file: Path) -> None:
    before = contents(old_file)
    with pytest.raises(RuntimeError, match="the migration is wrong"):
        open_for_writing(old_file, Schema(2, FIRST.first, [Migration(3, add_family_and_fail)]))
    assert contents(old_file) == before
    assert open_the_latest(old_file) == 4


def test_a_process_that_dies_in_a_migration_leaves_the_old_version_whole(old_file: Path) -> None:
    before = contents(old_file)
    assert exit_code_in_a_process(open_with_a_deadly_migration, old_file) == 9
    assert contents(old_file) == before
    assert open_the_latest(old_file) == 4


def test_a_later_migration_that_fails_keeps_the_earlier_ones(old_file: Path) -> None:
    wrong = Migration(4, statements("CREATE TABLE runs (n INTEGER)", "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        open_for_writing(old_file, Schema(2, FIRST.first, [ADD_FAMILY, wrong]))
    assert contents(old_file)[0] == 3
    assert open_the_latest(old_file) == 4


def test_processes_that_open_an_old_file_at_once_migrate_it_once(old_file: Path) -> None:
    assert in_processes(open_the_latest, [old_file] * 4) == [4] * 4
    with closing(sqlite3.connect(old_file)) as connection:
        assert connection.execute("SELECT n FROM runs").fetchall() == [(1,)]


def test_processes_that_make_a_file_at_once_make_it_once(tmp_path: Path) -> None:
    assert in_processes(open_the_latest, [tmp_path / "people.db"] * 4) == [4] * 4


def test_a_migration_that_orphans_rows_is_refused(tmp_path: Path) -> None:
    first = [
        "CREATE TABLE trips (id TEXT PRIMARY KEY)",
        "CREATE TABLE rows (trip TEXT REFERENCES trips (id))",
        "INSERT INTO trips VALUES ('t')",
        "INSERT INTO rows VALUES ('t')",
    ]
    path = tmp_path / "trips.db"
    open_for_writing(path, Schema(2, first)).close()
    before = contents(path)
    with pytest.raises(VersionError, match="rows without owner"):
        open_for_writing(path, Schema(2, first, [Migration(3, statements("DELETE FROM trips"))]))
    assert contents(path) == before


def test_a_reader_sees_an_old_file_as_the_latest_and_leaves_it_as_it_is(old_file: Path) -> None:
    before = contents(old_file)
    with snapshot(old_file, LATEST) as connection:
        assert connection
        assert connection.execute("SELECT family FROM people").fetchall() == [("Lovelace",)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM people")
    assert contents(old_file) == before


def test_a_reader_of_nothing_sees_nothing(tmp_path: Path) -> None:
    with snapshot(tmp_path / "people.db", LATEST) as connection:
        assert connection is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("versions", [[4], [3, 5], [4, 3], [3, 3]])
def test_migrations_without_consecutive_numbers_are_an_error(versions: list[int]) -> None:
    with pytest.raises(ValueError, match="must be numbered"):
        Schema(2, FIRST.first, [Migration(version, add_family) for version in versions])
