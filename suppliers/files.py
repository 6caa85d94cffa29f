"""The files of the suppliers' books: their tables, and their failures as faults.

Never edit the statements below: files in use were made with them. A change of the tables is a further migration.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import StorageError
from storage.versions import Schema
from suppliers.ports import SupplierFault

_VERSION_2 = (
    """
    CREATE TABLE records (
        key TEXT PRIMARY KEY,
        state TEXT NOT NULL CHECK (state IN ('done', 'refused', 'closed')),
        arguments TEXT,
        target TEXT,
        answer TEXT,
        refusal TEXT,
        CHECK ((state = 'closed') = (arguments IS NULL)),
        CHECK ((state = 'closed') = (target IS NULL)),
        CHECK ((state = 'refused') = (refusal IS NOT NULL)),
        CHECK (answer IS NULL OR state = 'done')
    )
    """,
    """
    CREATE TABLE items (
        key TEXT PRIMARY KEY,
        reference TEXT NOT NULL UNIQUE,
        item TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE deliveries (
        key TEXT NOT NULL,
        operation TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (key, operation)
    )
    """,
    """
    CREATE TABLE pending (
        key TEXT PRIMARY KEY,
        until TEXT NOT NULL
    )
    """,
)

SCHEMA = Schema(first_version=2, first=_VERSION_2, migrations=())


@contextmanager
def as_faults(path: Path) -> Generator[None]:
    """Raise `SupplierFault` for a file that cannot be used, as for an outage of the supplier."""
    try:
        yield
    # Whatever the cause, the caller can only try again, as with a supplier that is out of reach.
    except (sqlite3.Error, OSError, StorageError) as error:
        raise SupplierFault(f"The simulator's book {path.name} can't be used: {error}") from error
