"""Copies of old installations: what a test changes is seen by no other."""

import uuid
from pathlib import Path

import pytest

from support.app.old_state import OldState, unpacked, unpacked_to_tables


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
