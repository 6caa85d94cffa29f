"""Every contract test runs once for each implementation of its port."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support_implementations import STORES, SUPPLIERS
from support_trips import Desk, calm_settings
from support_writers import Writer

from stores.opening import Stores
from suppliers.opening import Suppliers


@pytest.fixture(params=sorted(STORES))
def stores_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=sorted(SUPPLIERS))
def suppliers_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def reopen_stores(stores_name: str, tmp_path: Path) -> Callable[[], Stores]:
    """Opens the stores as a restarted app would."""
    return lambda: STORES[stores_name](calm_settings(tmp_path))


@pytest.fixture
def stores(reopen_stores: Callable[[], Stores]) -> Stores:
    return reopen_stores()


@pytest.fixture
def desk(stores: Stores, tmp_path: Path) -> Desk:
    return Desk(stores, SUPPLIERS["simulated"](calm_settings(tmp_path)))


@pytest.fixture
def store_writers(stores_name: str, tmp_path: Path) -> list[Writer]:
    """Four processes' views of the same stores."""
    return [Writer(stores_name, tmp_path, number) for number in range(4)]


@pytest.fixture
def open_suppliers_with(suppliers_name: str, tmp_path: Path) -> Callable[..., Suppliers]:
    """Opens the suppliers, as a restarted app would, with the given dials turned."""
    return lambda **dials: SUPPLIERS[suppliers_name](calm_settings(tmp_path, **dials))


@pytest.fixture
def suppliers(open_suppliers_with: Callable[..., Suppliers]) -> Suppliers:
    return open_suppliers_with()


@pytest.fixture
def supplier_writers(suppliers_name: str, tmp_path: Path) -> list[Writer]:
    """Four processes' views of the same companies."""
    return [Writer(suppliers_name, tmp_path, number) for number in range(4)]
