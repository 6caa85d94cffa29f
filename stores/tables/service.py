"""Azure Table Storage as partitions of small JSON documents that are written together or not at all.

An entity has one document: as text if it is short, otherwise compressed in pieces, because a property takes 64 KiB.
Failures are those of `storage.table_errors`.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, TypeVar

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient, UpdateMode

from storage import table_errors
from storage.table_account import Account
from storage.table_errors import Repeats, translated
from stores.unit_of_work import to_json

Document = dict[str, Any]
_T = TypeVar("_T")
_Operation = tuple[str, dict[str, Any], dict[str, Any]]

MOST_IN_BATCH = 100
# Limits of the service: 4 MiB in a batch, 1 MiB in an entity, 64 KiB in a property (32,768 characters of a text).
_MOST_BYTES = 4 * 1024 * 1024
_SHORT_TEXT = 30_000
_PIECE = 60_000
_MOST_PIECES = 14
_PAGE = 1000
_REPEATS = Repeats(longest_wait=1.0)


@dataclass(frozen=True)
class Stored:
    """A document as it was read. `etag` changes with every write."""

    partition: str
    row: str
    document: Document
    etag: str


@dataclass(frozen=True)
class Write:
    """One part of a batch.

    `replace` needs the `etag` that was read. `delete` compares an `etag` if it has one. `put` inserts or overwrites.
    """

    how: Literal["insert", "replace", "put", "delete"]
    row: str
    document: Document = field(default_factory=dict[str, Any])
    etag: str | None = None


class Table:
    """One table. Rows of a partition are ordered by name. Names are ASCII without `/ \\ # ? ~`."""

    def __init__(self, account: Account, name: str) -> None:
        self._account = account
        self._name = name

    def get(self, partition: str, row: str) -> Stored | None:
        """Return the row, None if there is none."""
        with translated():
            try:
                return _stored(self._client.get_entity(partition, row))
            except ResourceNotFoundError:
                return None

    # `~` is the last printable character of ASCII, so no name comes after it.
    def rows(self, partition: str, first: str = "", end: str = "~") -> list[Stored]:
        """Return the partition's rows from `first` up to and without `end`.

        More than 1,000 rows are read in several requests, so they may be of different moments.
        """
        condition = "PartitionKey eq @partition and RowKey ge @first and RowKey lt @end"
        parameters = {"partition": partition, "first": first, "end": end}
        return [_stored(entity) for entity in self._query(condition, parameters)]

    def page(self, partition: str, first: str, limit: int) -> list[Stored]:
        """Return up to so many of the partition's rows, from `first` on."""
        condition = "PartitionKey eq @partition and RowKey ge @first"
        entities = self._query(condition, {"partition": partition, "first": first}, limit)
        return list(map(_stored, islice(entities, limit)))

    def everywhere(self, row: str) -> Iterator[Stored]:
        """Yield the rows of that name in all partitions. Reads the whole table."""
        return map(_stored, self._query("RowKey eq @row", {"row": row}))

    def write(self, partition: str, writes: Sequence[Write]) -> list[Stored]:
        """Write all rows or none, and return those that were not deleted, with their new ETags.

        Raises `ConflictError`, and `ValueError` for more than a batch can take.
        """
        operations = [_operation(partition, write) for write in writes]
        size = sum(_size(operation) for operation in operations)
        if len(operations) > MOST_IN_BATCH or size > _MOST_BYTES:
            raise ValueError(f"{len(operations)} rows of {size} bytes are more than the table takes at once.")
        with translated():
            # One row needs no batch, which takes the SDK and the service several times as long.
            answers = [_alone(self._client, *operations[0])] if len(operations) == 1 else self._batch(operations)
        return [
            Stored(partition, write.row, write.document, str(answer["etag"]))
            for write, answer in zip(writes, answers, strict=True)
            if write.how != "delete"
        ]

    def _batch(self, operations: Sequence[_Operation]) -> Sequence[Mapping[str, Any]]:
        return self._client.submit_transaction(operations)

    @property
    def _client(self) -> TableClient:
        return self._account.created_table(self._name)

    def _query(self, condition: str, parameters: dict[str, str], page: int = _PAGE) -> Iterator[Any]:
        with translated():
            yield from self._client.query_entities(condition, parameters=parameters, results_per_page=page)


def repeated(work: Callable[[], _T]) -> _T:
    """Run the work until no other writer is faster and the service answers; return its result.

    The work must read before it writes, so that it sees the rows of its earlier run. Raises `StorageError`.
    """
    return table_errors.repeated(work, _REPEATS)


def _operation(partition: str, write: Write) -> _Operation:
    entity: dict[str, Any] = {"PartitionKey": partition, "RowKey": write.row}
    unchanged = {"etag": write.etag, "match_condition": MatchConditions.IfNotModified}
    match write.how:
        case "insert":
            return "create", entity | _packed(write.document), {}
        case "replace":
            return "update", entity | _packed(write.document), {"mode": UpdateMode.REPLACE, **unchanged}
        case "put":
            return "upsert", entity | _packed(write.document), {"mode": UpdateMode.REPLACE}
        case "delete":
            return "delete", entity, unchanged if write.etag else {}


def _alone(client: TableClient, kind: str, entity: dict[str, Any], options: dict[str, Any]) -> Mapping[str, Any]:
    match kind:
        case "create":
            return client.create_entity(entity)
        case "update":
            return client.update_entity(entity, **options)
        case "upsert":
            return client.upsert_entity(entity, **options)
        case _:
            client.delete_entity(entity, **options)
            return {}


def _packed(document: Document) -> dict[str, str | bytes]:
    text = to_json(document)
    if len(text) <= _SHORT_TEXT:
        return {"json": text}
    small = zlib.compress(text.encode())
    pieces = [small[start : start + _PIECE] for start in range(0, len(small), _PIECE)]
    if len(pieces) > _MOST_PIECES:
        raise ValueError(f"A row of {len(small)} bytes is more than the table takes.")
    return {f"zip{number:02}": piece for number, piece in enumerate(pieces)}


def _stored(entity: Any) -> Stored:
    text = entity.get("json")
    if text is None:
        # Two digits in each name, so that the order of names is that of the pieces.
        names = sorted(name for name in entity if name.startswith("zip"))
        text = zlib.decompress(b"".join(entity[name] for name in names)).decode()
    return Stored(entity["PartitionKey"], entity["RowKey"], json.loads(text), entity.metadata["etag"])


def _size(operation: _Operation) -> int:
    """Return an upper bound of the operation's bytes in a batch."""
    # Bytes are sent as Base64, which is longer by a third; 1,000 bytes cover the frame of one operation.
    return 1000 + sum(len(value) * 4 // 3 for value in operation[1].values())
