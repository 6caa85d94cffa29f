"""The rows of a company's book in its table.

What the book has on a component is a partition: `book`, which tells who wrote last, and with it `delivery-…`,
`item-…`, `pending-…` and `record-…`, named by hashes of their keys. Every change replaces `book` under the ETag that
was read, so that a component changes by one writer at a time. A reference is taken by a row of its own, for good, and
belongs to the key that took it.
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
"""The head sorts before all other rows: it is read no later than they are."""


@dataclass(frozen=True)
class Partition:
    """What was read of a component. `etag` and `writer` are None where nothing was ever written."""

    etag: str | None
    writer: str | None
    rows: Mapping[str, Row]


class BookTable:
    """The rows of one book; each call is one request. Failures are those of `storage.table_errors`."""

    def __init__(self, open_table: Callable[[], TableClient]) -> None:
        self._open = open_table

    def read(self, component: str) -> Partition:
        with translated():
            found = self._open().query_entities("PartitionKey eq @component", parameters={"component": component})
            rows = {entity["RowKey"]: entity for entity in found}
        head = rows.get(_HEAD)
        if head is None:
            return Partition(None, None, rows)
        return Partition(head.metadata["etag"], head["writer"], rows)

    def write(self, component: str, etag: str | None, writer: str, rows: Mapping[str, Row]) -> None:
        """All rows or none. Raises `ConflictError` where the component has changed since it was read with this ETag."""
        head = {"PartitionKey": component, "RowKey": _HEAD, "writer": writer}
        replacing = {"mode": UpdateMode.REPLACE}
        same = {**replacing, "etag": etag, "match_condition": MatchConditions.IfNotModified}
        guard = ("update", head, same) if etag else ("create", head, {})
        others = [("upsert", {"PartitionKey": component, "RowKey": row, **rows[row]}, replacing) for row in rows]
        with translated():
            self._open().submit_transaction([guard, *others])

    def take(self, reference: str, key: str) -> bool:
        """Whether the reference belongs to the key, now or since an earlier run."""
        owned = {"PartitionKey": reference, "RowKey": _REFERENCE, "key": key}
        with suppress(ConflictError, UncertainError), translated():
            self._open().submit_transaction([("create", owned, {})])
            return True
        with translated():
            return self._open().get_entity(reference, _REFERENCE)["key"] == key

    def items(self) -> list[tuple[str, str | None]]:
        """Return all items as they were written, each with the text of the request that made it.

        Reads the whole table, which may not be there.
        """
        wanted = "(RowKey ge 'item-' and RowKey lt 'item.') or (RowKey ge 'record-' and RowKey lt 'record.')"
        with translated():
            try:
                rows = list(self._open().query_entities(wanted, select=["key", "item", "arguments"]))
            except ResourceNotFoundError:
                return []
        requests = {row["key"]: row.get("arguments") for row in rows if "item" not in row}
        return [(row["item"], requests.get(row["key"])) for row in rows if "item" in row]


def row_name(what: Literal["delivery", "item", "pending", "record"], key: str) -> str:
    return f"{what}-{hashlib.sha256(key.encode()).hexdigest()}"
