"""Today's orchestrators take, at every prefix of every golden history, exactly the recorded actions."""

import json
from pathlib import Path
from typing import Any

import pytest
from support_replay import first_difference, golden
from support_scenarios import GOLDEN, SCENARIOS

WRONG = Path(__file__).parent / "wrong"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_history_replays_to_the_same_actions_at_every_prefix(path: Path) -> None:
    assert first_difference(read(path)) is None


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_way_through_has_its_golden_history(name: str) -> None:
    instance, _ = SCENARIOS[name].run()
    assert json.loads(json.dumps(golden(instance))) == read(GOLDEN / f"{name}.json")


def test_no_golden_history_is_left_of_a_way_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(SCENARIOS)


def test_a_history_in_which_the_charge_came_before_the_booking_is_noticed() -> None:
    found = first_difference(read(WRONG / "charge_before_booking.json"))
    assert found is not None
    assert found.startswith("episode 2, action 1")
    assert "process_flight_payment" in found


def test_a_history_with_fewer_attempts_is_noticed() -> None:
    recorded = read(GOLDEN / "flight_booking_unknown.json")
    recorded["actions"] = [action for action in recorded["actions"] if action["actionType"] != 5]
    assert first_difference(recorded) is not None
