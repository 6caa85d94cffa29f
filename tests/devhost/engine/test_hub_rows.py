"""An instance's row holds its last state, and the lists find it by that state."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from devhost.hub.hub import Hub
from devhost.hub.instances import Instance

CHANGES: dict[str, Callable[[Instance], None]] = {
    "progress": lambda i: vary(i, custom_status='{"done":1}', updated_at="2026-01-02"),
    "more progress": lambda i: vary(i, custom_status='{"done":2}', updated_at="2026-01-03", run=8, execution_id="y"),
    "outcome": lambda i: vary(i, custom_status='"paying"'),
    "created": lambda i: vary(i, created_at="2026-01-04"),
    "ended": lambda i: vary(i, status="Completed", output='{"status":"paid"}', custom_status=None),
}
STORED = "run, execution_id, status, output, custom_status, created_at, updated_at, outcome"


def vary(instance: Instance, **values: object) -> None:
    for name, value in values.items():
        setattr(instance, name, value)


def stored(path: Path) -> tuple[object, ...]:
    with sqlite3.connect(path) as db:
        row = db.execute(f"SELECT {STORED} FROM instances").fetchone()
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    return row


@pytest.mark.parametrize("is_read_back", [False, True])
def test_each_change_is_in_the_row_and_in_its_indexes(tmp_path: Path, *, is_read_back: bool) -> None:
    path = tmp_path / "hub.db"
    hub = Hub(path)
    instance = Instance("a", 7, "x", "order", None, None, "2026-01-01", "2026-01-01", is_new=True)
    outcomes: list[object] = []
    hub.save(instance)
    hub.commit()
    for change in CHANGES.values():
        if is_read_back:
            instance = hub.instance("a") or instance
        change(instance)
        hub.save(instance)
        hub.commit()
        *values, outcome = stored(path)
        assert values == [getattr(instance, name) for name in STORED.split(", ")[:-1]]
        outcomes.append(outcome)
    hub.close()
    assert outcomes == ["", "", "paying", "paying", "paid"]


def test_progress_alone_writes_no_index(tmp_path: Path) -> None:
    hub = Hub(tmp_path / "hub.db")
    instance = Instance("a", 7, "x", "order", None, None, "2026-01-01", "2026-01-01", is_new=True)
    statements: list[str] = []
    hub._db.set_trace_callback(statements.append)  # type: ignore[reportPrivateUsage]
    for change in (None, CHANGES["progress"], CHANGES["ended"]):
        if change is not None:
            change(instance)
        hub.save(instance)
        hub.commit()
    hub.close()
    updates = [text.partition(" WHERE ")[0] for text in statements if text.startswith("UPDATE instances")]
    assert [" status=" in text for text in updates] == [False, True]
