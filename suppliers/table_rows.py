"""The rows of a supplier's book in its table.

The rows of one component are a partition. The row `book` is its head and names the last writer. Beside it are
`delivery-…`, `item-…`, `pending-…` and `record-…`, named by hashes of their keys. Every change replaces `book` under
the ETag that was read, so a component has one writer at a time. A reference is a partition with one row. It belongs
for good to the key that took it.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient, UpdateMode

from storage.table_errors import ConflictError, UncertainError, translated

Row = Mapping[str, str | int]

_HEAD, _REFERENCE = "book", "reference"
"""The head sorts before all other rows, so it is read first. Rows that change after it make its ETag stale."""


@dataclass(frozen=True)
class Partition:
    """The rows of a component as they were read. `etag` and `writer` are None if nothing was ever written."""

    etag: str | None
    writer: str | None
    rows: Mapping[str, Row]


class BookTable:
    """The rows of one book. Failures are those of `storage.table_errors`."""

    def __init__(self, open_table: Callable[[], TableClient]) -> None:
        self._open = open_table

    def etag(self, component: str) -> str | None:
        """Return the ETag of the component, None if nothing was ever written."""
        with translated():
            try:
                return self._open().get_entity(component, _HEAD).metadata["etag"]
            except ResourceNotFoundError:
                return None

    def read(self, component: str) -> Partition:
        """Return the rows of the component."""
        # Every write writes the head, so a component without one has no rows. Most are read once while they are new.
        if self.etag(component) is None:
            return Partition(None, None, {})
        with translated():
            entities = self._open().query_entities("PartitionKey eq @component", parameters={"component": component})
            rows = {entity["RowKey"]: entity for entity in entities}
        head = rows[_HEAD]
        return Partition(head.metadata["etag"], head["writer"], rows)

    def write(self, component: str, etag: str | None, writer: str, rows: Mapping[str, Row]) -> str:
        """Write all rows or none, and return the new ETag.

        Raises `ConflictError` if the component has changed since the ETag was read.
        """
        head = {"PartitionKey": component, "RowKey": _HEAD, "writer": writer}
        replacing = {"mode": UpdateMode.REPLACE}
        unchanged = {**replacing, "etag": etag, "match_condition": MatchConditions.IfNotModified}
        # The first write of a component must not find a head, and each later one only the head that was read.
        head_write = ("update", head, unchanged) if etag else ("create", head, {})
        others = [("upsert", {"PartitionKey": component, "RowKey": row, **rows[row]}, replacing) for row in rows]
        with translated():
            return str(self._open().submit_transaction([head_write, *others])[0]["etag"])

    def take(self, reference: str, key: str) -> bool:
        """Take the reference for the key; return False if it belongs to another key."""
        owned = {"PartitionKey": reference, "RowKey": _REFERENCE, "key": key}
        with suppress(ConflictError, UncertainError), translated():
            self._open().create_entity(owned)
            return True
        # It is taken, or the answer was lost. The row says by whom, which may be an earlier run for the same key.
        with translated():
            return self._open().get_entity(reference, _REFERENCE)["key"] == key

    def items(self) -> list[tuple[str, str | None]]:
        """Return all items as they were written, each with the text of the request that made it.

        Reads the whole table; a missing table has no items.
        """
        condition = "(RowKey ge 'item-' and RowKey lt 'item.') or (RowKey ge 'record-' and RowKey lt 'record.')"
        with translated():
            try:
                rows = list(self._open().query_entities(condition, select=["key", "item", "arguments"]))
            except ResourceNotFoundError:
                return []
        requests = {row["key"]: row.get("arguments") for row in rows if "item" not in row}
        return [(row["item"], requests.get(row["key"])) for row in rows if "item" in row]


def row_name(what: Literal["delivery", "item", "pending", "record"], key: str) -> str:
    """Return the name of a row; keys are hashed because names of rows must not contain slashes."""
    return f"{what}-{hashlib.sha256(key.encode()).hexdigest()}"
