"""Suppliers and a ledger that fail as a schedule says, before or after they did what they were asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from activities.services import Services
from domain.components import COMPONENT_KINDS, ComponentKind
from domain.money import Money
from stores.errors import StorageError
from stores.ledger import Answer, Intent, Ledger
from suppliers.opening import Suppliers
from suppliers.ports import BookingSupplier, Order, PaymentProvider, SupplierFault

Fate = Literal["works", "fault", "lost answer"]
Point = str
T = TypeVar("T")

_COMPONENTS = ("flight", "hotel", "car")
POINTS: tuple[Point, ...] = tuple(
    f"{component}/{operation}"
    for component in _COMPONENTS
    for operation in ("book", "charge", "cancel", "refund", "intend", "conclude")
)


@dataclass
class Schedule:
    """What each delivery at a point meets, in order; afterwards everything works, or `stuck` points fail for ever.

    A point is `<component>/<operation>`. `refusing` names kinds and `declining` components that say no.
    """

    fates: Mapping[Point, Sequence[Fate]] = field(default_factory=dict[Point, Sequence[Fate]])
    stuck: frozenset[Point] = frozenset()
    refusing: frozenset[ComponentKind] = frozenset()
    declining: frozenset[str] = frozenset()
    deliveries: int = 0

    def __post_init__(self) -> None:
        self._left = {point: list(fates) for point, fates in self.fates.items()}

    def meet(self, key: str, operation: str, error: type[Exception], act: Callable[[], T]) -> T:
        point = f"{component_of(key)}/{operation}"
        self.deliveries += 1
        left = self._left.get(point, [])
        fate = left.pop(0) if left else ("fault" if point in self.stuck else "works")
        if fate == "fault":
            raise error(f"{point} failed as scheduled")
        answer = act()
        if fate == "lost answer":
            raise error(f"the answer of {point} was lost as scheduled")
        return answer


def component_of(key: str) -> str:
    """`flight`, `hotel` or `car`, from an effect's key inside a travel trip."""
    return key.split("/")[0].rpartition("-")[2]


def failing(services: Services, refusing: Services, schedule: Schedule) -> Services:
    """`services` under a schedule; `refusing` works on the same books with every dial turned to refuse."""
    booking: dict[ComponentKind, BookingSupplier] = {
        kind: _Booking(
            services.suppliers.booking[kind],
            (refusing if kind in schedule.refusing else services).suppliers.booking[kind],
            schedule,
        )
        for kind in COMPONENT_KINDS
    }
    payments = _Payments(services.suppliers.payments, refusing.suppliers.payments, schedule)
    return replace(
        services,
        ledger=_FailingLedger(services.ledger, schedule),
        suppliers=Suppliers(booking=booking, payments=payments),
    )


@dataclass
class _Booking:
    inner: BookingSupplier
    booking: BookingSupplier
    schedule: Schedule

    def book(self, key: str, order: Order) -> Any:
        return self.schedule.meet(key, "book", SupplierFault, lambda: self.booking.book(key, order))

    def cancel(self, key: str) -> Any:
        return self.schedule.meet(key, "cancel", SupplierFault, lambda: self.inner.cancel(key))

    def find(self, key: str) -> Any:
        return self.inner.find(key)


@dataclass
class _Payments:
    accepting: PaymentProvider
    declining: PaymentProvider
    schedule: Schedule

    def charge(self, key: str, amount: Money, reference: str) -> Any:
        provider = self.declining if component_of(key) in self.schedule.declining else self.accepting
        return self.schedule.meet(key, "charge", SupplierFault, lambda: provider.charge(key, amount, reference))

    def refund(self, key: str) -> Any:
        return self.schedule.meet(key, "refund", SupplierFault, lambda: self.accepting.refund(key))

    def find(self, key: str) -> Any:
        return self.accepting.find(key)


class _FailingLedger:
    """The ledger port; what isn't an effect's own works as it always does."""

    def __init__(self, inner: Ledger, schedule: Schedule) -> None:
        self._inner = inner
        self._schedule = schedule

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def intend(self, intent: Intent) -> Answer | None:
        return self._schedule.meet(intent.key, "intend", StorageError, lambda: self._inner.intend(intent))

    def conclude(self, intent: Intent, answer: Answer) -> Answer:
        return self._schedule.meet(intent.key, "conclude", StorageError, lambda: self._inner.conclude(intent, answer))
