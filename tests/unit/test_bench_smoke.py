"""The bench's own part runs: figures come out of it, and every answer has been checked on the way."""

from pathlib import Path

import pytest

from bench import drive, table
from bench.columns import BY_NAME, COLUMNS
from bench.report import Measured, report


@pytest.mark.slow
@pytest.mark.parametrize("work", ["W1", "W3"])
async def test_the_dev_host_is_measured(work: str, tmp_path: Path) -> None:
    figures = await drive.figures("devhost", work, "quick", tmp_path)

    assert figures["alone_ms"] > 0
    assert figures["per_second"] > 0


def test_the_table_shows_medians_spread_and_ratios() -> None:
    results = {
        "devhost": {"W3.per_second": [200.0, 220.0, 210.0], "W3.alone_ms": [10.0]},
        "dbos": {"W3.per_second": [30.0], "W3.alone_ms": [25.0]},
        "restate": {"W3.per_second": [100.0], "W3.alone_ms": [20.0]},
    }
    shown = report(
        Measured(2, "Linux", "3.11", {"commits/s": 1000.0}, 3, {"in_flight": 50}, results, [("split", "no network")])
    )

    assert "210.0 (200.0–220.0)" in shown
    assert "Restate: 2.1 times as many" in shown
    assert "DBOS SQLite WAL: 7.0 times as many" in shown
    assert "W3 latency alone, best peer: 1/2.0" in shown
    assert "No figures for split: no network" in shown


def test_every_column_says_what_its_steps_survive() -> None:
    assert all(column.survives for column in COLUMNS)
    assert table.OURS in BY_NAME
