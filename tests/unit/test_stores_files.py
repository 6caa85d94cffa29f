"""The SQLite store as a file: private, append-only, clear when it is broken, fast when it is full."""

import sqlite3
import sys
import time
from pathlib import Path

import pytest
from support_races import exit_code_in_a_process
from support_trips import Desk, calm_settings, run
from support_writers import die_writing_the_ledger, ledger_intent

from stores.errors import StorageError
from stores.opening import Stores, open_stores


def opened(state_dir: Path) -> Stores:
    return open_stores(calm_settings(state_dir))


def with_a_trip(state_dir: Path) -> Stores:
    desk = Desk.open(calm_settings(state_dir))
    desk.open_trip("trip-1")
    return desk.stores


def test_opening_touches_no_disk(tmp_path: Path) -> None:
    opened(tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_the_file_with_the_secret_is_private(tmp_path: Path) -> None:
    stores = with_a_trip(tmp_path / "new" / "folder")
    stores.conversations.installation_secret()
    files = list((tmp_path / "new" / "folder").glob("ledger.db*"))
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.parametrize("statement", ["UPDATE entries SET data = '{}'", "DELETE FROM entries"])
def test_entries_can_be_neither_changed_nor_removed(tmp_path: Path, statement: str) -> None:
    with_a_trip(tmp_path)
    connection = sqlite3.connect(tmp_path / "ledger.db")
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("content", [b"no database" * 500, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ledger.db").write_bytes(content)
    with pytest.raises(StorageError, match=r"ledger\.db is damaged"):
        opened(tmp_path).ledger.ping()
    assert (tmp_path / "ledger.db").read_bytes() == content


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="can't be made or opened"):
        opened(tmp_path / "file" / "state").ledger.ping()


def test_a_file_that_disappeared_is_a_clear_error(tmp_path: Path) -> None:
    stores = with_a_trip(tmp_path)
    (tmp_path / "ledger.db").unlink()
    with pytest.raises(StorageError, match="disappeared"):
        stores.conversations.ping()


def test_tables_of_another_version_are_left_alone(tmp_path: Path) -> None:
    with_a_trip(tmp_path)
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StorageError, match="version 99"):
        opened(tmp_path).ledger.trip("trip-1")


def test_a_store_recovers_once_its_fault_is_mended(tmp_path: Path) -> None:
    stores = opened(tmp_path)
    (tmp_path / "ledger.db").write_bytes(b"no database" * 500)
    with pytest.raises(StorageError):
        stores.ledger.ping()
    (tmp_path / "ledger.db").unlink()
    stores.ledger.ping()
    assert stores.ledger.trip("trip-1") is None


def test_an_error_gives_the_writers_turn_back(tmp_path: Path) -> None:
    stores = with_a_trip(tmp_path)
    for number in range(3):
        with pytest.raises(Exception, match="no trip"):
            stores.ledger.intend(ledger_intent(number, trip="trip-unknown"))
        assert stores.ledger.intend(ledger_intent(number)) is None


def test_a_process_that_dies_while_writing_leaves_nothing_and_blocks_nobody(tmp_path: Path) -> None:
    stores = with_a_trip(tmp_path)
    assert exit_code_in_a_process(die_writing_the_ledger, tmp_path) == 9
    assert stores.ledger.text("half") is None
    assert stores.ledger.keep_text("half", "whole") == "whole"


@pytest.mark.slow
def test_reading_a_trip_stays_fast_with_a_hundred_thousand(tmp_path: Path) -> None:
    desk = Desk.open(calm_settings(tmp_path))
    desk.open_trip("trip-1")
    run(desk.steps("trip-1", "flight"))
    connection = sqlite3.connect(tmp_path / "ledger.db")
    with connection:
        connection.executescript(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
            INSERT INTO trips (id, kind, request, conversation, turn, created)
            SELECT 'many-' || i, kind, request, 'c-' || i, turn, created FROM trips, n WHERE id = 'trip-1';
            INSERT INTO entries (trip, at, event, component, kind, effect, key, data)
            SELECT t.id, e.at, e.event, e.component, e.kind, e.effect, t.id || '/' || e.key, e.data
            FROM trips t, entries e WHERE e.trip = 'trip-1' AND t.id LIKE 'many-%';
            """
        )
    connection.close()
    ledger = desk.stores.ledger
    begun = time.perf_counter()
    for number in range(1, 100_001, 1000):
        row = ledger.trip(f"many-{number}")
        assert row is not None
        assert len(ledger.entries(row.id)) == 5
    per_trip = (time.perf_counter() - begun) / 100
    assert per_trip < 0.01, f"{per_trip * 1000:.1f} ms for one trip"
