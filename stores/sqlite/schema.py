"""The tables of the SQLite store: ledger and conversations share a file.

Rows are only ever added to `entries`, `commands` and `postings`. If an entry or a command has personal data, `personal`
has its whole data, and its own row has the rest. So a traveller can be forgotten without changing a row.
Never edit the statements below: files in use were made with them. A change of the tables is a further migration.
"""

import sqlite3

from storage.versions import Migration, Schema


def _append_only(table: str) -> tuple[str, str]:
    # Triggers also stop another program that opens the file.
    return (
        f"""
        CREATE TRIGGER {table}_are_never_changed BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} of the ledger are never changed'); END
        """,
        f"""
        CREATE TRIGGER {table}_are_never_removed BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} of the ledger are never removed'); END
        """,
    )


_VERSION_2 = (
    """
    CREATE TABLE installation (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE trips (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        request TEXT NOT NULL,
        options TEXT NOT NULL,
        conversation TEXT NOT NULL,
        turn INTEGER NOT NULL,
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        version INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        saga TEXT NOT NULL,
        commands INTEGER NOT NULL,
        box TEXT NOT NULL CHECK (box IN ('open', 'closed')),
        outcome TEXT,
        rows INTEGER NOT NULL,
        troubled INTEGER NOT NULL,
        taken_by TEXT NOT NULL,
        CHECK ((box = 'closed') = (outcome IS NOT NULL))
    )
    """,
    # Few trips of many are open or troubled, so both indexes stay small.
    "CREATE INDEX open_trips ON trips (number) WHERE box = 'open'",
    "CREATE INDEX troubled_trips ON trips (number) WHERE troubled",
    "CREATE INDEX trips_of_a_conversation ON trips (conversation)",
    """
    CREATE TABLE entries (
        trip TEXT NOT NULL REFERENCES trips (id),
        sequence INTEGER NOT NULL,
        at TEXT NOT NULL,
        event TEXT NOT NULL,
        component TEXT,
        kind TEXT,
        effect TEXT,
        revision INTEGER,
        key TEXT,
        data TEXT,
        PRIMARY KEY (trip, sequence)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE commands (
        trip TEXT NOT NULL REFERENCES trips (id),
        number INTEGER NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        at TEXT NOT NULL,
        by TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (trip, number),
        UNIQUE (trip, id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE postings (
        trip TEXT NOT NULL REFERENCES trips (id),
        sequence INTEGER NOT NULL,
        number INTEGER NOT NULL,
        what TEXT NOT NULL,
        debit TEXT NOT NULL,
        credit TEXT NOT NULL,
        minor INTEGER NOT NULL CHECK (minor > 0),
        currency TEXT NOT NULL,
        PRIMARY KEY (trip, sequence, number),
        CHECK (debit <> credit)
    ) WITHOUT ROWID
    """,
    *_append_only("entries"),
    *_append_only("commands"),
    *_append_only("postings"),
    """
    CREATE TABLE personal (
        trip TEXT NOT NULL REFERENCES trips (id),
        part TEXT NOT NULL CHECK (part IN ('entry', 'command')),
        number INTEGER NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (trip, part, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE keys (
        trip TEXT NOT NULL REFERENCES trips (id),
        key TEXT NOT NULL,
        arguments TEXT,
        fence INTEGER NOT NULL,
        owner TEXT NOT NULL,
        until TEXT,
        mark TEXT NOT NULL,
        outcome INTEGER,
        PRIMARY KEY (trip, key)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE texts (
        trip TEXT NOT NULL,
        key TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (trip, key)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE turns (
        conversation TEXT NOT NULL,
        number INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('claimed', 'decided', 'done', 'problem')),
        message TEXT NOT NULL,
        options TEXT NOT NULL,
        calls TEXT NOT NULL DEFAULT '[]',
        draft TEXT,
        reply TEXT,
        model TEXT,
        problem TEXT,
        created TEXT NOT NULL,
        claimed TEXT NOT NULL,
        start_lease TEXT,
        started INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (conversation, number)
    )
    """,
    "CREATE INDEX turns_under_way ON turns (claimed) WHERE state IN ('claimed', 'decided')",
    """
    CREATE TABLE post_keys (
        hash TEXT PRIMARY KEY,
        conversation TEXT,
        number INTEGER,
        body_hash TEXT,
        CHECK ((conversation IS NULL) = (body_hash IS NULL))
    ) WITHOUT ROWID
    """,
    "CREATE INDEX keys_of_a_conversation ON post_keys (conversation)",
    """
    CREATE TABLE forgotten (
        hash TEXT PRIMARY KEY
    ) WITHOUT ROWID
    """,
)


def _add_sessions_and_limits(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE sessions (
            id TEXT PRIMARY KEY,
            generation INTEGER NOT NULL,
            renewed TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )
    connection.execute("CREATE INDEX sessions_by_use ON sessions (renewed)")
    connection.execute(
        """
        CREATE TABLE limits (
            bucket TEXT PRIMARY KEY,
            "window" INTEGER NOT NULL,
            marks TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )
    connection.execute('CREATE INDEX limits_by_window ON limits ("window")')


def _add_quotes_and_decisions(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE quotes (
            id TEXT PRIMARY KEY,
            created TEXT NOT NULL,
            ended TEXT,
            quote TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )
    connection.execute("CREATE INDEX unfinished_quotes ON quotes (created) WHERE ended IS NULL")
    connection.execute("CREATE INDEX ended_quotes ON quotes (ended) WHERE ended IS NOT NULL")
    connection.execute(
        """
        CREATE TABLE decisions (
            subject TEXT NOT NULL,
            round INTEGER NOT NULL,
            decision TEXT NOT NULL,
            PRIMARY KEY (subject, round)
        ) WITHOUT ROWID
        """
    )
    # What only some turns have, so that the row of another one is as it always was.
    connection.execute("ALTER TABLE turns ADD COLUMN more TEXT")


SCHEMA = Schema(
    first_version=2,
    first=_VERSION_2,
    migrations=(
        Migration(3, _add_sessions_and_limits),
        Migration(4, _add_quotes_and_decisions),
    ),
)
