"""`make end-sessions` ends every session, and says what is wrong when it cannot."""

from pathlib import Path

import pytest

from api.identity.tokens import new_session, read_token, token_of
from scripts import end_sessions
from settings import Settings
from stores.opening import open_stores
from support.suppliers.companies import NOW


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    return tmp_path


def test_no_token_from_before_is_valid(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sessions = open_stores(Settings(state_dir=state)).sessions
    token = token_of(new_session(NOW), sessions.signing_secret())
    assert read_token(token, sessions.signing_secret())
    assert end_sessions.main() == 0
    assert "All sessions have ended" in capsys.readouterr().out
    assert read_token(token, sessions.signing_secret()) is None


@pytest.mark.usefixtures("state")
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SIM_FAULT", "often")
    assert end_sessions.main() == 2
    assert "SIM_FAULT" in capsys.readouterr().err
