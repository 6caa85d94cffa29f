"""The audit as an operator runs it, on real files, over trips that went every way."""

import itertools
import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.installation import examine
from domain.amount import Money
from domain.components import COMPONENT_KINDS, ComponentKind, TripKind
from domain.trip.facts import TripFacts
from scripts.audit import main
from settings import Settings
from suppliers.opening import book_of
from support.orchestrations.installation import quick_folder
from support.orchestrations.settling import Countdown, ProcessDied, command, open_desk, open_trip, settle, steps
from support.suppliers.companies import DAY, order

KINDS: tuple[TripKind, ...] = ("travel", "flight", "hotel", "car_hire")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder in memory, where the machine has one, because hundreds of installations are made here."""
    with quick_folder() as folder:
        yield folder


def audit(state_dir: Path, *options: str) -> int:
    return main(["--state-dir", str(state_dir), *options])


def status(facts: TripFacts) -> str | None:
    return facts.outcome.status if facts.outcome else None


def differences(state_dir: Path) -> list[str]:
    report = examine(Settings(state_dir=state_dir))
    return [
        f"{difference.trip}: {difference.text} [{difference.code}] {difference.explanation}"
        for difference in report.differences
    ]


def test_an_app_that_never_ran_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(tmp_path / "nowhere") == 0
    assert capsys.readouterr().out.startswith("Nothing to audit")
    assert not (tmp_path / "nowhere").exists()


def test_trips_that_agree_are_balanced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = open_desk(tmp_path)
    open_trip(desk, "trip-1")
    assert status(settle(desk, "trip-1")) == "confirmed"
    assert audit(tmp_path) == 0
    output = capsys.readouterr().out
    assert "Trips: 1 (1 confirmed)" in output
    assert "$1,550.00" in output
    assert output.rstrip().endswith("Balanced: ledger and books agree.")


@pytest.mark.parametrize(
    ("dials", "end"),
    [
        ({"sim_reject_car": 1}, "failed"),
        ({"sim_decline_payment": 1}, "failed"),
        ({"sim_price_change": 1}, "failed"),
        ({"sim_capture_refused": 1}, "failed"),
        ({"sim_hold_seconds": 60}, "failed"),
        ({"sim_lost_answer": 0.4}, "confirmed"),
        ({"sim_cancel_fee_percent": 50, "sim_capture_refused": 0.5}, None),
    ],
)
def test_every_end_of_a_trip_is_balanced(tmp_path: Path, dials: dict[str, Any], end: str | None) -> None:
    desk = open_desk(tmp_path, **dials)
    for number, policy in enumerate(("all_or_nothing", "keep_what_works")):
        open_trip(desk, f"trip-{number}", on_failure=policy)
        facts = settle(desk, f"trip-{number}", attempts=20)
        assert end is None or policy != "all_or_nothing" or status(facts) == end
    assert differences(tmp_path) == []


def cancel_body(desk: Any, trip: str) -> dict[str, Any]:
    """Return the body of a cancel on the suppliers' terms for what is confirmed and paid."""
    revisions = [(c.kind, r) for c in desk.ledger.facts(trip).components for r in c.revisions]
    fees = [
        (kind, r.number, r.cancel_fee)
        for kind, r in revisions
        if r.booked and (r.capture == "done" or r.authorize == "none")
    ]
    return {"fees": [{"kind": kind, "revision": number, "amount": fee} for kind, number, fee in fees]}


