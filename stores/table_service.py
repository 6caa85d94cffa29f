"""Azure Table Storage as partitions of small JSON documents that are written together or not at all.

An entity holds one document: as text if it is short, compressed in pieces otherwise, since a property takes 64 KiB.
Failures come out as three: somebody else was faster (`ConflictError`), the service may or may not have done it
(`UncertainError`), and everything that no repeat mends (`StorageError`).
"""

import json
import logging
import random
import threading
import time
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.data.tables import TableClient, TableServiceClient, UpdateMode

from stores.draft import to_json
from stores.errors import StorageError

Document = dict[str, Any]
_T = TypeVar("_T")
_Operation = tuple[str, dict[str, Any], dict[str, Any]]

MOST_IN_BATCH = 100
_MOST_BYTES = 4 * 1024 * 1024
_SHORT_TEXT = 30_000
_PIECE = 60_000
_MOST_PIECES = 14
_PAGE = 1000
_PATIENCE_SECONDS = 20.0
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 1.0

logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)


class ConflictError(Exception):
    """What was read has changed since, or what was to be new is there. Nothing was written."""


class UncertainError(StorageError):
    """The service gave no usable answer: it may have done what was asked. Read before repeating."""


@dataclass(frozen=True)
class Stored:
    """A document as it stands; `etag` changes with every write."""

    partition: str
    row: str
    document: Document
    etag: str


@dataclass(frozen=True)
class Write:
    """One part of a batch. `replace` and `delete` need the `etag` that was read; `put` overwrites whatever stands."""

    how: Literal["insert", "replace", "put", "delete"]
    row: str
    document: Document = field(default_factory=dict[str, Any])
    etag: str | None = None


class Tables:
    """The tables of one installation; each is made, if need be, before its first use in a process."""

    def __init__(self, connect: Callable[[], TableServiceClient], prefix: str) -> None:
        self._connect = connect
        self._prefix = prefix
        self._lock = threading.Lock()
        self._service: TableServiceClient | None = None
        self._clients: dict[str, TableClient] = {}

    def client(self, name: str) -> TableClient:
        with self._lock:
            if name not in self._clients:
                self._service = self._service or self._connect()
                self._clients[name] = self._service.create_table_if_not_exists(f"{self._prefix}{name}")
            return self._clients[name]


class Table:
    """One table. Rows of a partition are ordered by name; names are ASCII without `/ \\ # ? ~`."""

    def __init__(self, tables: Tables, name: str) -> None:
        self._tables = tables
        self._name = name

    def get(self, partition: str, row: str) -> Stored | None:
        with _translated():
            try:
                return _stored(self._client.get_entity(partition, row))
            except ResourceNotFoundError:
                return None

    def rows(self, partition: str, first: str = "", end: str = "~") -> list[Stored]:
        """The partition's rows from `first` up to and without `end`.

        More than 1,000 are read in several requests, so that they need not be of one moment.
        """
        wanted = "PartitionKey eq @partition and RowKey ge @first and RowKey lt @end"
        parameters = {"partition": partition, "first": first, "end": end}
        return [_stored(entity) for entity in self._query(wanted, parameters)]

    def everywhere(self, row: str) -> Iterator[Stored]:
        """The rows of that name in all partitions; looks at the whole table."""
        return map(_stored, self._query("RowKey eq @row", {"row": row}))

    def write(self, partition: str, writes: Sequence[Write]) -> None:
        """All of it or nothing. Raises `ConflictError`, and `ValueError` for more than a batch can take."""
        operations = [_operation(partition, write) for write in writes]
        size = sum(_size(operation) for operation in operations)
        if len(operations) > MOST_IN_BATCH or size > _MOST_BYTES:
            raise ValueError(f"{len(operations)} rows of {size} bytes are more than the table takes at once.")
        with _translated():
            self._client.submit_transaction(operations)

    @property
    def _client(self) -> TableClient:
        return self._tables.client(self._name)

    def _query(self, wanted: str, parameters: dict[str, str]) -> Iterator[Any]:
        with _translated():
            yield from self._client.query_entities(wanted, parameters=parameters, results_per_page=_PAGE)


def repeated(work: Callable[[], _T]) -> _T:
    """Run the work until nobody else is faster and the service answers, for a bounded time.

    The work reads what stands before it writes, so that it finds what an earlier run of it wrote.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    longest = _FIRST_WAIT
    while True:
        try:
            return work()
        except (ConflictError, UncertainError) as error:
            if time.monotonic() > deadline:
                raise StorageError(f"The tables were busy or out of reach for {_PATIENCE_SECONDS:.0f} s.") from error
        time.sleep(random.uniform(0, longest))
        longest = min(2 * longest, _LONGEST_WAIT)


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except (ServiceRequestError, ServiceResponseError) as error:
        raise UncertainError(f"The tables can't be reached. ({type(error).__name__})") from error
    except HttpResponseError as error:
        raise _meaning(error) from error
    except AzureError as error:
        raise StorageError(f"The tables can't be used. ({type(error).__name__})") from error


def _meaning(error: HttpResponseError) -> Exception:
    status = error.status_code or 0
    code = getattr(error, "error_code", None)
    told = f"({status} {getattr(code, 'value', code)})"
    if status in (404, 409, 412) and "Table" not in told:
        return ConflictError(f"The rows have changed. {told}")
    if status in (408, 409, 429) or status >= 500:
        return UncertainError(f"The tables are busy. {told}")
    return StorageError(f"The tables refused. {told}")


def _operation(partition: str, write: Write) -> _Operation:
    entity: dict[str, Any] = {"PartitionKey": partition, "RowKey": write.row}
    same = {"etag": write.etag, "match_condition": MatchConditions.IfNotModified}
    match write.how:
        case "insert":
            return "create", entity | _packed(write.document), {}
        case "replace":
            return "update", entity | _packed(write.document), {"mode": UpdateMode.REPLACE, **same}
        case "put":
            return "upsert", entity | _packed(write.document), {"mode": UpdateMode.REPLACE}
        case "delete":
            return "delete", entity, same if write.etag else {}


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
        names = sorted(name for name in entity if name.startswith("zip"))
        text = zlib.decompress(b"".join(entity[name] for name in names)).decode()
    return Stored(entity["PartitionKey"], entity["RowKey"], json.loads(text), entity.metadata["etag"])


def _size(operation: _Operation) -> int:
    """More than the operation's share of a batch's bytes; what is binary is sent as text."""
    return 1000 + sum(len(value) * 4 // 3 for value in operation[1].values())
