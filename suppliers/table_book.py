"""A supplier's book as one table in Azure Table Storage.

A writer that lost a race for a component reads again and acts again. A writer without an answer of the service reads
whether its rows were written.
"""

import uuid
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from itertools import takewhile
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter

from domain.trip.outcomes import Refusal
from storage.recent import Recent
from storage.table_account import Account
from storage.table_errors import ConflictError
from suppliers.book import BookSnapshot, Item, Record, component_of, with_order
from suppliers.table_faults import repeated
from suppliers.table_rows import BookTable, Partition, Row, row_name

_Answer = TypeVar("_Answer")


class TableBookTransaction(Generic[Item]):
    """The `BookTransaction` port over the rows of a partition; `written` has the rows to be stored."""

    def __init__(self, rows: Mapping[str, Row], items: TypeAdapter[Item], take: Callable[[str, str], bool]) -> None:
        self._rows = dict(rows)
        self._items = items
        self._take = take
        self.written: dict[str, Row] = {}

    def count_delivery(self, operation: str, key: str) -> int:
        name = row_name("delivery", f"{operation} {key}")
        count = int(self._rows[name]["count"]) + 1 if name in self._rows else 1
        self._write(name, {"key": key, "operation": operation, "count": count})
        return count

    def record(self, key: str) -> Record[Item] | None:
        row = cast("Mapping[str, Any] | None", self._rows.get(row_name("record", key)))
        if row is None:
            return None
        return Record(
            key=row["key"],
            state=row["state"],
            arguments=row.get("arguments"),
            target=row.get("target"),
            answer=self._items.validate_json(row["answer"]) if "answer" in row else None,
            refusal=Refusal.model_validate_json(row["refusal"]) if "refusal" in row else None,
        )

    def add_record(self, record: Record[Item]) -> None:
        columns = {
            "key": record.key,
            "state": record.state,
            "arguments": record.arguments,
            "target": record.target,
            "answer": self._items.dump_json(record.answer).decode() if record.answer else None,
            "refusal": record.refusal.model_dump_json() if record.refusal else None,
        }
        self._write(
            row_name("record", record.key), {name: value for name, value in columns.items() if value is not None}
        )

    def item(self, key: str) -> Item | None:
        row = self._rows.get(row_name("item", key))
        if row is None:
            return None
        record = self._rows.get(row_name("record", key), {})
        return with_order(self._items.validate_json(str(row["item"])), cast("str | None", record.get("arguments")))

    def add_item(self, item: Item, reference: str) -> bool:
        if not self._take(reference, item.key):
            return False
        self.change_item(item)
        return True

    def change_item(self, item: Item) -> None:
        self._write(row_name("item", item.key), {"key": item.key, "item": self._items.dump_json(item).decode()})

    def pend(self, key: str, until: datetime) -> None:
        self._write(row_name("pending", key), {"key": key, "until": until.isoformat()})

    def pending(self, key: str, now: datetime) -> bool:
        row = self._rows.get(row_name("pending", key))
        return row is not None and now < datetime.fromisoformat(str(row["until"]))

    def _write(self, name: str, row: Row) -> None:
        # Into both, so that a later read in the same change sees it.
        self._rows[name] = self.written[name] = row


class TableBook(Generic[Item]):
    """The `Book` port. It makes its table on first use. Safe between threads and processes."""

    def __init__(self, table: BookTable, item: type[Item]) -> None:
        self._table = table
        self._items = TypeAdapter(item)
        self._recent = Recent[str, Partition]()

    def change(self, key: str, act: Callable[[TableBookTransaction[Item]], _Answer]) -> _Answer:
        component = component_of(key)
        results: dict[str, _Answer] = {}

        def act_once() -> _Answer:
            # The write itself finds out whether rows in memory are as stored, by the ETag of their head.
            partition = self._recent.get(component) or self._table.read(component)
            # An attempt whose answer was lost may have written: then its name is in the head, and its result counts.
            if partition.writer in results:
                return results[partition.writer]
            writer = uuid.uuid4().hex
            transaction = TableBookTransaction(partition.rows, self._items, self._table.take)
            try:
                results[writer] = act(transaction)
            except Exception:
                self._require_current(component, partition)
                raise
            # Dropped first: a write that fails has met another writer, or nobody knows what it did.
            self._recent.drop(component, partition)
            etag = self._table.write(component, partition.etag, writer, transaction.written)
            self._recent.put(component, Partition(etag, writer, {**partition.rows, **transaction.written}))
            return results[writer]

        return repeated(act_once)

    def _require_current(self, component: str, partition: Partition) -> None:
        if self._table.etag(component) != partition.etag:
            self._recent.drop(component, partition)
            raise ConflictError(f"The component {component} has changed.")


class TableSnapshot(Generic[Item]):
    """The `BookSnapshot` port over all items of a book, in the order of their keys."""

    def __init__(self, items: list[Item]) -> None:
        self._items = items

    def starting_with(self, prefix: str) -> Iterator[Item]:
        first = bisect_left(self._items, prefix, key=lambda item: item.key)
        return takewhile(lambda item: item.key.startswith(prefix), iter(self._items[first:]))

    def everything(self) -> Iterator[Item]:
        return iter(self._items)


class TableBookStorage:
    """The `BookStorage` port: a table for each supplier."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def book(self, name: str, item: type[Item]) -> TableBook[Item]:
        return TableBook(BookTable(lambda: self._account.created_table(_table_name(name))), item)

    def snapshot(self, name: str, item: type[Item]) -> AbstractContextManager[BookSnapshot[Item]]:
        return _snapshot(BookTable(lambda: self._account.table_client(_table_name(name))), TypeAdapter(item))


def _table_name(book: str) -> str:
    # Azure allows only letters and digits in the name of a table.
    return f"supplier{book.replace('_', '')}"


@contextmanager
def _snapshot(table: BookTable, items: TypeAdapter[Item]) -> Generator[BookSnapshot[Item]]:
    # The service orders rows by partition, so the order of the keys is made here.
    rows = repeated(table.items)
    read = (with_order(items.validate_json(item), arguments) for item, arguments in rows)
    yield TableSnapshot(sorted(read, key=lambda item: item.key))
