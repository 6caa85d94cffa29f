"""Opens the simulated suppliers, each with its own book. Nothing touches disk or network before the first call."""

import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.components import COMPONENT_KINDS, ComponentKind
from settings import Settings
from suppliers.book import BookSnapshot, BookStorage
from suppliers.booking import SimulatedBookingSupplier
from suppliers.catalogue import CATALOGUE
from suppliers.deliveries import Clock, Deliveries, Sleep
from suppliers.payments import SimulatedPaymentProvider
from suppliers.ports import Booking, BookingSupplier, Payment, PaymentProvider
from suppliers.prices import PriceList, price
from suppliers.simulator_settings import SimulatorSettings
from suppliers.sqlite_book import SqliteBookStorage

_PAYMENTS = "payments"


@dataclass(frozen=True)
class Suppliers:
    """All suppliers: one for each kind of component, and the payment provider."""

    booking: Mapping[ComponentKind, BookingSupplier]
    payments: PaymentProvider
    answer_at_once: bool = False
    """No call waits for anything but a disk, so none needs a time-out."""


@dataclass(frozen=True)
class Snapshots:
    """The books of all suppliers at one moment."""

    booking: Mapping[ComponentKind, BookSnapshot[Booking]]
    payments: BookSnapshot[Payment]


def _now() -> datetime:
    return datetime.now(UTC)


def open_suppliers(
    settings: Settings, *, sleep: Sleep = time.sleep, clock: Clock = _now, prices: PriceList = price
) -> Suppliers:
    """Return the simulators, for use by any thread.

    `sleep` takes seconds and serves latency and late answers. `clock` returns aware UTC and decides what has expired.
    """
    simulator_settings, storage = SimulatorSettings.of(settings), _book_storage(settings)

    def supplier(kind: ComponentKind) -> SimulatedBookingSupplier:
        book = storage.book(CATALOGUE[kind].book, Booking)
        return SimulatedBookingSupplier(kind, Deliveries(book, simulator_settings, sleep, clock), prices)

    payments = storage.book(_PAYMENTS, Payment)
    return Suppliers(
        booking={kind: supplier(kind) for kind in COMPONENT_KINDS},
        payments=SimulatedPaymentProvider(Deliveries(payments, simulator_settings, sleep, clock)),
        answer_at_once=settings.store == "sqlite" and not simulator_settings.may_wait,
    )


@contextmanager
def snapshots(settings: Settings) -> Generator[Snapshots]:
    """Open the suppliers' books as they are now, past the ports. Only for the audit. Raises `SupplierFault`."""
    storage = _book_storage(settings)
    with ExitStack() as stack:
        # The snapshots of files stay open together, until all books have been read.
        yield Snapshots(
            booking={
                kind: stack.enter_context(storage.snapshot(CATALOGUE[kind].book, Booking)) for kind in COMPONENT_KINDS
            },
            payments=stack.enter_context(storage.snapshot(_PAYMENTS, Payment)),
        )


def book_of(state_dir: Path, kind: ComponentKind) -> Path:
    """Return the path of the book of the supplier of this kind, when books are files."""
    return _folder(state_dir) / f"{CATALOGUE[kind].book}.db"


def payments_book(state_dir: Path) -> Path:
    """Return the path of the payment provider's book, when books are files."""
    return _folder(state_dir) / f"{_PAYMENTS}.db"


def _folder(state_dir: Path) -> Path:
    return state_dir / "suppliers"


def _book_storage(settings: Settings) -> BookStorage:
    if settings.store == "sqlite":
        return SqliteBookStorage(_folder(settings.state_dir))
    # Azure's SDK takes half a second to load, which an installation without tables need not spend.
    from storage.table_account import Account
    from suppliers.table_book import TableBookStorage

    return TableBookStorage(Account(settings))
