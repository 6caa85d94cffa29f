"""A clean stop leaves each database whole in its one file, so that copying that file is a backup."""

import shutil
from pathlib import Path

import pytest

from audit.installation import examine
from settings import Settings
from support.app.running import PARIS, running_app

pytestmark = pytest.mark.slow

DATABASES = ("hub.db", "ledger.db", *(f"suppliers/{name}.db" for name in ("airline", "hotel", "car_hire", "payments")))


def test_after_a_clean_stop_the_database_files_alone_hold_everything(tmp_path: Path) -> None:
    state, copy = tmp_path / "state", tmp_path / "copy"
    with running_app(state) as app:
        trip = app.chat(PARIS)["trips"][0]["id"]
        app.attention()
        assert app.host.stop() == 0
    # No write-ahead log is left, whose rows a copy of the database alone would lack.
    assert sorted(path.name for path in state.rglob("*.db-*")) == []
    for name in DATABASES:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(state / name, copy / name)
    report = examine(Settings(state_dir=copy))
    assert report.balanced, report.as_text(20)
    with running_app(copy) as app:
        assert app.status(trip)["status"] == "confirmed"
        assert app.cancel(trip).status == 202
        assert app.settled(trip)["status"] == "cancelled"
