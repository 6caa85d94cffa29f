"""The tables of the SQLite store: ledger and conversations share a file, so that one transaction spans both.

`trips` and `entries` are only ever added to. How a trip ended is its `closed` entry.
"""

SCHEMA_VERSION = 1

SCHEMA = (
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
        conversation TEXT NOT NULL,
        turn INTEGER NOT NULL,
        created TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE entries (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        trip TEXT NOT NULL REFERENCES trips (id),
        at TEXT NOT NULL,
        event TEXT NOT NULL CHECK (event IN ('opened', 'intent', 'outcome', 'closed')),
        component TEXT,
        kind TEXT,
        effect TEXT,
        key TEXT,
        data TEXT,
        CHECK ((event IN ('intent', 'outcome')) = (key IS NOT NULL))
    )
    """,
    "CREATE INDEX entries_of_a_trip ON entries (trip, sequence)",
    "CREATE UNIQUE INDEX one_intent_and_outcome_of_a_key ON entries (key, event) WHERE key IS NOT NULL",
    "CREATE UNIQUE INDEX one_start_and_end_of_a_trip ON entries (trip, event) WHERE key IS NULL",
    """
    CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries of the ledger are never changed'); END
    """,
    """
    CREATE TRIGGER entries_are_never_removed BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries of the ledger are never removed'); END
    """,
    """
    CREATE TABLE texts (
        key TEXT PRIMARY KEY,
        text TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE turns (
        conversation TEXT NOT NULL,
        number INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('claimed', 'decided', 'done', 'problem')),
        message TEXT NOT NULL,
        calls TEXT NOT NULL DEFAULT '[]',
        draft TEXT,
        reply TEXT,
        model TEXT,
        problem TEXT,
        created TEXT NOT NULL,
        key TEXT UNIQUE,
        body_hash TEXT NOT NULL,
        start_lease TEXT,
        started INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (conversation, number)
    )
    """,
)
