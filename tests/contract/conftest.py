"""Every contract test runs once for each implementation of its port."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support_companies import SUPPLIERS, Customer, Timepiece, calm_settings

from suppliers.opening import Suppliers

if TYPE_CHECKING:
    from stores.opening import Stores


@pytest.fixture(params=["sqlite"])
def stores_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=sorted(SUPPLIERS))
def suppliers_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def reopen_stores(stores_name: str, tmp_path: Path) -> Callable[[], "Stores"]:
    """Opens the stores as a restarted app would."""
    from support_implementations import STORES

    return lambda: STORES[stores_name](calm_settings(tmp_path))


@pytest.fixture
def stores(reopen_stores: Callable[[], "Stores"]) -> "Stores":
    return reopen_stores()


@pytest.fixture
def time() -> Timepiece:
    """The companies' clock."""
    return Timepiece()


@pytest.fixture
def open_suppliers_with(suppliers_name: str, tmp_path: Path, time: Timepiece) -> Callable[..., Suppliers]:
    """Opens the suppliers, as a restarted app would, with the given dials turned."""
    return lambda **dials: SUPPLIERS[suppliers_name](calm_settings(tmp_path, **dials), time)


@pytest.fixture
def suppliers(open_suppliers_with: Callable[..., Suppliers]) -> Suppliers:
    return open_suppliers_with()


@pytest.fixture
def customers(suppliers_name: str, tmp_path: Path) -> list[Customer]:
    """Four processes' views of the same companies."""
    return [Customer(suppliers_name, tmp_path, number) for number in range(4)]
