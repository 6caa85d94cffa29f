"""The steps from each version of the hub's tables to the next. Only ever added to: there are hubs of each version."""

import sqlite3
from collections.abc import Callable, Sequence

from devhost.hub.outcomes import outcome_of

Migration = Callable[[sqlite3.Connection], None]


def _make_searchable(connection: sqlite3.Connection) -> None:
    """Give each instance its outcome, and an index that counts instances and lists the newest of each kind."""
    connection.create_function("outcome_of", 3, outcome_of, deterministic=True)
    connection.execute("ALTER TABLE instances ADD COLUMN outcome TEXT NOT NULL DEFAULT ''")
    connection.execute("UPDATE instances SET outcome=outcome_of(status, output, custom_status)")
    connection.execute("ALTER TABLE instances ADD COLUMN is_child INTEGER AS (parent_id IS NOT NULL) VIRTUAL")
    connection.execute(
        "CREATE INDEX instances_by_kind ON instances (name, is_child, status, outcome, created_at, instance_id)"
    )


MIGRATIONS: Sequence[Migration] = (_make_searchable,)
"""The first one leads from `hub_schema.FIRST_VERSION`."""
