"""Today's orchestrators take, at every prefix of every golden history, exactly the recorded actions."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.orchestrations.installation import real_activities
from support.orchestrations.replay import first_difference
from support.orchestrations.scenarios import GOLDEN, SCENARIOS
from support.orchestrations.services import RealActivities

HERE = Path(__file__).parent
WRONG = HERE / "wrong"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_history_replays_to_the_same_actions_at_every_prefix(path: Path) -> None:
    assert first_difference(read(path)) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_way_through_is_what_was_recorded(name: str, activities: RealActivities) -> None:
    assert SCENARIOS[name].golden(activities) == read(GOLDEN / f"{name}.json")


def test_every_way_through_has_its_golden_history_and_none_is_left_of_a_way_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(SCENARIOS)


def test_a_history_in_which_the_payment_came_before_the_booking_is_noticed() -> None:
    difference = first_difference(read(WRONG / "authorize_before_hold.json"))
    assert difference is not None
    assert difference.startswith("episode 2, action 1")
    assert "process_flight_payment" in difference


def test_a_history_with_fewer_attempts_is_noticed() -> None:
    recorded = read(GOLDEN / "flight_hold_given_up.json")
    # 5 is the type of CreateTimer: without the waits between attempts, later attempts come too early.
    recorded["actions"] = [action for action in recorded["actions"] if action["actionType"] != 5]
    assert first_difference(recorded) is not None


def test_a_history_whose_timer_was_not_cancelled_is_noticed() -> None:
    recorded = read(GOLDEN / "flight_confirmed.json")
    recorded["actions"][0]["compoundActions"][1]["isCanceled"] = False
    assert first_difference(recorded) is not None


def test_a_child_of_another_version_is_noticed() -> None:
    recorded = read(GOLDEN / "travel_confirmed.json")
    child = next(action for action in recorded["actions"] if action["actionType"] == 2)
    child["version"] = None
    assert "travel" not in (first_difference(read(GOLDEN / "travel_confirmed.json")) or "")
    assert "had version None, now '1.0'" in (first_difference(recorded) or "")


@pytest.mark.parametrize(
    ("folder", "code"), [pytest.param(GOLDEN, 0, marks=pytest.mark.slow), (WRONG, 1)], ids=["golden", "wrong"]
)
def test_the_gate_passes_what_replays_and_tells_the_first_difference_of_what_does_not(folder: Path, code: int) -> None:
    gate = subprocess.run(
        [sys.executable, str(HERE / "gate.py"), str(folder)], capture_output=True, text=True, check=False
    )
    assert gate.returncode == code, gate.stdout + gate.stderr
    assert ("episode 2, action 1" in gate.stdout) == bool(code)
    *histories, _summary = gate.stdout.splitlines()
    assert [line for line in histories if "docs/versions.md" not in line] == [], "each line says what to do"
