"""Copies of a real trip that has ended, row by row, under new ids, to fill a ledger.

Its conversation is copied with it. The suppliers' books are not, because they are the simulators' own.
"""

import json
import secrets
import sqlite3
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import repeat
from pathlib import Path
from typing import Any

from bench.travel_app import Booked
from settings import Settings

_AT_ONCE = 2_000
_THREADS = 4
_OWNERS = {
    "trips": "id = :trip",
    "turns": "conversation = :conversation",
    **dict.fromkeys(("entries", "commands", "postings", "personal", "keys", "texts"), "trip = :trip"),
}
"""The condition for the trip's rows in each table."""


def fill_sqlite(state: Path, booked: Booked, count: int, seconds: float) -> None:
    """Add `count` copies to the ledger's file, which nobody else writes to. Raise TimeoutError."""
    until = time.monotonic() + seconds
    with closing(sqlite3.connect(state / "ledger.db", isolation_level=None)) as database:
        # A crash in the middle ends the measurement, so nothing has to survive it.
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -200000")
        database.execute("CREATE TEMP TABLE names (trip TEXT PRIMARY KEY, conversation TEXT) WITHOUT ROWID")
        copies = [_copy(database, table, owner) for table, owner in _OWNERS.items()]
        # In the order of the tables' keys, new rows go to the end instead of splitting pages all over the file.
        ordered = sorted((_new_names() for _ in range(count)), key=lambda names: names.trip)
        for start in range(0, count, _AT_ONCE):
            _require_time(until)
            names = ordered[start : start + _AT_ONCE]
            database.execute("BEGIN")
            database.execute("DELETE FROM names")
            database.executemany("INSERT INTO names VALUES (?, ?)", [(name.trip, name.conversation) for name in names])
            for copy in copies:
                database.execute(copy, vars(booked))
            database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(database: sqlite3.Connection, table: str, owner: str) -> str:
    # SQLite numbers the trips itself.
    columns = [
        (name, kind) for _, name, kind, *_ in database.execute(f"PRAGMA table_info({table})")
        if (table, name) != ("trips", "number")
    ]  # fmt: skip
    copied = [
        f"replace(replace(t.{name}, :trip, n.trip), :conversation, n.conversation)" if kind == "TEXT" else f"t.{name}"
        for name, kind in columns
    ]
    into = ", ".join(name for name, _ in columns)
    # CROSS JOIN forbids SQLite to swap the two, which would lose the order of the names.
    rows = f"temp.names n CROSS JOIN (SELECT * FROM {table} WHERE {owner}) t"
    return f"INSERT INTO main.{table} ({into}) SELECT {', '.join(copied)} FROM {rows}"


def fill_tables(environment: Mapping[str, str], booked: Booked, count: int, seconds: float) -> None:
    """Add `count` copies to the tables of an account that holds only that trip. Raise TimeoutError."""
    from storage.table_account import Account
    from stores.tables.lists import Lists, in_all, in_conversation
    from stores.tables.service import Stored, Table, Write
    from stores.tables.trips import HEAD, read_head

    until = time.monotonic() + seconds
    account = Account(Settings.from_environ(environment))
    ledger, conversations = Table(account, "ledger"), Table(account, "conversations")
    lists = Lists(Table(account, "lists"))
    trip = ledger.rows(booked.trip)
    [turn] = conversations.everywhere("n-000000001")
    conversation = conversations.rows(turn.partition)

    def copied(rows: Iterable[Stored], names: Booked) -> list[Write]:
        return [Write("insert", row.row, _renamed(row.document, booked, names)) for row in rows]

    def add(_: None) -> None:
        _require_time(until)
        names = _new_names()
        writes = copied(trip, names)
        head = read_head(next(write.document for write in writes if write.row == HEAD))
        lists.add(in_all(head))
        lists.add(in_conversation(head))
        ledger.write(names.trip, writes)
        conversations.write(f"c-{secrets.token_hex(32)}", copied(conversation, names))

    with ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(add, repeat(None, count)):
            pass


def _renamed(document: dict[str, Any], booked: Booked, names: Booked) -> dict[str, Any]:
    text = json.dumps(document)
    return json.loads(text.replace(booked.trip, names.trip).replace(booked.conversation, names.conversation))


def _new_names() -> Booked:
    return Booked(f"trip-{secrets.token_hex(16)}", f"c-{secrets.token_urlsafe(16)}")


def _require_time(until: float) -> None:
    if time.monotonic() > until:
        raise TimeoutError("the ledger was not full in time")
