"""The counter at which every call to a simulated company arrives, with its dials and its clock."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from domain.trip.outcomes import Refusal
from suppliers.book import Book, BookPage, Item
from suppliers.dials import Dials, Fate, RefusalDial
from suppliers.ports import Operation, SupplierFault

Sleep = Callable[[float], object]
Clock = Callable[[], datetime]
_Answer = TypeVar("_Answer")


class Counter(Generic[Item]):
    """Takes deliveries: each is counted, carried out and committed in one transaction, or fails as the dials say."""

    def __init__(self, book: Book[Item], dials: Dials, sleep: Sleep, clock: Clock) -> None:
        self._book = book
        self.dials = dials
        self._sleep = sleep
        self.clock = clock

    def deliver(self, operation: Operation, key: str, act: Callable[[BookPage[Item]], _Answer]) -> _Answer:
        """What `act` answers; `SupplierFault` where a dial lets the call fail or its answer be lost."""
        if self.dials.latency:
            self._sleep(self.dials.latency.total_seconds())

        def arrive(page: BookPage[Item]) -> tuple[Fate, list[_Answer]]:
            fate = self.dials.fate(operation, key, page.count_delivery(operation, key))
            if fate.fails:
                return fate, []
            if fate.answers_late and page.record(key) is None:
                page.pend(key, self.clock() + self.dials.late_by)
            return fate, [act(page)]

        fate, answers = self._book.change(key, arrive)
        if fate.fails:
            raise SupplierFault(f"Simulated ({fate.fails}): {operation} failed before anything was done.")
        if fate.answers_late:
            self._sleep(self.dials.late_by.total_seconds())
        if fate.loses_answer:
            raise SupplierFault(f"Simulated (SIM_LOST_ANSWER): the answer to {operation} was lost.")
        return answers[0]

    def refusal(self, dial: RefusalDial, key: str, code: str, sentence: str) -> Refusal | None:
        """The refusal that this dial makes for this key, if it does."""
        if not self.dials.refuses(dial, key):
            return None
        return Refusal(code=code, message=f"{sentence} This refusal is simulated ({dial}).", dial=dial)
