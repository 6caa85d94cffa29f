"""The entry of every call to a simulated supplier: counting, latency and injected faults."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from domain.trip.outcomes import Refusal
from suppliers.book import Book, BookTransaction, Item
from suppliers.ports import Operation, SupplierFault
from suppliers.simulator_settings import InjectedFault, RefusalSetting, SimulatorSettings

Sleep = Callable[[float], object]
Clock = Callable[[], datetime]
_Answer = TypeVar("_Answer")


class Deliveries(Generic[Item]):
    """Counts each delivery, carries it out and commits it in one transaction, or fails as the settings say."""

    def __init__(self, book: Book[Item], settings: SimulatorSettings, sleep: Sleep, clock: Clock) -> None:
        self._book = book
        self.settings = settings
        self._sleep = sleep
        self.clock = clock

    def deliver(self, operation: Operation, key: str, act: Callable[[BookTransaction[Item]], _Answer]) -> _Answer:
        """Carry out `act` and return its result.

        Raises `SupplierFault` if a setting lets the call fail or loses its answer.
        """
        # Before the book is opened: a transaction that waits would keep the others waiting.
        if self.settings.latency:
            self._sleep(self.settings.latency.total_seconds())

        def arrive(transaction: BookTransaction[Item]) -> tuple[InjectedFault, list[_Answer]]:
            count = transaction.count_delivery(operation, key)
            fault = self.settings.injected_fault(operation, key, count)
            # A failing delivery is counted too: the next delivery has another number and may pass.
            if fault.failing_setting:
                return fault, []
            if fault.answer_late and transaction.record(key) is None:
                transaction.pend(key, self.clock() + self.settings.late_by)
            return fault, [act(transaction)]

        fault, answers = self._book.change(key, arrive)
        if fault.failing_setting:
            raise SupplierFault(f"Simulated ({fault.failing_setting}): {operation} failed before anything was done.")
        # The effect is committed by now. Only its answer comes late or never.
        if fault.answer_late:
            self._sleep(self.settings.late_by.total_seconds())
        # After the wait, so that one answer may be both late and lost.
        if fault.answer_lost:
            raise SupplierFault(f"Simulated (SIM_LOST_ANSWER): the answer to {operation} was lost.")
        return answers[0]

    def enquire(self, operation: Operation, key: str, answer: _Answer) -> _Answer:
        """Return the answer to an enquiry that needs nothing of the book. Raises `SupplierFault` as `deliver` does."""
        if self.settings.may_fail:
            return self.deliver(operation, key, lambda transaction: answer)
        # Without a setting that counts deliveries there is nothing to write.
        if self.settings.latency:
            self._sleep(self.settings.latency.total_seconds())
        return answer

    def refusal(self, setting: RefusalSetting, key: str, code: str, sentence: str) -> Refusal | None:
        """Return the refusal that this setting causes for this key, None if it causes none."""
        if not self.settings.refuses(setting, key):
            return None
        return Refusal(code=code, message=f"{sentence} This refusal is simulated ({setting}).", dial=setting)
