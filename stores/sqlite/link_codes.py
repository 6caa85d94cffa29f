"""Link codes in SQLite, in the same file as the ledger."""

from datetime import datetime

from stores.clock import timestamp
from stores.link_codes import Link
from stores.sqlite.database import Database


class SqliteLinkCodes:
    """The `LinkCodes` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, digest: str, link: Link) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO link_codes (hash, session, generation, begin, expires) VALUES (?, ?, ?, ?, ?)",
                (digest, link.session, link.generation, timestamp(link.begin), timestamp(link.expires)),
            )

    def take(self, digest: str, now: datetime) -> Link | None:
        with self._database.writing() as connection:
            # One statement both reads and removes, so that of several callers one gets the row.
            row = connection.execute(
                "DELETE FROM link_codes WHERE hash = ? AND expires > ? RETURNING session, generation, begin, expires",
                (digest, timestamp(now)),
            ).fetchone()
        if row is None:
            return None
        session, generation, begin, expires = row
        return Link(session, generation, datetime.fromisoformat(begin), datetime.fromisoformat(expires))

    def remove_of(self, session: str) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM link_codes WHERE session = ?", (session,))

    def remove_expired(self, now: datetime, limit: int) -> int:
        with self._database.writing() as connection:
            removed = connection.execute(
                "DELETE FROM link_codes WHERE hash IN (SELECT hash FROM link_codes WHERE expires <= ? LIMIT ?)",
                (timestamp(now), limit),
            )
            return removed.rowcount
