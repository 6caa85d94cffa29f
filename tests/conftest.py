"""Shared by all tests: where the checkout is, and an environment without settings of the developer's own."""

import os
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from settings import Settings
from support.stores.azurite import AzuriteMissingError, azurite

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def azurite_account() -> Generator[str]:
    """The connection string of a table service that runs as long as the tests do; required where CI is set."""
    with ExitStack() as running:
        try:
            account = running.enter_context(azurite())
        except AzuriteMissingError as reason:
            if os.environ.get("CI"):
                pytest.fail(f"Nothing can be tested on tables: {reason}.")
            pytest.skip(f"Nothing is tested on tables: {reason}.")
        yield account


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own variables and local.settings.json change no test: what is empty is unset."""
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    monkeypatch.setenv("NO_PROXY", os.environ.get("NO_PROXY", "127.0.0.1,localhost"))
