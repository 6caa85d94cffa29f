"""A company's own book: what each key was answered, and what stands. A port, for each place where books are kept."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Generic, Literal, Protocol, TypeVar

from domain.trip.outcomes import Refusal
from suppliers.ports import Booking, Payment, Request

Item = TypeVar("Item", Booking, Payment)
_Shown = TypeVar("_Shown", Booking, Payment, covariant=True)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Record(Generic[Item]):
    """The first answer to one key.

    `arguments` is the text of the request (`text_of`), `target` the key of the item that the request is about (its own,
    for a hold and an authorization); a closed key has neither. A `done` one without an answer found nothing to undo.
    """

    key: str
    state: Literal["done", "refused", "closed"]
    arguments: str | None = None
    target: str | None = None
    answer: Item | None = None
    refusal: Refusal | None = None


class BookPage(Protocol[Item]):
    """What a book has on one component, open for one change. `items` are its bookings or its payments."""

    def count_delivery(self, operation: str, key: str) -> int:
        """The number of this delivery of the key, from 1."""
        ...

    def record(self, key: str) -> Record[Item] | None: ...

    def add_record(self, record: Record[Item]) -> None: ...

    def item(self, key: str) -> Item | None: ...

    def add_item(self, item: Item, reference: str) -> bool:
        """Write a new item; False, and nothing written, where its reference is taken."""
        ...

    def change_item(self, item: Item) -> None: ...

    def pend(self, key: str, until: datetime) -> None:
        """Note that the answer to this key is on its way until then."""
        ...

    def pending(self, key: str, now: datetime) -> bool: ...


class Book(Protocol[Item]):
    """Opens and makes its place on first use. A failing book is a `SupplierFault`, as an outage of the company is."""

    def change(self, key: str, act: Callable[[BookPage[Item]], _Answer]) -> _Answer:
        """What `act` returns, as the only change under way for the key's component; dropped if it raises.

        `act` may be run again before anything is kept, so it changes nothing but the page.
        """
        ...


class BookSnapshot(Protocol[_Shown]):
    """The items of a book as they were once. Not for the app, which knows a company only through its port."""

    def starting_with(self, prefix: str) -> Iterator[_Shown]:
        """The items whose keys start so, in the order of their keys."""
        ...

    def everything(self) -> Iterator[_Shown]: ...


class Shelf(Protocol):
    """Where the companies keep their books, each under a name of its own."""

    def book(self, name: str, item: type[Item]) -> Book[Item]: ...

    def snapshot(self, name: str, item: type[Item]) -> AbstractContextManager[BookSnapshot[Item]]:
        """The book as it is now, read-only; an empty one where there is none yet."""
        ...


def text_of(request: Request) -> str:
    """Return one text for equal requests, as books have kept it from the beginning."""
    return json.dumps([request.operation, request.target, *request.arguments])


def request_of(text: str) -> Request:
    operation, target, *arguments = json.loads(text)
    return Request(operation, target, tuple(arguments))


def with_order(item: Item, text: str | None) -> Item:
    """Return the item with what was ordered, which the items of older books lack, from the text of its request."""
    if text is None:
        return item
    if isinstance(item, Booking) and item.destination is None:
        destination, day, units = request_of(text).arguments
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
    """Whatever belongs together has keys with the same part before the first slash."""
    return key.partition("/")[0]
