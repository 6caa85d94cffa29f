"""Copies of a real trip that has ended, row by row, under new ids, to fill a ledger.

Its conversation is copied with it. The suppliers' books are not, because they are the simulators' own.
"""

import asyncio
import json
import secrets
import sqlite3
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from aiohttp import ClientSession

from bench.travel.app import Booked
from bench.travel.copies import RawTables, Row
from settings import Settings
from stores.turn_rules import digest

_AT_ONCE = 2_000
_CONNECTIONS = 8
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


def endpoint_of(environment: Mapping[str, str]) -> str:
    """Return the address of the account that the environment names."""
    return environment["TABLES_CONNECTION_STRING"].partition("TableEndpoint=")[2].strip(";")


async def fill_tables(environment: Mapping[str, str], booked: Booked, count: int, seconds: float) -> None:
    """Add `count` copies to the tables of an account that holds only that trip. Raise TimeoutError."""
    async with ClientSession() as session, asyncio.timeout(seconds):
        tables = RawTables(session, endpoint_of(environment))
        batches = await _trip_batches(tables, Settings.from_environ(environment).tables_prefix, booked)
        left = iter(range(count))

        async def fill() -> None:
            for _ in left:
                names = _new_names()
                for batch in batches:
                    await tables.send(_renamed(batch, booked, names))

        await asyncio.gather(*(fill() for _ in range(_CONNECTIONS)))


async def _trip_batches(tables: RawTables, prefix: str, booked: Booked) -> list[str]:
    """Return a batch for each partition that the trip has rows in."""
    batches: list[str] = []
    for table in ("lists", "conversations", "ledger"):
        partitions: defaultdict[str, list[Row]] = defaultdict(list)
        for row in await tables.rows(prefix + table):
            # The other rows are the installation's own.
            if any(name in json.dumps(row) for name in (booked.trip, booked.conversation)):
                partitions[row["PartitionKey"]].append(row)
        batches += [tables.batch_text(prefix + table, rows) for rows in partitions.values()]
    return batches


def _renamed(batch: str, booked: Booked, names: Booked) -> str:
    renamed = batch.replace(booked.trip, names.trip).replace(booked.conversation, names.conversation)
    # Partitions are named by digests of the conversation's id.
    return renamed.replace(digest(booked.conversation), digest(names.conversation))


def _new_names() -> Booked:
    return Booked(f"trip-{secrets.token_hex(16)}", f"c-{secrets.token_urlsafe(16)}")


def _require_time(until: float) -> None:
    if time.monotonic() > until:
        raise TimeoutError("the ledger was not full in time")
