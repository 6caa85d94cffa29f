"""Limits of the machine itself, measured for a moment: no host in Python gets past them."""

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.work import payload

MOMENT = 0.3


def limits() -> dict[str, float]:
    """Return each limit by its name and unit."""
    rates: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="bench-limits-") as folder:
        for level in ("NORMAL", "FULL"):
            rates[f"SQLite WAL commits/s, synchronous={level}"] = _commits(Path(folder) / level, level)
    text = json.dumps(payload(0))
    rates["JSON of a payload, there and back/s"] = _rate(lambda: json.dumps(json.loads(text)))
    rates["thread hops/s, one at a time"] = asyncio.run(_hops())
    return rates


def _commits(file: Path, level: str) -> float:
    # Without a transaction of Python's, each INSERT is one commit, as the step of a host is.
    with sqlite3.connect(file, isolation_level=None) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(f"PRAGMA synchronous={level}")
        database.execute("CREATE TABLE steps (value TEXT)")
        text = json.dumps(payload(0))
        rate = _rate(lambda: database.execute("INSERT INTO steps VALUES (?)", (text,)))
    # The `with` of a connection commits and leaves it open.
    database.close()
    return rate


def _rate(act: Callable[[], object]) -> float:
    count, since = 0, time.perf_counter()
    while (took := time.perf_counter() - since) < MOMENT:
        act()
        count += 1
    return count / took


async def _hops() -> float:
    count, since = 0, time.perf_counter()
    while (took := time.perf_counter() - since) < MOMENT:
        await asyncio.to_thread(int)
        count += 1
    return count / took
