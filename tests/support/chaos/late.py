"""Companies that act at once and answer late, on the installation's own clock.

The real simulators do the work. Those behind `late` have `SIM_LATE_ANSWER=1`: they act, note that the answer is on its
way, and the caller's patience ends before it comes. Until it does, an enquiry by key is `pending`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from settings import Settings
from suppliers.opening import Suppliers, open_suppliers
from support.orchestrations.faults import Call, Through, each_port
from support.orchestrations.memory_host import MovableClock

LATE_BY = timedelta(minutes=5)
STEP = timedelta(milliseconds=100)
"""The time that every call takes on its way there, and on its way back."""
Fate = Literal["acted", "on its way", "lost"]
"""A call without an answer was carried out, is carried out only when its answer is due, or never is."""


@dataclass
class Line:
    """The line between the app and the companies: which calls get no answer, and what happens at which moment.

    `slow_closings` is how many answers to the closing of a key come late too.
    """

    clock: MovableClock
    operation: str
    fate: Fate
    slow_closings: int = 0
    due: datetime | None = None
    """The arrival of the first late answer; None before there is one."""
    moments: int = 0
    meanwhile: dict[int, Callable[[], None]] = field(default_factory=dict[int, Callable[[], None]])
    """Acts of somebody else, by the number of the moment at which they happen."""
    _travelling: list[Call] = field(default_factory=list[Call])

    @property
    def answered(self) -> bool:
        """Return whether every answer has arrived."""
        return self.due is not None and self.clock() >= self.due

    def passes(self) -> None:
        """Let one moment go by, with what happens in it."""
        self.clock.move(STEP)
        self.moments += 1
        self.arrive()
        if act := self.meanwhile.pop(self.moments, None):
            act()

    def arrive(self) -> None:
        """Carry out the calls whose time has come."""
        if self.answered:
            arrived, self._travelling = self._travelling, []
            for act in arrived:
                act()

    def watch(self, ledger: Any) -> Any:
        """Return the ledger as an operator's process sees it: each call takes a moment there and one back."""
        return Through(ledger, lambda name, arguments, act: self._there_and_back(act))

    def companies(self, settings: Settings) -> Suppliers:
        """Return the installation's simulators at the end of the line."""
        dials = {"sim_late_answer": 1.0, "sim_late_answer_ms": round(LATE_BY.total_seconds() * 1000)}
        prompt = open_suppliers(settings, sleep=lambda _: None, clock=self.clock)
        late = open_suppliers(settings.model_copy(update=dials), sleep=_out_of_time, clock=self.clock)

        def wrap(port: Callable[[Suppliers], Any]) -> Through:
            def around(operation: str, arguments: tuple[Any, ...], act: Call) -> Any:
                late_act = partial(getattr(port(late), operation), *arguments)
                return self._there_and_back(lambda: self._carry(operation, act, late_act))

            return Through(port(prompt), around)

        return each_port(wrap)

    def _there_and_back(self, act: Call) -> Any:
        self.passes()
        try:
            return act()
        finally:
            self.passes()

    def _carry(self, operation: str, prompt: Call, late: Call) -> Any:
        """Carry a call out, or raise `TimeoutError` where no answer comes in time."""
        if operation == "close" and self.slow_closings > 0:
            self.slow_closings -= 1
            return late()
        if operation != self.operation or self.answered:
            return prompt()
        # One time for all answers: after it the line is sound, and the play comes to its end.
        self.due = self.due or self.clock() + LATE_BY
        if self.fate == "acted":
            return late()
        if self.fate == "on its way":
            self._travelling.append(prompt)
        raise TimeoutError(f"{operation} has no answer")


def _out_of_time(_: float) -> None:
    raise TimeoutError("the answer is on its way")
