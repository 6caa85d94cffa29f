"""Companies that act at once and answer late, on the installation's own clock.

The real simulators do the work. Those behind `late` have `SIM_LATE_ANSWER=1`: they act, note that the answer is on its
way, and the caller's patience ends before it comes. Until it does, an enquiry by key is `pending`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from domain.components import COMPONENT_KINDS, ComponentKind
from settings import Settings
from suppliers.opening import Suppliers, open_suppliers
from support.orchestrations.memory_host import MovableClock

LATE_BY = timedelta(minutes=5)
STEP = timedelta(milliseconds=100)
"""How long every call takes on its way there, and on its way back."""
Fate = Literal["acted", "on its way", "lost"]
"""What became of a call without an answer: carried out, carried out only when its answer is due, or never."""
_OPERATIONS = ("hold", "authorize", "confirm", "capture", "cancel", "void", "refund", "find", "close")


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
    """When the first late answer arrives; None before there is one."""
    moments: int = 0
    meanwhile: dict[int, Callable[[], None]] = field(default_factory=dict[int, Callable[[], None]])
    """What somebody else does, by the number of the moment at which it happens."""
    _travelling: list[Callable[[], Any]] = field(default_factory=list[Callable[[], Any]])

    @property
    def answered(self) -> bool:
        """Whether every answer has arrived."""
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

    def carry(self, operation: str, key: str, prompt: Callable[[], Any], late: Callable[[], Any]) -> Any:
        """Take one call there and its answer back, or raise `TimeoutError` where no answer comes in time."""
        self.passes()
        try:
            if operation == "close" and self.slow_closings > 0:
                self.slow_closings -= 1
                return late()
            if operation != self.operation or self.answered:
                return prompt()
            self.due = self.due or self.clock() + LATE_BY
            if self.fate == "acted":
                return late()
            if self.fate == "on its way":
                self._travelling.append(prompt)
            raise TimeoutError(f"{operation} {key} has no answer")
        finally:
            self.passes()


def companies(settings: Settings, clock: MovableClock, line: Line) -> Suppliers:
    """The installation's simulators at the end of the line."""
    late_ms = round(LATE_BY.total_seconds() * 1000)
    dials = {"sim_late_answer": 1.0, "sim_late_answer_ms": late_ms}
    prompt = open_suppliers(settings, sleep=_never_sleep, clock=clock)
    late = open_suppliers(settings.model_copy(update=dials), sleep=_out_of_time, clock=clock)
    booking: Mapping[ComponentKind, Any] = {
        kind: _Company(prompt.booking[kind], late.booking[kind], line) for kind in COMPONENT_KINDS
    }
    payments: Any = _Company(prompt.payments, late.payments, line)
    return Suppliers(booking=booking, payments=payments)


@dataclass
class _Company:
    """Either port."""

    prompt: Any
    late: Any
    line: Line

    def __getattr__(self, operation: str) -> Any:
        if operation not in _OPERATIONS:
            return getattr(self.prompt, operation)

        def call(key: str, *arguments: Any) -> Any:
            return self.line.carry(
                operation,
                key,
                lambda: getattr(self.prompt, operation)(key, *arguments),
                lambda: getattr(self.late, operation)(key, *arguments),
            )

        return call


def _never_sleep(_: float) -> None:
    return None


def _out_of_time(_: float) -> None:
    raise TimeoutError("the answer is on its way")
