"""Adoptions in SQLite, in the same file as the ledger."""

from collections.abc import Sequence

from stores.sqlite.database import Database


class SqliteAdoptions:
    """The `Adoptions` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def adopt(self, adopted: str, owner: str) -> bool:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO adoptions (adopted, owner) VALUES (?, ?) ON CONFLICT DO NOTHING", (adopted, owner)
            )
            row = connection.execute("SELECT owner FROM adoptions WHERE adopted = ?", (adopted,)).fetchone()
        return row[0] == owner

    def adopted_by(self, owner: str) -> Sequence[str]:
        with self._database.reading() as connection:
            rows = connection.execute("SELECT adopted FROM adoptions WHERE owner = ? ORDER BY adopted", (owner,))
            return [adopted for (adopted,) in rows]

    def remove_of(self, owner: str) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM adoptions WHERE owner = ?", (owner,))
