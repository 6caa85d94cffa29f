"""The tables of the companies' books in Azure Table Storage, and what its failures mean."""

import random
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.data.tables import TableClient, TableServiceClient
from azure.identity import DefaultAzureCredential

from settings import Settings
from suppliers.ports import SupplierFault

_OPTIONS: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 10}
"""The SDK's own repeats would send a write again without looking whether it had arrived."""
_PATIENCE_SECONDS = 20.0
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.5
_MAY_PASS = (404, 408, 409, 412, 429)

_T = TypeVar("_T")


class AgainError(SupplierFault):
    """Somebody else was faster, or the service did not say whether it did what was asked: look, then repeat."""


class Account:
    """The storage account that the settings name; nothing is asked of it before a table is used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._service: TableServiceClient | None = None
        self._made: dict[str, TableClient] = {}

    def made(self, name: str) -> TableClient:
        """The table, which is made if there is none."""
        with self._lock:
            if name not in self._made:
                self._made[name] = self._open().create_table_if_not_exists(self._name(name))
            return self._made[name]

    def unmade(self, name: str) -> TableClient:
        """The table, which may not be there."""
        with self._lock:
            return self._open().get_table_client(self._name(name))

    def _name(self, name: str) -> str:
        return f"{self._settings.tables_prefix}supplier{name.replace('_', '')}"

    def _open(self) -> TableServiceClient:
        self._service = self._service or _connect(self._settings)
        return self._service


def repeated(work: Callable[[], _T]) -> _T:
    """Run the work, which finds what an earlier run of it wrote, until nothing comes between, for a bounded time."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    longest = _FIRST_WAIT
    while True:
        try:
            return work()
        except AgainError as error:
            if time.monotonic() > deadline:
                raise SupplierFault(f"The simulator's book was busy for {_PATIENCE_SECONDS:g} s: {error}") from error
        time.sleep(random.uniform(0, longest))
        longest = min(2 * longest, _LONGEST_WAIT)


@contextmanager
def as_faults() -> Generator[None]:
    """A failure of the service is a `SupplierFault`, as an outage of the company is."""
    try:
        yield
    except (ServiceRequestError, ServiceResponseError) as error:
        raise AgainError(f"The tables can't be reached. ({type(error).__name__})") from error
    except HttpResponseError as error:
        status = error.status_code or 0
        told = f"({status} {getattr(error, 'error_code', None)})"
        if status in _MAY_PASS or status >= 500:
            raise AgainError(f"The rows have changed or the tables are busy. {told}") from error
        raise SupplierFault(f"The tables refused. {told}") from error
    except AzureError as error:
        raise SupplierFault(f"The tables can't be used. ({type(error).__name__})") from error


def _connect(settings: Settings) -> TableServiceClient:
    if settings.tables_endpoint:
        return TableServiceClient(settings.tables_endpoint, credential=DefaultAzureCredential(), **_OPTIONS)
    secret = settings.tables_connection_string
    try:
        return TableServiceClient.from_connection_string(secret.get_secret_value() if secret else "", **_OPTIONS)
    except ValueError:
        raise SupplierFault("The connection string of the tables is not one of a storage account.") from None
