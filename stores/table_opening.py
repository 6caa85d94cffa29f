"""Connects to the storage account that the settings name."""

from typing import Any

from azure.data.tables import TableServiceClient
from azure.identity import DefaultAzureCredential

from settings import Settings
from stores.errors import StorageError
from stores.table_service import Tables

_OPTIONS: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 10}
"""The SDK's own repeats would send a write again without looking whether it had arrived."""


def open_tables(settings: Settings) -> Tables:
    """The installation's tables; nothing is asked of the account yet."""
    return Tables(lambda: _connect(settings), settings.tables_prefix)


def _connect(settings: Settings) -> TableServiceClient:
    if settings.tables_endpoint:
        return TableServiceClient(settings.tables_endpoint, credential=DefaultAzureCredential(), **_OPTIONS)
    secret = settings.tables_connection_string
    try:
        return TableServiceClient.from_connection_string(secret.get_secret_value() if secret else "", **_OPTIONS)
    except ValueError:
        raise StorageError("The connection string of the tables is not one of a storage account.") from None
