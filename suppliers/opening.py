"""Opens the simulated companies, each with its own book; nothing touches the disk before the first call."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.components import COMPONENT_KINDS, ComponentKind
from settings import Settings
from suppliers.book import Book
from suppliers.booking import SimulatedBookingSupplier
from suppliers.counter import Clock, Counter, Sleep
from suppliers.dials import Dials
from suppliers.payments import SimulatedPaymentProvider
from suppliers.ports import Booking, BookingSupplier, Payment, PaymentProvider
from suppliers.prices import PriceList, price

_BOOKS: dict[ComponentKind, str] = {"flight": "airline.db", "hotel": "hotel.db", "car_hire": "car_hire.db"}


@dataclass(frozen=True)
class Suppliers:
    """Everybody whom we book with and pay through."""

    booking: Mapping[ComponentKind, BookingSupplier]
    payments: PaymentProvider


def _now() -> datetime:
    return datetime.now(UTC)


def open_suppliers(
    settings: Settings, *, sleep: Sleep = time.sleep, clock: Clock = _now, prices: PriceList = price
) -> Suppliers:
    """The simulators, for use by any thread. `sleep` serves latency and late answers, `clock` what expires."""
    dials = Dials.of(settings)

    def company(kind: ComponentKind) -> SimulatedBookingSupplier:
        book = Book(book_of(settings.state_dir, kind), Booking)
        return SimulatedBookingSupplier(kind, Counter(book, dials, sleep, clock), prices)

    payments = Book(payments_book(settings.state_dir), Payment)
    return Suppliers(
        booking={kind: company(kind) for kind in COMPONENT_KINDS},
        payments=SimulatedPaymentProvider(Counter(payments, dials, sleep, clock)),
    )


def book_of(state_dir: Path, kind: ComponentKind) -> Path:
    """Where the company for this kind keeps its book."""
    return state_dir / "suppliers" / _BOOKS[kind]


def payments_book(state_dir: Path) -> Path:
    """Where the payment provider keeps its book."""
    return state_dir / "suppliers" / "payments.db"
