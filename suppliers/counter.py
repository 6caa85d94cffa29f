"""The counter at which every call to a simulated company arrives, with its dials."""

from collections.abc import Callable
from typing import Literal, TypeVar

from domain.outcomes import Refusal
from suppliers.book import Book, Page, Record
from suppliers.dials import Dials, RefusalDial
from suppliers.ports import KeyConflictError, SupplierFault

Operation = Literal["book", "cancel", "charge", "refund"]
Sleep = Callable[[float], object]
_Answer = TypeVar("_Answer")


class Counter:
    """Takes deliveries: each is counted, carried out and committed in one transaction, or fails as the dials say."""

    def __init__(self, book: Book, dials: Dials, sleep: Sleep) -> None:
        self._book = book
        self._dials = dials
        self._sleep = sleep

    def deliver(self, operation: Operation, key: str, act: Callable[[Page], _Answer]) -> _Answer:
        """What `act` answers; `SupplierFault` where a dial lets the call fail or its answer be lost."""
        self._take_time()
        answer: list[_Answer] = []
        with self._book.writing() as page:
            delivery = page.count_delivery(operation, key)
            if not self._dials.fails(operation, key, delivery):
                answer.append(act(page))
        if not answer:
            raise SupplierFault(f"Simulated (SIM_FAULT): {operation} failed before anything was done.")
        if self._dials.loses_answer(operation, key, delivery):
            raise SupplierFault(f"Simulated (SIM_LOST_ANSWER): the answer to {operation} was lost.")
        return answer[0]

    def look_up(self, key: str) -> Record | None:
        """What the book has under this key."""
        self._take_time()
        return self._book.find(key)

    def refusal(self, dial: RefusalDial, key: str, code: str, sentence: str) -> Refusal | None:
        """The refusal that this dial makes for this key, if it does."""
        if not self._dials.refuses(dial, key):
            return None
        return Refusal(code=code, message=f"{sentence} This refusal is simulated ({dial}).", dial=dial)

    def _take_time(self) -> None:
        if self._dials.latency_ms:
            self._sleep(self._dials.latency_ms / 1000)


def require_same_arguments(record: Record, arguments: str) -> None:
    """Raise `KeyConflictError` if the key was used for another request; a tombstone has none."""
    if record.arguments not in (None, arguments):
        raise KeyConflictError(f"The key {record.key} was used with other arguments; nothing was done.")


def undo(page: Page, key: str) -> Record | None:
    """Undo what was done under the key and return its record; None where nothing stands to be undone.

    A key that never arrived becomes a tombstone; one that was refused keeps its refusal.
    """
    found = page.find(key)
    if found is None:
        page.add(Record(key=key, state="tombstone"))
    if found is None or found.state in ("refused", "tombstone"):
        return None
    page.undo(key)
    return page.find(key)