def test_a_cancel_on_the_suppliers_terms_and_changes_both_ways_are_balanced(tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    changes: tuple[tuple[ComponentKind, int], ...] = (("hotel", 7), ("hotel", 2), ("car_hire", 30))
    for kind, units in changes:
        trip = f"trip-{kind}-{units}"
        open_trip(desk, trip, kind=kind)
        settle(desk, trip)
        body = {"kind": kind, "revision": 2, "replaces": 1, "date": DAY.isoformat(), "units": units}
        command(desk, trip, "change", **body, fee=desk.ledger.facts(trip).components[0].revisions[0].cancel_fee)
        assert status(settle(desk, trip)) == "confirmed"
        assert differences(tmp_path) == []
        command(desk, trip, "cancel", **cancel_body(desk, trip))
        assert status(settle(desk, trip)) == "cancelled"
    assert differences(tmp_path) == []


@pytest.mark.parametrize("units", [9, 2])
def test_a_cancel_in_the_middle_of_a_change_costs_what_was_told_and_no_less(tmp_path: Path, units: int) -> None:
    for point in itertools.count():
        trip = f"trip-{point}"
        desk = open_desk(tmp_path)
        open_trip(desk, trip, kind="car_hire")
        settle(desk, trip)
        body = {"kind": "car_hire", "revision": 2, "replaces": 1, "date": DAY.isoformat(), "units": units, "fee": 2_250}
        command(desk, trip, "change", **body)
        done = list(itertools.islice(steps(desk, trip), point))
        command(desk, trip, "cancel", **cancel_body(desk, trip))
        assert status(settle(desk, trip)) == "cancelled"
        assert differences(tmp_path) == [], f"cancelled after {done}"
        if done[-1:] == ["close"]:
            break
    # The change has more steps than three, so the loop cannot have ended before it began.
    assert point > 3


@pytest.mark.parametrize(("dial", "item"), [("sim_fail_cancel", "cancel"), ("sim_fail_refund", "refund")])
def test_a_trip_that_needs_attention_lists_its_items_and_is_explained(
    tmp_path: Path, dial: str, item: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = open_desk(tmp_path)
    open_trip(desk, "trip-1")
    settle(desk, "trip-1")
    command(desk, "trip-1", "cancel", fees=[])
    settle(open_desk(tmp_path, **{dial: 1}), "trip-1")
    assert audit(tmp_path) == 0
    output = capsys.readouterr().out
    assert "1 needs_attention" in output
    for name in ("flight", "hotel", "car"):
        assert f"trip-1  {name}-{item}-1" in output
    assert audit(tmp_path, "--json") == 0
    (trip,) = json.loads(capsys.readouterr().out)["trips"]
    assert [open_item["id"] for open_item in trip["items"]] == [
        f"{name}-{item}-1" for name in ("flight", "hotel", "car")
    ]


def test_a_difference_is_told_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = open_desk(tmp_path)
    open_trip(desk, "trip-1")
    settle(desk, "trip-1")
    # Under a number that no refund of ours has, as if the provider had given it back by itself.
    desk.suppliers.payments.refund(
        "trip-1-hotel/refund/9", "trip-1-hotel/authorize/1", Money(currency="USD", minor=87_500)
    )
    assert audit(tmp_path) == 1
    output = capsys.readouterr().out
    assert "UNEXPLAINED" in output
    assert "trip-1: of payment" in output
    assert output.rstrip().endswith("NOT balanced.")
    assert audit(tmp_path, "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert report["balanced"] is False
    assert {difference["code"] for difference in report["differences"]} == {"refund_differs", "told_differs"}
    assert report["totals"]["USD"]["book_refunded"] == 87_500


def test_a_hold_that_the_ledger_never_heard_of_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = open_desk(tmp_path)
    open_trip(desk, "trip-1")
    settle(desk, "trip-1")
    desk.suppliers.booking["flight"].hold("trip-2-flight/hold/1", order("flight"))
    assert audit(tmp_path) == 1
    assert "a trip that the ledger does not know" in capsys.readouterr().out


def test_a_lost_book_or_ledger_fails(tmp_path: Path) -> None:
    for name in ("book", "ledger"):
        desk = open_desk(tmp_path / name)
        open_trip(desk, "trip-1")
        settle(desk, "trip-1")
    for file in book_of(tmp_path / "book", "hotel").parent.glob("hotel.db*"):
        file.unlink()
    for file in (tmp_path / "ledger").glob("ledger.db*"):
        file.unlink()
    assert audit(tmp_path / "book") == audit(tmp_path / "ledger") == 1


@pytest.mark.parametrize("file", ["ledger.db", "suppliers/payments.db"])
def test_what_cannot_be_read_is_said_in_a_sentence(
    tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "suppliers").mkdir()
    (tmp_path / file).write_bytes(b"this is no database at all" * 100)
    assert audit(tmp_path) == 2
    output = capsys.readouterr()
    assert output.err.startswith("The audit can't be done: ")
    assert "Traceback" not in output.err


def died_everywhere(tmp_path: Path, **changes: Any) -> Iterator[tuple[Path, int]]:
    """Yield one installation after the other, each with a trip that died one call later, until one survives."""
    for point in itertools.count():
        state_dir = tmp_path / str(point)
        desk = open_desk(state_dir, **changes)
        open_trip(desk, "trip-1", kind="hotel")
        try:
            settle(Countdown(point).over(desk), "trip-1")
        except ProcessDied:
            yield state_dir, point
        else:
            return


@pytest.mark.slow
@pytest.mark.parametrize("dials", [{}, {"sim_capture_refused": 1}], ids=["confirmed", "turned round"])
def test_death_at_any_call_is_explained_and_finishing_balances(tmp_path: Path, dials: dict[str, Any]) -> None:
    points = 0
    for state_dir, point in died_everywhere(tmp_path, **dials):
        points += 1
        assert audit(state_dir) == 0, f"died at call {point}: {differences(state_dir)}"
        desk = open_desk(state_dir, **dials)
        row = desk.ledger.trip("trip-1")
        assert row is not None
        # As the reconciler does with a trip whose saga has died.
        if row.box == "open":
            desk.ledger.take_over("trip-1", row.version)
        assert status(settle(desk, "trip-1")) in ("confirmed", "failed")
        assert differences(state_dir) == [], f"died at call {point}"
    assert points > 30


@pytest.mark.parametrize("seed", range(12))
def test_trips_with_every_sort_of_trouble_are_balanced_or_explained(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    rates = ("reject_hotel", "decline_payment", "fault", "lost_answer", "fail_cancel", "fail_refund", "price_change")
    dials = {f"sim_{name}": dice.choice((0, 0, 0.2, 0.5)) for name in (*rates, "capture_refused")}
    print(f"seed {seed}: {dials}")
    desk = open_desk(tmp_path, sim_seed=str(seed), **dials)
    for number in range(4):
        trip, kind = f"trip-{number}", dice.choice(KINDS)
        open_trip(desk, trip, kind=kind, on_failure=dice.choice(("all_or_nothing", "keep_what_works", "ask_me")))
        cancel_after = dice.choice((None, dice.randrange(12)))
        for done, _ in enumerate(steps(desk, trip, attempts=3)):
            if done == cancel_after:
                command(desk, trip, "cancel", **cancel_body(desk, trip))
            assert audit(tmp_path) == 0, differences(tmp_path)
    assert audit(tmp_path) == 0, differences(tmp_path)


@pytest.mark.slow
def test_an_audit_beside_a_busy_app_finds_nothing_wrong(tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    open_trip(desk, "trip-first")
    settle(desk, "trip-first")
    stop = threading.Event()

    def keep_booking(name: str) -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            open_trip(desk, f"trip-{name}{number}")
            settle(desk, f"trip-{name}{number}")

    writers = [threading.Thread(target=keep_booking, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    try:
        # Some thirty trips are as many audits, each at another moment of the two writers.
        while sum(1 for _ in desk.ledger.trips()) < 30:
            assert audit(tmp_path) == 0, differences(tmp_path)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert differences(tmp_path) == []


def test_the_audit_changes_nothing(tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    open_trip(desk, "trip-1")
    settle(desk, "trip-1")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.db")}
    assert len(before) == 2 + len(COMPONENT_KINDS)
    assert audit(tmp_path) == 0
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.db")} == before


def test_only_the_latest_trips_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = open_desk(tmp_path)
    for number in range(5):
        open_trip(desk, f"trip-{number}", kind="flight")
        settle(desk, f"trip-{number}")
    assert audit(tmp_path, "--trips", "2") == 0
    output = capsys.readouterr().out
    assert "Trips: 5 (5 confirmed); 2 of them, those in trouble first, then the latest:" in output
    assert "trip-2 " not in output
    assert "trip-4 " in output
