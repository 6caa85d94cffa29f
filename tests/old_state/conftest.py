"""Old installations: each test works on a copy of its own."""

import os
import uuid
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.app.old_state import OldState, unpacked, unpacked_to_tables
from support.stores.azurite import AzuriteMissingError, azurite


@pytest.fixture(scope="session")
def azurite_account() -> Generator[str]:
    """The connection string of a table service that runs as long as the tests do; required where CI is set."""
    with ExitStack() as running:
        try:
            account = running.enter_context(azurite())
        except AzuriteMissingError as reason:
            if os.environ.get("CI"):
                pytest.fail(f"Old state can't be tested on tables: {reason}.")
            pytest.skip(f"Old state is not tested on tables: {reason}.")
        yield account


@pytest.fixture(scope="session")
def old_to_read(tmp_path_factory: pytest.TempPathFactory) -> OldState:
    """The installation on SQLite, for tests that change nothing: all of them share one copy."""
    return unpacked(tmp_path_factory.mktemp("old"))


@pytest.fixture
def old_on_sqlite(tmp_path: Path) -> OldState:
    return unpacked(tmp_path)


@pytest.fixture
def old_on_tables(azurite_account: str, tmp_path: Path) -> OldState:
    return unpacked_to_tables(tmp_path, azurite_account, f"o{uuid.uuid4().hex[:16]}")
