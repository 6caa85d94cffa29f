"""Companies that fail, refuse, lose their answers or answer too late, as a schedule says for each operation."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.components import COMPONENT_KINDS, COMPONENTS, ComponentKind
from domain.ids import split_component_id
from domain.trip.outcomes import Refusal
from stores.errors import StorageError
from suppliers.opening import Suppliers
from suppliers.ports import SupplierFault

FaultKind = Literal["works", "fault", "timeout", "lost answer", "late"]
EffectPoint = str
"""`<component>/<operation>`, e.g. `hotel/confirm`."""

FORWARD = ("hold", "authorize", "confirm", "capture")
UNDOING = ("cancel", "void", "refund")
POINTS: tuple[EffectPoint, ...] = tuple(
    f"{component.suffix}/{operation}" for component in COMPONENTS.values() for operation in (*FORWARD, *UNDOING)
)
REFUSALS = {
    "sold_out": "rejection",
    "declined": "decline",
    "price_changed": "price change",
    "capture_refused": "refused capture",
    "hold_gone": "expired hold",
    "authorization_gone": "expired hold",
}
"""What a company's refusal is called, by its code."""
REFUSABLE: tuple[EffectPoint, ...] = tuple(point for point in POINTS if point.split("/")[1] in FORWARD)


@dataclass
class Schedule:
    """What each delivery at a point meets, in order; afterwards everything works, or `stuck` points fail for ever.

    `refusing` points say no; one with a number behind it (`hotel/hold/2`) to that revision alone. `timeout`: the
    time-out runs out and the call never arrives. `late`: it runs out too, and the call is carried out `lateness`
    deliveries later.
    """

    fates: Mapping[EffectPoint, Sequence[FaultKind]] = field(default_factory=dict[EffectPoint, Sequence[FaultKind]])
    stuck: frozenset[EffectPoint] = frozenset()
    refusing: frozenset[EffectPoint] = frozenset()
    lateness: int = 3
    alone: str = ""
    """The component of a trip that is no travel trip, whose keys don't name it."""

    def __post_init__(self) -> None:
        self.delivered: list[str] = []
        self.met: Counter[str] = Counter()
        """How often each kind of mishap befell a call."""
        self._left = {point: list(fates) for point, fates in self.fates.items()}
        self._late: list[tuple[int, Callable[[], Any]]] = []

    def mend(self) -> None:
        """From now on everything works."""
        self.stuck = frozenset()
        self._left.clear()

    def meet(self, key: str, operation: str, act: Callable[[], Any]) -> Any:
        point = self.point_of(key, operation)
        self.delivered.append(f"{operation} {key}")
        self.arrive(len(self.delivered) - self.lateness)
        left = self._left.get(point, [])
        fate = left.pop(0) if left else ("fault" if point in self.stuck else "works")
        self._count(fate, operation)
        if fate == "fault":
            raise SupplierFault(f"{point} failed as scheduled")
        if fate == "timeout":
            raise TimeoutError(f"{point} never answers as scheduled")
        if fate == "late":
            self._late.append((len(self.delivered), act))
            raise TimeoutError(f"{point} answers late as scheduled")
        answer = act()
        if isinstance(answer, Refusal) and answer.code in REFUSALS:
            self.met[REFUSALS[answer.code]] += 1
        if fate == "lost answer":
            raise SupplierFault(f"the answer of {point} was lost as scheduled")
        return answer

    def _count(self, fate: FaultKind, operation: str) -> None:
        if fate != "works":
            self.met["late answer" if fate == "late" else fate] += 1
            self.met["failing compensation"] += operation in UNDOING

    def refuses(self, key: str, operation: str) -> bool:
        point = self.point_of(key, operation)
        return not self.refusing.isdisjoint((point, f"{point}/{key.rpartition('/')[2]}"))

    def point_of(self, key: str, operation: str) -> EffectPoint:
        """Where a call is made, from its effect's key."""
        split = split_component_id(key.split("/")[0])
        return f"{split[1].suffix if split else self.alone}/{operation}"

    def arrive(self, by: int | None = None) -> None:
        """Let the late calls arrive that were made by that delivery; all of them by default."""
        due = [act for at, act in self._late if by is None or at <= by]
        self._late = [each for each in self._late if by is not None and each[0] > by]
        for act in due:
            act()


def failing(working: Suppliers, refusing: Suppliers, schedule: Schedule) -> Suppliers:
    """The companies under a schedule; `refusing` works on the same books with every dial turned to refuse."""
    booking: dict[ComponentKind, Any] = {
        kind: _Scheduled(working.booking[kind], refusing.booking[kind], schedule) for kind in COMPONENT_KINDS
    }
    payments: Any = _Scheduled(working.payments, refusing.payments, schedule)
    return Suppliers(booking=booking, payments=payments)


@dataclass
class _Scheduled:
    """Either port."""

    working: Any
    refusing: Any
    schedule: Schedule

    def __getattr__(self, operation: str) -> Any:
        if operation not in (*FORWARD, *UNDOING):
            return getattr(self.working, operation)

        def call(key: str, *arguments: Any) -> Any:
            company = self.refusing if self.schedule.refuses(key, operation) else self.working
            return self.schedule.meet(key, operation, lambda: getattr(company, operation)(key, *arguments))

        return call


@dataclass
class ShakyLedger:
    """A ledger whose storage fails now and then, before or after it has written; what was claimed then stays leased."""

    inner: Any
    dice: random.Random
    rate: float = 0.0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)

        def call(*arguments: Any) -> Any:
            self._shake(name)
            answer = method(*arguments)
            self._shake(name)
            return answer

        return call

    def _shake(self, name: str) -> None:
        if self.dice.random() < self.rate:
            raise StorageError(f"the storage failed at {name} as the dice fell")
