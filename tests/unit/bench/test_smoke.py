"""The bench's own part runs: figures come out of it, and every answer has been checked on the way."""

import json
import uuid
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bench import drive, table
from bench.__main__ import main
from bench.columns import BY_NAME, COLUMNS
from bench.report import Measured, report
from bench.travel.app import running_app
from bench.travel.cases import TravelCase, TravelSizes
from bench.travel.kept import fill_tables
from bench.travel.table import travel_text
from settings import Settings
from stores.opening import open_stores, store_snapshot


@pytest.mark.slow
@pytest.mark.parametrize("work", ["W1", "W3"])
async def test_the_dev_host_is_measured(work: str, tmp_path: Path) -> None:
    figures = await drive.figures("devhost", work, "quick", tmp_path)

    assert figures["alone_ms"] > 0
    assert figures["per_second"] > 0


@pytest.mark.slow
def test_the_command_prints_what_it_measured_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--quick", "--json", "--only", "devhost", "--works", "W6"])

    output = json.loads(capsys.readouterr().out)
    assert status == 0
    assert output["failures"] == []
    assert output["results"]["devhost"]["W6.cold_s"][0] > 0


def test_the_table_shows_medians_spread_and_ratios() -> None:
    results = {
        "devhost": {"W3.per_second": [200.0, 220.0, 210.0], "W3.alone_ms": [10.0]},
        "dbos": {"W3.per_second": [30.0], "W3.alone_ms": [25.0]},
        "restate": {"W3.per_second": [100.0], "W3.alone_ms": [20.0]},
    }
    text = report(
        Measured(
            2, "Linux", "3.11", {"commits/s": 1000.0}, 3, {"in_flight": 50}, results, {}, [("split", "no network")]
        )
    )

    assert "210.0 (200.0–220.0)" in text
    assert "Restate: 2.1 times as many" in text
    assert "DBOS SQLite WAL: 7.0 times as many" in text
    assert "W3 latency alone, best peer: 1/2.0" in text
    assert "No figures for split: no network" in text


def test_every_column_says_what_its_steps_survive() -> None:
    assert all(column.survives for column in COLUMNS)
    assert table.OURS in BY_NAME


@pytest.mark.slow
async def test_trips_are_measured_on_a_ledger_that_was_filled(tmp_path: Path) -> None:
    case = TravelCase("sqlite", 50, tmp_path / "case")
    async with AsyncExitStack() as stack:
        await case.prepare(stack, 30)
        figures: dict[str, float] = {}
        await case.run(TravelSizes(in_flight=(2,), warm_up=0, window=0.2, least=2), figures.update)
    with store_snapshot(case.folder / "state") as readers:
        assert readers is not None
        ledger, _ = readers
        trips = list(ledger.trips())
        filled = [ledger.entries(trip.id) for trip in trips[:50]]

    assert figures["sqlite.50.2.per_second"] > 0
    assert len(trips) > 50
    assert {len(entries) for entries in filled} == {len(filled[0])}
    assert all(trip.outcome and trip.outcome.id == trip.id for trip in trips[:50])


@pytest.mark.slow
async def test_tables_are_filled_with_trips_that_the_app_can_read(azurite_account: str, tmp_path: Path) -> None:
    # The filler reads a whole table, so the trip has an installation of its own.
    prefix = f"b{uuid.uuid4().hex[:16]}"
    env = {"STORE": "tables", "TABLES_CONNECTION_STRING": azurite_account, "TABLES_PREFIX": prefix}
    async with running_app(tmp_path, env, []) as app:
        booked = await app.book()
    await fill_tables(env, booked, 4, 30)
    stores = open_stores(Settings.from_environ(env))
    trips = list(stores.ledger.trips())
    entries = [stores.ledger.entries(trip.id) for trip in trips]

    assert len({trip.id for trip in trips}) == 5
    assert len({trip.conversation for trip in trips}) == 5
    assert {len(of) for of in entries} == {len(entries[0])}
    turns = [stores.conversations.turn(trip.conversation, 1) for trip in trips]
    assert [turn and turn.conversation for turn in turns] == [trip.conversation for trip in trips]


def test_the_growth_is_by_the_fewest_trips_kept() -> None:
    figures = {"per_second": 4.0, "median_ms": 300.0, "p95_ms": 500.0, "processor_ms": 80.0}
    grown = {**figures, "processor_ms": 100.0}
    results = {f"sqlite.{kept}.1.{name}": [of[name]] for kept, of in ((100, figures), (10_000, grown)) for name in of}
    text = travel_text({"this": results})

    assert "10,000" in text
    assert "1.25" in text
