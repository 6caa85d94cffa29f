"""The commands of the Makefile read the same settings as the app on its host."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts import app_settings as read
from scripts.app_settings import app_settings
from scripts.audit import main as audit
from scripts.run import main as run
from settings import SettingsError


def local(folder: Path, **values: Any) -> Path:
    (folder / "local.settings.json").write_text(json.dumps({"IsEncrypted": False, "Values": values}))
    return folder


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a checkout with its own local.settings.json, in an environment that sets nothing."""
    monkeypatch.setattr(read, "ROOT", tmp_path)
    monkeypatch.delenv("STORE")
    monkeypatch.delenv("SIM_SEED")
    return tmp_path


def test_local_settings_stand_where_the_environment_says_nothing(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert app_settings().store == "sqlite"
    local(checkout, STORE="tables", AzureWebJobsStorage="UseDevelopmentStorage=true", SIM_SEED="seven")
    assert (app_settings().store, app_settings().sim_seed) == ("tables", "seven")
    monkeypatch.setenv("SIM_SEED", "eight")
    monkeypatch.setenv("STORE", "")
    assert (app_settings().store, app_settings().sim_seed) == ("sqlite", "eight")


def test_the_audit_looks_into_the_store_that_local_settings_name(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    local(checkout, STORE="tables")
    assert audit(["--state-dir", str(checkout)]) == 2
    assert "STORE is tables but no account is named" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", '{"IsEncrypted": true}'])
def test_local_settings_that_cannot_be_read_end_the_start_with_one_sentence(
    checkout: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (checkout / "local.settings.json").write_text(text)
    with pytest.raises(SettingsError, match=r"local\.settings\.json"):
        app_settings()
    assert (run([]), audit([])) == (1, 2)
    errors = capsys.readouterr().err
    assert errors.count("local.settings.json") == 2
    assert "Traceback" not in errors
