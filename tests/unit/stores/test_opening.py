"""The settings choose the storage."""

import subprocess
import sys
from pathlib import Path

import pytest

from settings import Settings, SettingsError
from stores.opening import open_stores
from support.suppliers.companies import calm_settings

ACCOUNT = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net"


def test_a_file_is_the_default(tmp_path: Path) -> None:
    assert open_stores(calm_settings(tmp_path)).name == "sqlite"
    assert Settings.from_environ({"AzureWebJobsStorage": ACCOUNT}).tables_connection_string is None


def test_tables_are_kept_where_the_host_keeps_its_own_unless_told_otherwise() -> None:
    def chosen(**environ: str) -> str | None:
        secret = Settings.from_environ({"STORE": "tables", **environ}).tables_connection_string
        return secret.get_secret_value() if secret else None

    assert chosen(AzureWebJobsStorage=ACCOUNT) == ACCOUNT
    assert chosen(AzureWebJobsStorage=ACCOUNT, TABLES_CONNECTION_STRING="other") == "other"
    assert chosen(AzureWebJobsStorage=ACCOUNT, TABLES_ENDPOINT="https://a.table.core.windows.net") is None


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"STORE": "tables"}, "STORE is tables but no account is named"),
        ({"STORE": "cosmos"}, "STORE"),
        ({"TABLES_PREFIX": "1-x"}, "TABLES_PREFIX"),
        ({"TABLES_CONNECTION_STRING": "secret", "TABLES_ENDPOINT": "https://a"}, "both set"),
    ],
)
def test_half_a_choice_is_an_error_that_tells_no_secret(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as error:
        Settings.from_environ(environ)
    assert "secret" not in str(error.value)


def test_the_sdk_of_the_tables_is_loaded_only_for_them(root: Path) -> None:
    code = "import sys; import stores.opening; assert not [n for n in sys.modules if n.startswith('azure')]"
    assert subprocess.run([sys.executable, "-c", code], cwd=root).returncode == 0
