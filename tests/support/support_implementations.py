"""The implementations of the ports that the contract tests run on; add one here and every contract holds for it."""

from collections.abc import Callable

from settings import Settings
from stores.opening import Stores, open_stores
from suppliers.opening import Suppliers, open_suppliers

STORES: dict[str, Callable[[Settings], Stores]] = {"sqlite": open_stores}
SUPPLIERS: dict[str, Callable[[Settings], Suppliers]] = {"simulated": open_suppliers}
