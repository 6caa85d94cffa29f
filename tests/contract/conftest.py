"""Every contract test runs once for each implementation of its port."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from settings import Settings
from stores.opening import Stores, open_stores
from suppliers.opening import Suppliers, open_suppliers
from support.stores.ledgers import TickingClock, Writer
from support.suppliers.companies import Customer, Timepiece, calm_settings


@pytest.fixture(params=["sqlite", "tables"])
def store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a fresh installation on either storage."""
    if request.param == "sqlite":
        return calm_settings(tmp_path)
    account = request.getfixturevalue("azurite_account")
    return calm_settings(
        tmp_path, store="tables", tables_connection_string=account, tables_prefix=f"t{uuid.uuid4().hex[:16]}"
    )


@pytest.fixture
def clock() -> TickingClock:
    """The stores' clock."""
    return TickingClock()


@pytest.fixture
def reopen_stores(store_settings: Settings, clock: TickingClock) -> Callable[[], Stores]:
    """Opens the stores as a restarted app would."""
    return lambda: open_stores(store_settings, clock.read)


@pytest.fixture
def stores(reopen_stores: Callable[[], Stores]) -> Stores:
    return reopen_stores()


@pytest.fixture
def writers(store_settings: Settings) -> list[Writer]:
    """Four processes' views of the same stores; their clocks are the machine's."""
    return [Writer(store_settings, number) for number in range(4)]


@pytest.fixture
def time() -> Timepiece:
    """The companies' clock."""
    return Timepiece()


@pytest.fixture
def open_suppliers_with(store_settings: Settings, time: Timepiece) -> Callable[..., Suppliers]:
    """Opens the suppliers, as a restarted app would, with the given dials turned."""
    return lambda **dials: open_suppliers(store_settings.model_copy(update=dials), sleep=time.sleep, clock=time.read)


@pytest.fixture
def suppliers(open_suppliers_with: Callable[..., Suppliers]) -> Suppliers:
    return open_suppliers_with()


@pytest.fixture
def customers(store_settings: Settings) -> list[Customer]:
    """Four processes' views of the same companies."""
    return [Customer(store_settings, number) for number in range(4)]
