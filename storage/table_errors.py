"""The failures of Azure Table Storage, and the repeats of a call that met one.

ConflictError: somebody else was faster; nothing was written
StorageError
├── UncertainError: the service may or may not have done it
└── BusyError: repeating came to nothing in time; its cause is what the last attempt met
"""

import random
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError

from storage.errors import StorageError

_T = TypeVar("_T")


class ConflictError(Exception):
    """A row that was read has changed since, or a row that was to be new is there. Nothing was written."""


class UncertainError(StorageError):
    """The service gave no usable answer: it may have done what was asked. Read before repeating."""


class BusyError(StorageError):
    """The work met other writers, or no usable answer, for as long as it is repeated."""


@dataclass(frozen=True)
class Repeats:
    """The bounds of repeating, in seconds: how long in all, and from which wait to which the waits grow."""

    patience: float = 20.0
    first_wait: float = 0.01
    longest_wait: float = 1.0


def repeated(work: Callable[[], _T], repeats: Repeats) -> _T:
    """Run the work until nobody else is faster and the service answers, for a bounded time.

    The work reads what stands before it writes, so that it finds what an earlier run of it wrote.
    """
    deadline = time.monotonic() + repeats.patience
    longest = repeats.first_wait
    while True:
        try:
            return work()
        except (ConflictError, UncertainError) as error:
            if time.monotonic() > deadline:
                raise BusyError(f"The tables were busy or out of reach for {repeats.patience:g} s.") from error
        # A random part of the wait, so that rivals do not meet again and again.
        time.sleep(random.uniform(0, longest))
        longest = min(2 * longest, repeats.longest_wait)


@contextmanager
def translated() -> Generator[None]:
    """Raise failures of the SDK as this module's errors."""
    try:
        yield
    except (ServiceRequestError, ServiceResponseError) as error:
        raise UncertainError(f"The tables can't be reached. ({type(error).__name__})") from error
    except HttpResponseError as error:
        raise _meaning(error) from error
    except AzureError as error:
        raise StorageError(f"The tables can't be used. ({type(error).__name__})") from error


def _meaning(error: HttpResponseError) -> Exception:
    status = error.status_code or 0
    code = getattr(error, "error_code", None)
    detail = f"({status} {getattr(code, 'value', code)})"
    # A table that is missing or being deleted is no row that somebody else has written.
    if status in (404, 409, 412) and "Table" not in detail:
        return ConflictError(f"The rows have changed. {detail}")
    if status in (408, 409, 429) or status >= 500:
        return UncertainError(f"The tables are busy. {detail}")
    return StorageError(f"The tables refused. {detail}")
