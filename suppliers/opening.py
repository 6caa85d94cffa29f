"""Opens the simulated companies, each with its own book; nothing touches disk or network before the first call."""

import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.components import COMPONENT_KINDS, ComponentKind
from settings import Settings
from suppliers.book import BookSnapshot, Shelf
from suppliers.booking import SimulatedBookingSupplier
from suppliers.counter import Clock, Counter, Sleep
from suppliers.dials import Dials
from suppliers.payments import SimulatedPaymentProvider
from suppliers.ports import Booking, BookingSupplier, Payment, PaymentProvider
from suppliers.prices import PriceList, price
from suppliers.sqlite_book import SqliteShelf

_BOOKS: dict[ComponentKind, str] = {"flight": "airline", "hotel": "hotel", "car_hire": "car_hire"}
_PAYMENTS = "payments"


@dataclass(frozen=True)
class Suppliers:
    """Everybody whom we book with and pay through."""

    booking: Mapping[ComponentKind, BookingSupplier]
    payments: PaymentProvider


@dataclass(frozen=True)
class Snapshots:
    """The books of all companies."""

    booking: Mapping[ComponentKind, BookSnapshot[Booking]]
    payments: BookSnapshot[Payment]


def _now() -> datetime:
    return datetime.now(UTC)


def open_suppliers(
    settings: Settings, *, sleep: Sleep = time.sleep, clock: Clock = _now, prices: PriceList = price
) -> Suppliers:
    """The simulators, for use by any thread. `sleep` serves latency and late answers, `clock` what expires."""
    dials, shelf = Dials.of(settings), _shelf(settings)

    def company(kind: ComponentKind) -> SimulatedBookingSupplier:
        book = shelf.book(_BOOKS[kind], Booking)
        return SimulatedBookingSupplier(kind, Counter(book, dials, sleep, clock), prices)

    payments = shelf.book(_PAYMENTS, Payment)
    return Suppliers(
        booking={kind: company(kind) for kind in COMPONENT_KINDS},
        payments=SimulatedPaymentProvider(Counter(payments, dials, sleep, clock)),
    )


@contextmanager
def snapshots(settings: Settings) -> Generator[Snapshots]:
    """What the companies have in their books now, read past their ports: for the audit."""
    shelf = _shelf(settings)
    with ExitStack() as stack:
        yield Snapshots(
            booking={kind: stack.enter_context(shelf.snapshot(_BOOKS[kind], Booking)) for kind in COMPONENT_KINDS},
            payments=stack.enter_context(shelf.snapshot(_PAYMENTS, Payment)),
        )


def book_of(state_dir: Path, kind: ComponentKind) -> Path:
    """Where the company for this kind keeps its book if it keeps a file."""
    return _folder(state_dir) / f"{_BOOKS[kind]}.db"


def payments_book(state_dir: Path) -> Path:
    """Where the payment provider keeps its book if it keeps a file."""
    return _folder(state_dir) / f"{_PAYMENTS}.db"


def _folder(state_dir: Path) -> Path:
    return state_dir / "suppliers"


def _shelf(settings: Settings) -> Shelf:
    if settings.store == "sqlite":
        return SqliteShelf(_folder(settings.state_dir))
    # Azure's SDK takes half a second to load, which an installation without tables need not spend.
    from storage.table_account import Account
    from suppliers.table_book import TableShelf

    return TableShelf(Account(settings))
