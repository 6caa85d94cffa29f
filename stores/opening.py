"""Opens the stores that the settings ask for; nothing touches the disk before the first call."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from settings import Settings
from stores.conversations import Conversations
from stores.database import Database, snapshot
from stores.ledger import Ledger, LedgerReader
from stores.schema import SCHEMA, SCHEMA_VERSION
from stores.sqlite_conversations import SqliteConversations
from stores.sqlite_ledger import SqliteLedger, SqliteLedgerReader

_FILE = "ledger.db"


@dataclass(frozen=True)
class Stores:
    """Both ports on one storage, and the name under which `/api/health` shows it."""

    ledger: Ledger
    conversations: Conversations
    name: Literal["sqlite"]


def open_stores(settings: Settings) -> Stores:
    """The ledger and the conversations of this installation, for use by any thread."""
    database = Database(settings.state_dir / _FILE, SCHEMA, SCHEMA_VERSION)
    return Stores(ledger=SqliteLedger(database), conversations=SqliteConversations(database), name="sqlite")


@contextmanager
def ledger_snapshot(state_dir: Path) -> Generator[LedgerReader | None]:
    """The ledger as it is at this moment, opened read-only; None where no trip was ever written."""
    with snapshot(state_dir / _FILE, SCHEMA_VERSION) as source:
        yield SqliteLedgerReader(source) if source else None
