"""Opens the stores that the settings name. Nothing touches disk or network before the first call."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from settings import Settings
from stores.clock import Clock, utc_now
from stores.conversations import Conversations, TurnReader
from stores.ledger import Ledger, LedgerReader
from stores.limits import Limits
from stores.quotes import Quotes
from stores.sessions import Sessions
from stores.sqlite.conversations import SqliteConversations, SqliteTurnReader
from stores.sqlite.database import Database, snapshot
from stores.sqlite.ledger import SqliteLedger, SqliteLedgerReader
from stores.sqlite.limits import SqliteLimits
from stores.sqlite.quotes import SqliteQuotes
from stores.sqlite.schema import SCHEMA
from stores.sqlite.sessions import SqliteSessions

_FILE = "ledger.db"


@dataclass(frozen=True)
class Stores:
    """The ports on one storage, and the name under which `/api/health` shows it."""

    ledger: Ledger
    conversations: Conversations
    sessions: Sessions
    limits: Limits
    quotes: Quotes
    name: Literal["sqlite", "tables"]


def open_stores(settings: Settings, clock: Clock = utc_now) -> Stores:
    """Return the ledger and the conversations of this installation, for use by any thread."""
    if settings.store == "tables":
        return _on_tables(settings, clock)
    database = Database(settings.state_dir / _FILE, SCHEMA)
    return Stores(
        SqliteLedger(database, clock),
        SqliteConversations(database),
        SqliteSessions(database),
        SqliteLimits(database),
        SqliteQuotes(database),
        name="sqlite",
    )


@contextmanager
def store_snapshot(state_dir: Path) -> Generator[tuple[LedgerReader, TurnReader] | None]:
    """Open ledger and turns of SQLite as they are now, read-only. Yield None if nothing was ever written."""
    with snapshot(state_dir / _FILE, SCHEMA) as source:
        yield (SqliteLedgerReader(source), SqliteTurnReader(source)) if source else None


def _on_tables(settings: Settings, clock: Clock) -> Stores:
    # Azure's SDK takes half a second to load, which an installation without tables need not spend.
    from storage.table_account import Account
    from stores.tables.conversations import TableConversations
    from stores.tables.ledger import TableLedger
    from stores.tables.limits import TableLimits
    from stores.tables.quotes import TableQuotes
    from stores.tables.sessions import TableSessions

    account = Account(settings)
    return Stores(
        TableLedger(account, clock),
        TableConversations(account),
        TableSessions(account),
        TableLimits(account),
        TableQuotes(account),
        name="tables",
    )
