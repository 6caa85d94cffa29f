"""A sample of `make chaos`: deaths at drawn points, races, schedules, repeated deliveries.

Each prints its seed; `CHAOS_SEED` repeats it.
"""

import random
from collections import Counter

import pytest

from domain.attention.decisions import Decision
from support.chaos.decisions import decide_late, one_refund, park
from support.chaos.deliveries import MANNERS, WAYS
from support.chaos.kill import KillPoint, distinct
from support.chaos.paths import PATHS
from support.chaos.pool import in_parallel
from support.chaos.races import RACES
from support.chaos.restore import FILES
from support.chaos.work import (
    Deaths,
    Found,
    deaths,
    deliveries,
    late_decisions,
    lost_answers,
    of_deaths,
    races,
    recordings,
    restored,
    schedules,
    seed_of_run,
)
from support.orchestrations.installation import quick_folder, real_activities

KILLED_PATHS, KILLS_OF_EACH = 4, 3
TIMES = 200


def require_sound(results: Found) -> None:
    assert not results.broken, "\n\n".join(results.broken[:3])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_twelve_deaths_leave_nothing_lost_doubled_or_behind() -> None:
    dice, total = random.Random(seed_of_run()), Found("kills")
    names = [(name, "") for name in dice.sample(list(PATHS), KILLED_PATHS)]
    jobs: list[tuple[str, list[KillPoint], str]] = []
    for name, points, broken in in_parallel(recordings, names, lambda job, why: (job[0], [], why)):
        assert not broken, broken
        # Points at which the trip looks as it did at an earlier one are left out: a death there proves nothing new.
        drawn = dice.sample(distinct({name: points})[name], KILLS_OF_EACH)
        print(name, drawn)
        jobs.append((name, drawn, ""))
    for result in in_parallel(deaths, jobs, lambda job, why: Deaths(job[0], lost=why)):
        total.add(of_deaths(result))
    require_sound(total)
    assert total.runs == KILLED_PATHS * KILLS_OF_EACH
    assert total.met["killed"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("race", RACES)
def test_whoever_comes_first_no_promise_is_broken(race: str) -> None:
    results = races((race, seed_of_run(), 50, ""))
    print(dict(results.met))
    require_sound(results)
    assert results.runs == 50


@pytest.mark.slow
def test_the_invariant_holds_in_fault_schedules() -> None:
    seed = seed_of_run()
    results = schedules((seed, seed + 40, ""))
    print(dict(results.met))
    require_sound(results)


@pytest.mark.slow
def test_an_activity_delivered_again_and_at_once_has_one_effect() -> None:
    dice = random.Random(seed_of_run())
    for way in dice.sample(WAYS, 4):
        require_sound(deliveries((way.name, MANNERS)))


@pytest.mark.slow
def test_an_effect_whose_answer_is_lost_is_done_once() -> None:
    for way in WAYS:
        require_sound(lost_answers((way.name, 5)))


@pytest.mark.slow
def test_whoever_decides_while_an_answer_is_on_its_way_nothing_is_done_twice() -> None:
    seed = seed_of_run()
    results = late_decisions((seed, seed + 25, ""))
    print(dict(results.met))
    require_sound(results)


@pytest.mark.slow
def test_whoever_decides_while_an_answer_is_on_its_way_to_tables_nothing_is_done_twice(azurite_account: str) -> None:
    seed = seed_of_run()
    results = late_decisions((seed, seed + 4, azurite_account))
    print(dict(results.met))
    require_sound(results)


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_after_a_file_was_put_back_nobody_is_told_of_another_booking_and_the_audit_tells_the_rest(file: str) -> None:
    seed = seed_of_run()
    results = restored((seed, seed + 5, file))
    print(dict(results.met))
    require_sound(results)


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
