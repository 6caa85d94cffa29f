"""Sessions in SQLite, in the same file as the ledger."""

import secrets
from datetime import datetime

from stores.clock import timestamp
from stores.sessions import SessionState
from stores.sqlite.database import Database

_ROW = "session_secret"


class SqliteSessions:
    """The `Sessions` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def signing_secret(self) -> bytes:
        with self._database.reading() as connection:
            row = connection.execute("SELECT value FROM installation WHERE name = ?", (_ROW,)).fetchone()
        if row:
            return bytes(row[0])
        with self._database.writing() as connection:
            # Of several processes that start together, the first one's secret stays.
            connection.execute(
                "INSERT INTO installation (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (_ROW, secrets.token_bytes(32)),
            )
            row = connection.execute("SELECT value FROM installation WHERE name = ?", (_ROW,)).fetchone()
        return bytes(row[0])

    def replace_signing_secret(self) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO installation (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                (_ROW, secrets.token_bytes(32)),
            )

    def state(self, session: str) -> SessionState | None:
        with self._database.reading() as connection:
            row = connection.execute("SELECT generation, renewed FROM sessions WHERE id = ?", (session,)).fetchone()
        return SessionState(row[0], datetime.fromisoformat(row[1])) if row else None

    def renew(self, session: str, at: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO sessions (id, generation, renewed) VALUES (?, 1, ?)"
                " ON CONFLICT DO UPDATE SET renewed = max(renewed, excluded.renewed)",
                (session, timestamp(at)),
            )

    def end(self, session: str, at: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO sessions (id, generation, renewed) VALUES (?, 2, ?)"
                " ON CONFLICT DO UPDATE SET generation = generation + 1, renewed = max(renewed, excluded.renewed)",
                (session, timestamp(at)),
            )

    def remove_unused(self, before: datetime, limit: int) -> int:
        with self._database.writing() as connection:
            removed = connection.execute(
                "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE renewed < ? ORDER BY renewed LIMIT ?)",
                (timestamp(before), limit),
            )
            return removed.rowcount
