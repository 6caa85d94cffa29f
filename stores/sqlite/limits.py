"""Limits in SQLite, in the same file as the ledger."""

import json

from stores.limit_rules import taken
from stores.sqlite.database import Database


class SqliteLimits:
    """The `Limits` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, bucket: str, window: int, mark: str, most: int) -> bool:
        with self._database.writing() as connection:
            row = connection.execute('SELECT "window", marks FROM limits WHERE bucket = ?', (bucket,)).fetchone()
            before = (row[0], json.loads(row[1])) if row else None
            is_allowed, now = taken(before, window, mark, most)
            if now != before:
                connection.execute(
                    'INSERT INTO limits (bucket, "window", marks) VALUES (?, ?, ?)'
                    ' ON CONFLICT DO UPDATE SET "window" = excluded."window", marks = excluded.marks',
                    (bucket, now[0], json.dumps(now[1])),
                )
            return is_allowed

    def remove_before(self, window: int, limit: int) -> int:
        with self._database.writing() as connection:
            removed = connection.execute(
                'DELETE FROM limits WHERE bucket IN (SELECT bucket FROM limits WHERE "window" < ? LIMIT ?)',
                (window, limit),
            )
            return removed.rowcount
