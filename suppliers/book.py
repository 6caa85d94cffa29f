"""A supplier's book: the answer to each key, and the bookings or payments. A port, implemented for files and tables."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Generic, Literal, Protocol, TypeVar

from domain.trip.outcomes import Refusal
from suppliers.ports import Booking, Payment, Request

Item = TypeVar("Item", Booking, Payment)
_ReadItem = TypeVar("_ReadItem", Booking, Payment, covariant=True)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Record(Generic[Item]):
    """The first answer to one key.

    `arguments` is the text of the request (`text_of`). `target` is the key of the item that the request is about: its
    own key for a hold and an authorization. A closed key has neither. A `done` record without an answer found nothing
    to undo.
    """

    key: str
    state: Literal["done", "refused", "closed"]
    arguments: str | None = None
    target: str | None = None
    answer: Item | None = None
    refusal: Refusal | None = None


class BookTransaction(Protocol[Item]):
    """One change of a book: reads and writes the rows of one component. Its items are bookings or payments."""

    def count_delivery(self, operation: str, key: str) -> int:
        """Count a delivery of the key for this operation, and return its number, from 1."""
        ...

    def record(self, key: str) -> Record[Item] | None:
        """Return the first answer to the key, None for a key that never arrived."""
        ...

    def add_record(self, record: Record[Item]) -> None:
        """Write the first answer to a key that has none."""
        ...

    def item(self, key: str) -> Item | None:
        """Return the booking or payment that was made under the key."""
        ...

    def add_item(self, item: Item, reference: str) -> bool:
        """Write a new item and return True; return False and write nothing if the reference is taken."""
        ...

    def change_item(self, item: Item) -> None:
        """Replace the item of the same key."""
        ...

    def pend(self, key: str, until: datetime) -> None:
        """Note that the answer to this key is under way until then."""
        ...

    def pending(self, key: str, now: datetime) -> bool:
        """Return whether the answer to this key is still under way."""
        ...


class Book(Protocol[Item]):
    """The book of one supplier. It makes its file or table on first use.

    A failing book raises `SupplierFault`, as an outage of the supplier does.
    """

    def change(self, key: str, act: Callable[[BookTransaction[Item]], _Answer]) -> _Answer:
        """Run `act` as the only change under way for the key's component, and return its result.

        Nothing is kept if `act` raises. `act` may run several times before its writes are kept, so it may change
        nothing but the transaction.
        """
        ...


class BookSnapshot(Protocol[_ReadItem]):
    """The items of a book at one moment. Only for the audit: the app knows a supplier only through its port."""

    def starting_with(self, prefix: str) -> Iterator[_ReadItem]:
        """Yield the items whose keys start with the prefix, in the order of their keys."""
        ...

    def everything(self) -> Iterator[_ReadItem]:
        """Yield all items in the order of their keys."""
        ...


class BookStorage(Protocol):
    """The place of all suppliers' books, each under its own name."""

    def book(self, name: str, item: type[Item]) -> Book[Item]:
        """Return the book of that name; nothing is opened before its first use."""
        ...

    def snapshot(self, name: str, item: type[Item]) -> AbstractContextManager[BookSnapshot[Item]]:
        """Open the book as it is now, read-only; a book that was never written is empty."""
        ...


def text_of(request: Request) -> str:
    """Return one text for equal requests. Books contain these texts, so the format is fixed."""
    return json.dumps([request.operation, request.target, *request.arguments])


def request_of(text: str) -> Request:
    """Return the request that `text_of` wrote."""
    operation, target, *arguments = json.loads(text)
    return Request(operation, target, tuple(arguments))


def with_order(item: Item, text: str | None) -> Item:
    """Return the item with what was ordered, read from the text of its request if the item lacks it."""
    # Books of older versions kept the order only in the request of the hold or authorization.
    if text is None:
        return item
    if isinstance(item, Booking) and item.destination is None:
        destination, day, units, *_ = request_of(text).arguments
        return replace(
            item,
            destination=str(destination),
            date=date.fromisoformat(str(day)),
            units=None if units is None else int(units),
        )
    if isinstance(item, Payment) and item.reference is None:
        return replace(item, reference=str(request_of(text).arguments[-1]))
    return item


def component_of(key: str) -> str:
    """Return the part before the first slash, which all keys of one component share."""
    return key.partition("/")[0]
