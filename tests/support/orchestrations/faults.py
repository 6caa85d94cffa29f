"""Companies and a ledger that fail, refuse, lose their answers, answer too late or die with their caller."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from activities.services import ActivityServices
from domain.components import COMPONENT_KINDS, COMPONENTS, ComponentKind
from domain.ids import split_component_id
from domain.trip.outcomes import Refusal
from stores.errors import StorageError
from suppliers.opening import Suppliers
from suppliers.ports import SupplierFault

FaultKind = Literal["works", "fault", "timeout", "lost answer", "late"]
EffectPoint = str
"""`<component>/<operation>`, e.g. `hotel/confirm`."""
Call = Callable[[], Any]
Around = Callable[[str, tuple[Any, ...], Call], Any]
"""Gets the name of an operation, its arguments and the call itself."""

FORWARD = ("hold", "authorize", "confirm", "capture")
UNDOING = ("cancel", "void", "refund")
POINTS: tuple[EffectPoint, ...] = tuple(
    f"{component.suffix}/{operation}" for component in COMPONENTS.values() for operation in (*FORWARD, *UNDOING)
)
REFUSABLE: tuple[EffectPoint, ...] = tuple(point for point in POINTS if point.split("/")[1] in FORWARD)
REFUSALS = {
    "sold_out": "rejection",
    "declined": "decline",
    "price_changed": "price change",
    "capture_refused": "refused capture",
    "hold_gone": "expired hold",
    "authorization_gone": "expired hold",
}
"""Names of the companies' refusals, by code."""
_WRITES = ("claim", "conclude", "renew", "pivot", "close", "give_up", "end_change", "facts")


class Through:
    """A port whose calls go through a function."""

    def __init__(self, inner: Any, around: Around) -> None:
        self._inner, self._around = inner, around

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        return lambda *arguments: self._around(name, arguments, partial(method, *arguments))


def each_port(wrap: Callable[[Callable[[Suppliers], Any]], Any]) -> Suppliers:
    """Return suppliers of which each port is made by `wrap` from the way to that port."""
    booking: dict[ComponentKind, Any] = {kind: wrap(lambda of, kind=kind: of.booking[kind]) for kind in COMPONENT_KINDS}
    return Suppliers(booking=booking, payments=wrap(lambda of: of.payments))


@dataclass
class Schedule:
    """The fates of each delivery at a point, in order. Afterwards everything works, or `stuck` points fail for ever.

    `refusing` points say no. One with a number behind it (`hotel/hold/2`) says it to that revision alone.
    `timeout`: the time-out runs out and the call never arrives. `late`: it runs out too, and the call is carried out
    `lateness` deliveries later.
    """

    fates: Mapping[EffectPoint, Sequence[FaultKind]] = field(default_factory=dict[EffectPoint, Sequence[FaultKind]])
    stuck: frozenset[EffectPoint] = frozenset()
    refusing: frozenset[EffectPoint] = frozenset()
    lateness: int = 3
    alone: str = ""
    """The component of a trip that is no travel trip, whose keys do not name it."""

    def __post_init__(self) -> None:
        self.delivered: list[str] = []
        self.met: Counter[str] = Counter()
        """How often each kind of mishap befell a call."""
        self._left = {point: list(fates) for point, fates in self.fates.items()}
        self._late: list[tuple[int, Call]] = []

    def mend(self) -> None:
        """Let everything work from now on."""
        self.stuck = frozenset()
        self._left.clear()

    def over(self, working: Suppliers, refusing: Suppliers) -> Suppliers:
        """Return the companies under this schedule; `refusing` has the same books and every dial turned to refuse."""

        def wrap(port: Callable[[Suppliers], Any]) -> Any:
            def around(operation: str, arguments: tuple[Any, ...], act: Call) -> Any:
                if operation not in (*FORWARD, *UNDOING, "quote"):
                    return act()
                if self._refuses(arguments[0], operation):
                    act = partial(getattr(port(refusing), operation), *arguments)
                return self._meet(arguments[0], operation, act)

            return Through(port(working), around)

        return each_port(wrap)

    def arrive(self, by: int | None = None) -> None:
        """Let the late calls arrive that were made by that delivery; all of them by default."""
        due = [act for at, act in self._late if by is None or at <= by]
        self._late = [call for call in self._late if by is not None and call[0] > by]
        for act in due:
            act()

    def _meet(self, key: str, operation: str, act: Call) -> Any:
        point = self._point_of(key, operation)
        self.delivered.append(f"{operation} {key}")
        # Before this call, so that a late one can overtake the answer to its own repeat.
        self.arrive(len(self.delivered) - self.lateness)
        # The fates of a point are used up by its deliveries, whichever revision they are for.
        left = self._left.get(point, [])
        lasting = "fault" if point in self.stuck else "works"
        fate = left.pop(0) if left else lasting
        if fate != "works":
            self.met["late answer" if fate == "late" else fate] += 1
            self.met["failing compensation"] += operation in UNDOING
        if fate == "fault":
            raise SupplierFault(f"{point} failed as scheduled")
        if fate == "timeout":
            raise TimeoutError(f"{point} never answers as scheduled")
        if fate == "late":
            # The company hears of it only later; until then nothing is booked.
            self._late.append((len(self.delivered), act))
            raise TimeoutError(f"{point} answers late as scheduled")
        result = act()
        if isinstance(result, Refusal) and result.code in REFUSALS:
            self.met[REFUSALS[result.code]] += 1
        if fate == "lost answer":
            raise SupplierFault(f"the answer of {point} was lost as scheduled")
        return result

    def _refuses(self, key: str, operation: str) -> bool:
        point = self._point_of(key, operation)
        return not self.refusing.isdisjoint((point, f"{point}/{key.rpartition('/')[2]}"))

    def _point_of(self, key: str, operation: str) -> EffectPoint:
        split = split_component_id(key.split("/")[0])
        return f"{split[1].suffix if split else self.alone}/{operation}"


@dataclass
class ShakyStorage:
    """A ledger whose writes fail now and then, before or after they are done; what was claimed then stays leased."""

    dice: random.Random
    rate: float
    is_on: Callable[[], bool]
    met: Counter[str] = field(default_factory=Counter[str])

    def over(self, ledger: Any) -> Any:
        return Through(ledger, self._call)

    def _call(self, name: str, arguments: tuple[Any, ...], act: Call) -> Any:
        # Reads in between stay sound, or the sagas would be stopped far oftener than their writes.
        if name not in _WRITES or not self.rate or not self.is_on():
            return act()
        self._shake("storage fault")
        result = act()
        self._shake("storage answer lost")
        return result

    def _shake(self, what: str) -> None:
        if self.dice.random() < self.rate:
            self.met[what] += 1
            raise StorageError(f"{what} as the dice fell")


class ProcessDied(BaseException):
    """Ends the work as the death of its process would: nothing of it cleans up after itself."""


@dataclass
class Countdown:
    """Lets the work die at its n-th call to a company or to the ledger: before it is made, or after."""

    left: int
    calls: Iterator[int] = field(default_factory=itertools.count)

    def over(self, services: ActivityServices) -> ActivityServices:
        """Return the same services, watched."""
        suppliers = each_port(lambda port: Through(port(services.suppliers), self._call))
        ledger: Any = Through(services.ledger, self._call)
        return replace(services, ledger=ledger, suppliers=suppliers)

    def _call(self, name: str, arguments: tuple[Any, ...], act: Call) -> Any:
        self._tick()
        result = act()
        self._tick()
        return result

    def _tick(self) -> None:
        if next(self.calls) == self.left:
            raise ProcessDied
