"""Opens the simulated companies, each with its own book; nothing touches the disk before the first call."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.components import COMPONENT_KINDS, ComponentKind
from settings import Settings
from suppliers.book import Book
from suppliers.booking import SimulatedBookingSupplier
from suppliers.counter import Counter, Sleep
from suppliers.dials import Dials
from suppliers.payments import SimulatedPaymentProvider
from suppliers.ports import BookingSupplier, PaymentProvider

_BOOKS: dict[ComponentKind, str] = {"flight": "airline.db", "hotel": "hotel.db", "car_hire": "car_hire.db"}


@dataclass(frozen=True)
class Suppliers:
    """Everybody whom we book with and pay through."""

    booking: Mapping[ComponentKind, BookingSupplier]
    payments: PaymentProvider


def open_suppliers(settings: Settings, *, sleep: Sleep = time.sleep) -> Suppliers:
    """The simulators, for use by any thread; `sleep` serves the latency dial."""
    dials = Dials.of(settings)

    def counter(book: Path) -> Counter:
        return Counter(Book(book), dials, sleep)

    return Suppliers(
        booking={
            kind: SimulatedBookingSupplier(kind, counter(book_of(settings.state_dir, kind))) for kind in COMPONENT_KINDS
        },
        payments=SimulatedPaymentProvider(counter(payments_book(settings.state_dir))),
    )


def book_of(state_dir: Path, kind: ComponentKind) -> Path:
    """Where the company for this kind keeps its book."""
    return state_dir / "suppliers" / _BOOKS[kind]


def payments_book(state_dir: Path) -> Path:
    """Where the payment provider keeps its book."""
    return state_dir / "suppliers" / "payments.db"
