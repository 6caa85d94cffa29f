"""A sample of `make chaos`: deaths at drawn points, races, schedules, repeated deliveries.

Each prints its seed; `CHAOS_SEED` repeats it.
"""

import random
from collections import Counter

import pytest

from domain.attention.decisions import Decision
from support.chaos.decisions import decide_late, one_refund, park
from support.chaos.deliveries import WAYS
from support.chaos.kill import distinct
from support.chaos.paths import PATHS
from support.chaos.pieces import ANSWERS, DELIVERIES, Case, lost_cases, recordings, run_cases, seed_of_run, seeds
from support.chaos.pool import in_parallel
from support.chaos.races import RACES
from support.chaos.restore import FILES
from support.orchestrations.installation import quick_folder, real_activities

KILLED_PATHS, KILLS_OF_EACH = 4, 3
TIMES = 200


def require_sound(piece: str, cases: list[Case], account: str = "") -> None:
    results = run_cases((piece, cases, account))
    print(dict(results.met))
    assert not results.broken, "\n\n".join(results.broken[:3])
    assert results.runs == len(cases)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_twelve_deaths_leave_nothing_lost_doubled_or_behind() -> None:
    dice, deaths = random.Random(seed_of_run()), 0
    names = [(name, "") for name in dice.sample(list(PATHS), KILLED_PATHS)]
    jobs: list[tuple[str, list[Case], str]] = []
    for name, points, broken in in_parallel(recordings, names, lambda job, why: (job[0], [], why)):
        assert not broken, broken
        # Points at which the trip looks as it did at an earlier one are left out: a death there proves nothing new.
        drawn = dice.sample(distinct({name: points})[name], KILLS_OF_EACH)
        print(name, drawn)
        jobs.append(("kill", [(name, label, str(count)) for label, count in drawn], ""))
    for result in in_parallel(run_cases, jobs, lost_cases):
        assert not result.broken, "\n\n".join(result.broken)
        assert result.runs == KILLS_OF_EACH
        deaths += result.met["killed"]
    assert deaths > 0


@pytest.mark.slow
@pytest.mark.parametrize("race", RACES)
def test_whoever_comes_first_no_promise_is_broken(race: str) -> None:
    require_sound("race", seeds(seed_of_run(), 50, race))


@pytest.mark.slow
def test_the_invariant_holds_in_fault_schedules() -> None:
    require_sound("schedule", seeds(seed_of_run(), 40))


@pytest.mark.slow
def test_an_activity_delivered_again_and_at_once_has_one_effect() -> None:
    ways = [way.name for way in random.Random(seed_of_run()).sample(WAYS, 4)]
    require_sound("delivery", [case for case in DELIVERIES if case[0] in ways])


@pytest.mark.slow
def test_an_effect_whose_answer_is_lost_is_done_once() -> None:
    require_sound("answer", ANSWERS[::5])


@pytest.mark.slow
def test_whoever_decides_while_an_answer_is_on_its_way_nothing_is_done_twice() -> None:
    require_sound("decision", seeds(seed_of_run(), 25))


@pytest.mark.slow
def test_whoever_decides_while_an_answer_is_on_its_way_to_tables_nothing_is_done_twice(azurite_account: str) -> None:
    require_sound("decision", seeds(seed_of_run(), 4), azurite_account)


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_after_a_file_was_put_back_nobody_is_told_of_another_booking_and_the_audit_tells_the_rest(file: str) -> None:
    require_sound("restored", [(*case, file) for case in seeds(seed_of_run(), 5)])


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("decision", ["settled", "written_off"])
def test_a_refund_is_paid_once_whenever_its_answer_arrives(decision: Decision) -> None:
    """Let the answer arrive 200 times, at a random moment around the decision, which is repeated until accepted."""
    seed, met = seed_of_run(), Counter[str]()
    with real_activities() as activities, quick_folder() as original:
        parked = park(one_refund(seed, decision), original, activities)
        for number in range(seed, seed + TIMES):
            with quick_folder() as folder:
                met += decide_late(one_refund(number, decision), folder, activities, parked)
    print(dict(met))
    assert met["told already_done"] == TIMES
    for when in ("before the answer", "while the answer arrives", "after the answer"):
        assert met[f"decided {when}"], when
