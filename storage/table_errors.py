"""The failures of Azure Table Storage, and the repeats of a call that failed.

ConflictError: another writer was faster, and nothing was written
StorageError
├── UncertainError: the service may or may not have done it
└── BusyError: repeating did not help in time; its cause is the last failure
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
    """A row has changed since it was read, or a new row exists already. Nothing was written."""


class UncertainError(StorageError):
    """The service gave no usable answer and may have done the work. Read before repeating."""


class BusyError(StorageError):
    """Every attempt met another writer or got no usable answer, until the time ran out."""


@dataclass(frozen=True)
class Repeats:
    """The bounds of repeating, in seconds: the time in all, and the waits between attempts, which double."""

    timeout: float = 20.0
    first_wait: float = 0.01
    longest_wait: float = 1.0


def repeated(work: Callable[[], _T], repeats: Repeats) -> _T:
    """Run the work until no other writer is faster and the service answers; return its result.

    The work must read before it writes, so that it sees the rows of its earlier run. Raises `BusyError` when the
    time is used up.
    """
    deadline = time.monotonic() + repeats.timeout
    longest = repeats.first_wait
    while True:
        try:
            return work()
        except (ConflictError, UncertainError) as error:
            if time.monotonic() > deadline:
                raise BusyError(f"The tables were busy or out of reach for {repeats.timeout:g} s.") from error
        # The wait is random, so that two writers do not collide again and again.
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
        raise _error_for(error) from error
    except AzureError as error:
        raise StorageError(f"The tables can't be used. ({type(error).__name__})") from error


def _error_for(error: HttpResponseError) -> Exception:
    status = error.status_code or 0
    # The SDK reads the code for most calls, and leaves it in the response for the rest.
    headers = getattr(error.response, "headers", {})
    code = getattr(error, "error_code", None) or headers.get("x-ms-error-code")
    detail = f"({status} {getattr(code, 'value', code)})"
    # A missing or deleted table has these codes too, but no other writer has changed a row.
    if status in (404, 409, 412) and "Table" not in detail:
        return ConflictError(f"The rows have changed. {detail}")
    # What is left of 409 is a table that is being deleted: a later attempt can make it anew.
    if status in (408, 409, 429) or status >= 500:
        return UncertainError(f"The tables are busy. {detail}")
    return StorageError(f"The tables refused. {detail}")
