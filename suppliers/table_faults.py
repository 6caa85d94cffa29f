"""Repeats what the table of a company's book did not answer, and makes a fault of it when that comes to nothing."""

from collections.abc import Callable
from typing import TypeVar

from storage import table_errors
from storage.errors import StorageError
from storage.table_errors import BusyError, Repeats
from suppliers.ports import SupplierFault

_REPEATS = Repeats(longest_wait=0.5)

_T = TypeVar("_T")


def repeated(work: Callable[[], _T]) -> _T:
    """Run the work, which finds what an earlier run of it wrote, until nothing comes between, for a bounded time.

    A failure of the service is a `SupplierFault`, as an outage of the company is.
    """
    try:
        return table_errors.repeated(work, _REPEATS)
    except BusyError as error:
        raise SupplierFault(f"The simulator's book was busy for {_REPEATS.patience:g} s: {error.__cause__}") from error
    except StorageError as error:
        raise SupplierFault(str(error)) from error
