"""Repeats calls to the table of a supplier's book, and raises a fault when repeating does not help."""

from collections.abc import Callable
from typing import TypeVar

from storage import table_errors
from storage.errors import StorageError
from storage.table_errors import BusyError, Repeats
from suppliers.ports import SupplierFault

_REPEATS = Repeats(longest_wait=0.5)

_T = TypeVar("_T")


def repeated(work: Callable[[], _T]) -> _T:
    """Run the work until no other writer is faster and the service answers, for a bounded time; return its result.

    The work must read before it writes, so that it sees the rows of its earlier run. Raises `SupplierFault` for a
    failure of the service, as for an outage of the supplier.
    """
    try:
        return table_errors.repeated(work, _REPEATS)
    except BusyError as error:
        raise SupplierFault(f"The simulator's book was busy for {_REPEATS.timeout:g} s: {error.__cause__}") from error
    except StorageError as error:
        raise SupplierFault(str(error)) from error
