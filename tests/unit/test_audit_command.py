"""The audit as an operator runs it, on real files."""

import json
import threading
from pathlib import Path

import pytest
from support_races import exit_code_in_a_process
from support_trips import Desk, calm_settings, order, run
from support_writers import die_at

from domain.components import COMPONENT_KINDS
from scripts.audit import main
from suppliers.opening import book_of


def audit(state_dir: Path, *options: str) -> int:
    return main(["--state-dir", str(state_dir), *options])


def book_whole_trip(desk: Desk, trip: str) -> None:
    desk.open_trip(trip)
    for kind in COMPONENT_KINDS:
        run(desk.steps(trip, kind))
    desk.close(trip, "confirmed")


def test_an_app_that_never_ran_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(tmp_path / "nowhere") == 0
    assert capsys.readouterr().out.startswith("Nothing to audit")
    assert not (tmp_path / "nowhere").exists()


def test_trips_that_agree_are_balanced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book_whole_trip(Desk.open(calm_settings(tmp_path)), "trip-1")
    assert audit(tmp_path) == 0
    shown = capsys.readouterr().out
    assert "Trips: 1 (1 confirmed)" in shown
    assert "$1,550.00" in shown
    assert shown.rstrip().endswith("Balanced: ledger and books agree.")


def test_a_difference_is_told_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk.open(calm_settings(tmp_path))
    book_whole_trip(desk, "trip-1")
    desk.suppliers.payments.refund("trip-1-hotel/charge")
    assert audit(tmp_path) == 1
    shown = capsys.readouterr().out
    assert "2 UNEXPLAINED" in shown
    assert "trip-1: payment" in shown
    assert shown.rstrip().endswith("NOT balanced.")
    assert audit(tmp_path, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["balanced"] is False
    assert {item["code"] for item in found["differences"]} == {"undone_in_book", "money_differs"}
    assert found["totals"]["USD"]["book_refunded"] == 87_500


def test_a_charge_that_the_ledger_never_heard_of_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk.open(calm_settings(tmp_path))
    book_whole_trip(desk, "trip-1")
    stray = Desk.open(calm_settings(tmp_path)).suppliers.booking["flight"]
    stray.book("trip-2-flight/book", order("flight"))
    assert audit(tmp_path) == 1
    assert "a trip that the ledger does not know" in capsys.readouterr().out


def test_a_lost_book_fails(tmp_path: Path) -> None:
    book_whole_trip(Desk.open(calm_settings(tmp_path)), "trip-1")
    for file in book_of(tmp_path, "hotel").parent.glob("hotel.db*"):
        file.unlink()
    assert audit(tmp_path) == 1


def test_a_lost_ledger_fails(tmp_path: Path) -> None:
    book_whole_trip(Desk.open(calm_settings(tmp_path)), "trip-1")
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    assert audit(tmp_path) == 1


@pytest.mark.parametrize("file", ["ledger.db", "suppliers/payments.db"])
def test_what_cannot_be_read_is_said_in_a_sentence(
    tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "suppliers").mkdir()
    (tmp_path / file).write_bytes(b"this is no database at all" * 100)
    assert audit(tmp_path) == 2
    told = capsys.readouterr()
    assert told.err.startswith("The audit can't be done: ")
    assert "Traceback" not in told.err


STEPS = ("book intended", "booked", "book concluded", "charge intended", "charged", "charge concluded")


def test_death_at_any_step_is_explained_and_finishing_balances(tmp_path: Path) -> None:
    desk = Desk.open(calm_settings(tmp_path))
    for number, step in enumerate(STEPS):
        trip = f"trip-{number}"
        assert exit_code_in_a_process(die_at, (tmp_path, trip, step)) == 9
        assert audit(tmp_path) == 0
    for number in range(len(STEPS)):
        trip = f"trip-{number}"
        run(desk.cancel_steps(trip, "flight", alone=True))
        desk.close(trip, "failed", "flight")
        assert audit(tmp_path) == 0
    assert all(row.outcome for row in desk.stores.ledger.trips())


def test_an_audit_beside_a_busy_app_finds_nothing_wrong(tmp_path: Path) -> None:
    desk = Desk.open(calm_settings(tmp_path))
    book_whole_trip(desk, "trip-first")
    stop = threading.Event()

    def keep_booking(name: str) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            trip = f"trip-{name}{number}"
            book_whole_trip(desk, trip)

    writers = [threading.Thread(target=keep_booking, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    try:
        while sum(1 for _ in desk.stores.ledger.trips()) < 60:
            assert audit(tmp_path) == 0
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert audit(tmp_path) == 0


def test_the_audit_changes_nothing(tmp_path: Path) -> None:
    desk = Desk.open(calm_settings(tmp_path))
    book_whole_trip(desk, "trip-1")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.db")}
    assert audit(tmp_path) == 0
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.db")} == before


def test_only_the_latest_trips_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk.open(calm_settings(tmp_path))
    for number in range(5):
        book_whole_trip(desk, f"trip-{number}")
    assert audit(tmp_path, "--trips", "2") == 0
    shown = capsys.readouterr().out
    assert "Trips: 5 (5 confirmed), the latest 2:" in shown
    assert "trip-2 " not in shown
    assert "trip-4 " in shown
