"""The storage account that the settings name, and the tables of one installation in it."""

import logging
import threading
from typing import Any

from azure.data.tables import TableClient, TableServiceClient
from azure.identity import DefaultAzureCredential

from settings import Settings
from storage.errors import StorageError

_OPTIONS: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 10}
"""The SDK's own retries are off: they would send a write again without looking whether it had arrived."""


class Account:
    """The tables whose names begin with the installation's prefix. Nothing is sent before a table is used.

    For use by any thread. Raises `StorageError` for an invalid connection string, and the SDK's own errors.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._service: TableServiceClient | None = None
        self._created: dict[str, TableClient] = {}

    def created_table(self, name: str) -> TableClient:
        """Return the table, which is made, if need be, before its first use in a process."""
        with self._lock:
            if name not in self._created:
                self._created[name] = self._open().create_table_if_not_exists(self._full(name))
            return self._created[name]

    def table_client(self, name: str) -> TableClient:
        """Return the table without making it, for readers that must not write."""
        with self._lock:
            return self._open().get_table_client(self._full(name))

    def _full(self, name: str) -> str:
        return f"{self._settings.tables_prefix}{name}"

    def _open(self) -> TableServiceClient:
        if self._service is None:
            # The SDK logs each request with its headers, at the level that the host shows.
            logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)
            self._service = _connect(self._settings)
        return self._service


def _connect(settings: Settings) -> TableServiceClient:
    if settings.tables_endpoint:
        return TableServiceClient(settings.tables_endpoint, credential=DefaultAzureCredential(), **_OPTIONS)
    secret = settings.tables_connection_string
    try:
        return TableServiceClient.from_connection_string(secret.get_secret_value() if secret else "", **_OPTIONS)
    except ValueError:
        raise StorageError("The connection string of the tables is not one of a storage account.") from None
