"""The SQLite store as a file: private, append-only, clear when it is broken, fast when it is full."""

import sqlite3
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from domain.amount import Money
from domain.trip.entry_data import NoArguments
from stores.errors import StorageError
from stores.ledger import MOST_ROWS, TripFullError, TripUnknownError
from stores.opening import Stores, open_stores
from suppliers.opening import open_suppliers
from support.races import exit_code_in_a_process
from support.stores.ledgers import TRIP, accepted, die_writing_the_ledger, do, effect, new_trip, outcome, paid
from support.suppliers.companies import calm_settings, order


def opened(state_dir: Path) -> Stores:
    return open_stores(calm_settings(state_dir))


def with_a_trip(state_dir: Path) -> Stores:
    stores = opened(state_dir)
    stores.ledger.open(new_trip())
    return stores


def test_opening_touches_no_disk(tmp_path: Path) -> None:
    opened(tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_the_file_with_the_secret_is_private(tmp_path: Path) -> None:
    stores = with_a_trip(tmp_path / "new" / "folder")
    stores.conversations.installation_secret()
    files = list((tmp_path / "new" / "folder").glob("ledger.db*"))
    # The database, its write-ahead log and the index of that.
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_every_file_of_the_state_is_private_also_where_it_was_not(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    settings = calm_settings(state)

    def open_to_others() -> list[Path]:
        stores = with_a_trip(state)
        stores.ledger.ping()
        suppliers = open_suppliers(settings)
        suppliers.payments.authorize("trip-1/authorize/1", Money(currency="USD", minor=1), "FL-1")
        for kind in ("flight", "hotel", "car_hire"):
            suppliers.booking[kind].hold("trip-1/hold/1", order(kind))
        paths = [state, *state.rglob("*")]
        assert {path.name for path in paths} > {"suppliers", "ledger.db", "airline.db", "ledger.db-wal"}
        return [path for path in paths if path.stat().st_mode & 0o077]

    assert open_to_others() == []
    for path in [state, *state.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    assert open_to_others() == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_folder_of_other_things_keeps_its_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with_a_trip(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("table", ["entries", "commands", "postings"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET trip = 'other'", "DELETE FROM {}"])
def test_rows_can_be_neither_changed_nor_removed(tmp_path: Path, table: str, statement: str) -> None:
    ledger = with_a_trip(tmp_path).ledger
    paid(ledger)
    accepted(ledger)
    connection = sqlite3.connect(tmp_path / "ledger.db")
    with pytest.raises(sqlite3.IntegrityError, match=f"{table} of the ledger are never"):
        connection.execute(statement.format(table))
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
    ledger = with_a_trip(tmp_path).ledger
    # More than one error: a lock that is not given back would stop the second write, at the latest.
    for number in range(1, 4):
        with pytest.raises(TripUnknownError):
            ledger.claim(effect(trip="trip-unknown"), NoArguments(), 1, 1)
        do(ledger, effect(revision=number))


def test_a_process_that_dies_while_writing_leaves_nothing_and_blocks_nobody(tmp_path: Path) -> None:
    stores = with_a_trip(tmp_path)
    assert exit_code_in_a_process(die_writing_the_ledger, tmp_path) == 9
    assert stores.ledger.text("half") is None
    assert stores.ledger.keep_text("half", "whole") == "whole"


def test_the_facts_of_a_whole_trip_are_read_by_its_own_rows_only(tmp_path: Path, effort: "Effort") -> None:
    ledger = with_a_trip(tmp_path).ledger
    for kind in ("flight", "hotel", "car_hire"):
        paid(ledger, kind)
        do(ledger, effect("cancel", kind=kind))
        do(ledger, effect("refund", kind=kind))
        for revision in (2, 3):
            do(ledger, effect("hold", revision, kind))
            do(ledger, effect("cancel", revision, kind))
    assert len(ledger.entries(TRIP)) == 61
    statements, steps = effort.of(lambda: ledger.facts(TRIP))
    # A few for each table, and some dozens of steps for each row: both grow if the read looks at other trips' rows.
    assert statements <= 5
    assert steps < 61 * 50


def test_a_trip_of_ten_thousand_rows_takes_no_more_commands_and_can_still_be_read(tmp_path: Path) -> None:
    ledger = with_a_trip(tmp_path).ledger
    paid(ledger)
    # Written into the file, because the ledger itself would take minutes for so many rows.
    connection = sqlite3.connect(tmp_path / "ledger.db")
    with connection:
        connection.executescript(
            f"""
            WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < {MOST_ROWS})
            INSERT INTO entries (trip, sequence, at, event, data)
            SELECT trip, i, at, 'not_changed', '{{"command":' || i || '}}' FROM entries, n WHERE sequence = 1;
            UPDATE trips SET rows = {MOST_ROWS};
            """
        )
    connection.close()
    with pytest.raises(TripFullError, match="10000 rows"):
        accepted(ledger)
    assert len(ledger.entries(TRIP)) == MOST_ROWS
    assert len(ledger.facts(TRIP).components) == 1
    do(ledger, effect("cancel"))
    assert ledger.close(outcome("failed"), 1, 0) == outcome("failed")


@pytest.mark.slow
def test_a_trip_costs_no_more_with_a_hundred_thousand_others(tmp_path: Path, effort: "Effort") -> None:
    ledger = with_a_trip(tmp_path).ledger
    paid(ledger)
    ledger.close(outcome(), 1, 0)
    connection = sqlite3.connect(tmp_path / "ledger.db")
    columns = "kind, request, options, 'c-' || i, turn, created, updated, version, epoch, saga, commands, box, outcome"
    with connection:
        connection.executescript(
            f"""
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
            INSERT INTO trips (id, kind, request, options, conversation, turn, created, updated, version, epoch, saga,
                commands, box, outcome, rows, troubled, taken_by)
            SELECT 'many-' || i, {columns}, rows, troubled, taken_by FROM trips, n WHERE id = '{TRIP}';
            INSERT INTO entries (trip, sequence, at, event, component, kind, effect, revision, key, data)
            SELECT t.id, e.sequence, e.at, e.event, e.component, e.kind, e.effect, e.revision, e.key, e.data
            FROM trips t, entries e WHERE e.trip = '{TRIP}' AND t.id LIKE 'many-%';
            """
        )
    connection.close()
    ledger.open(new_trip("trip-last"))
    for read in (lambda: ledger.facts("many-77777"), ledger.attention, lambda: ledger.forget("c-77777")):
        statements, steps = effort.of(read)
        assert statements <= 12
        assert steps < 1_000
    revisions = count(1)
    statements, steps = effort.of(lambda: do(ledger, effect(revision=next(revisions), trip="trip-last")))
    assert statements <= 40
    assert steps < 1_000


class Effort:
    """Counts of SQLite's work for a call: the statements, and the steps of its virtual machine in tens.

    A statement that scans a table takes some steps for each row of it, so that counting finds it on any machine.
    """

    def __init__(self) -> None:
        self.statements = 0
        self.steps = 0

    def watch(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        connection.set_trace_callback(self._count_statement)
        connection.set_progress_handler(self._count_steps, 10)
        return connection

    def of(self, call: Callable[[], object]) -> tuple[int, int]:
        """Return the statements and the steps of the second of two calls: the first one opens connections."""
        call()
        self.statements = self.steps = 0
        call()
        return self.statements, self.steps

    def _count_statement(self, _statement: str) -> None:
        self.statements += 1

    def _count_steps(self) -> int:
        self.steps += 10
        return 0


@pytest.fixture
def effort(monkeypatch: pytest.MonkeyPatch) -> Effort:
    counting, connect = Effort(), sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: counting.watch(connect(*a, **k)))
    return counting
