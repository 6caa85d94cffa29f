"""Death everywhere: each path is gone once in peace, and then again with `kill -9` before and after its writes.

`CHAOS_KILLS` is the number of deaths on each path, and `CHAOS_POINT` the one point to die at.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import takewhile
from time import time
from typing import Any

import pytest

from support.chaos.client import PATIENCE, KillableApp, Traveller, killable_app
from support.chaos.paths import PARIS, PATHS, Path
from support.chaos.runs import FULL, SEED, drawn
from support.orchestrations.installation import quick_folder
from support.orchestrations.invariant import broken
from support.waiting import until

KillPoint = tuple[str, int]
KILLS = int(os.environ.get("CHAOS_KILLS") or (28 if FULL else 3))
LEAST_KILLS = min(KILLS, 4)
"""The deaths on a path that comes to nothing new, and on one on tables."""
PATHS_ON_TABLES = 12 if FULL else 0
_QUIET_SECONDS = 0.15
_CLIENTS_OWN = ("turn claim", "turn take_start")
"""Writes of a client's repeated posts, whose number depends on how fast the answer comes."""
_ON_TABLES = random.Random(SEED).sample(list(PATHS), PATHS_ON_TABLES)
_CASES = [
    *(pytest.param(name, "sqlite", id=name) for name in drawn(list(PATHS), 4)),
    *(pytest.param(name, "tables", id=f"{name}-tables") for name in _ON_TABLES),
]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "dials"), _CASES, indirect=["dials"])
def test_whenever_the_app_dies_nothing_is_lost_doubled_or_left_behind(
    name: str, dials: Mapping[str, Any], met: Counter[str]
) -> None:
    settings = {setting.upper(): value for setting, value in dials.items()}
    problems: list[str] = []
    points = _points_to_die_at(PATHS[name], settings)
    for point, died, broken_promises in _killed(PATHS[name], points, settings):
        met["died" if died else "point not met"] += 1
        again = f"To die there alone: CHAOS_POINT={' '.join(map(str, point))!r} and the command below."
        problems += [f"{point}: {problem}\n{again}" for problem in broken_promises]
    if problems:
        pytest.fail("\n\n".join(problems))
    assert met["died"], points


def _points_to_die_at(path: Path, settings: Mapping[str, str]) -> list[KillPoint]:
    """Draw points at which the trip is as on no earlier path, and if there are but few, others too."""
    if label := os.environ.get("CHAOS_POINT"):
        words, _, count = label.rpartition(" ")
        return [(words, int(count))]
    points, dice = _recorded(path, settings) if settings else _recorded_once(path.name), random.Random(SEED)
    if settings:
        return dice.sample(points, LEAST_KILLS)
    # A sample has no time to go the earlier paths.
    earlier = takewhile(lambda name: name != path.name, PATHS) if FULL else ()
    seen = {moment for name in earlier for moment in _moments(PATHS[name], _recorded_once(name))}
    fresh = [moment[0] for moment in _moments(path, points) if moment not in seen]
    others = [point for point in points if point not in set(fresh)]
    fewest = max(0, LEAST_KILLS - len(fresh))
    return dice.sample(fresh, min(KILLS, len(fresh))) + dice.sample(others, fewest)


def _moments(path: Path, points: list[KillPoint]) -> Iterator[tuple[KillPoint, int]]:
    """Yield each point with what is so at it.

    Two paths that have written the same and heard the same so far differ only in what is still to come; components
    that are booked alone differ only in their names.
    """
    state = hash((path.message == PARIS, path.options.get("parallel")))
    for label, count in points:
        # The host's own points change nothing of the trip.
        if "host" not in label:
            state = hash((state, label, _heard(path, label)))
        yield (label, count), state


def _heard(path: Path, label: str) -> str:
    key = label.split(" ")[2] if len(label.split(" ")) > 3 else ""
    return f"{key in path.plan.refuse} {path.plan.fates.get(key)}"


@cache
def _recorded_once(name: str) -> list[KillPoint]:
    return _recorded(PATHS[name], {})


def _recorded(path: Path, settings: Mapping[str, str]) -> list[KillPoint]:
    """Return the points of a path that is gone in peace, which may break nothing either."""
    with quick_folder() as folder, killable_app(folder, {**path.settings, **settings}) as app:
        app.tell(replace(path.plan, record=True))
        assert not _problems(app, path), f"{path.name}, without any death"
        return [point for point in app.met() if point[1] == 1 or not point[0].startswith(_CLIENTS_OWN)]


def _killed(
    path: Path, points: list[KillPoint], settings: Mapping[str, str]
) -> Iterator[tuple[KillPoint, bool, list[str]]]:
    """Go the path once for each point, and yield whether somebody died there and what that broke.

    All deaths are on one installation, until something breaks.
    """
    left = list(points)
    while left:
        with quick_folder() as folder, killable_app(folder, {**path.settings, **settings}) as app:
            problems: list[str] = []
            while left and not problems:
                deaths, point = app.deaths, left.pop(0)
                app.tell(replace(path.plan, kill=point))
                problems = _problems(app, path)
                yield point, app.deaths > deaths, problems


def _problems(app: KillableApp, path: Path) -> list[str]:
    """Go the path and return the promises that were broken on it."""
    traveller = Traveller(app)
    try:
        path.go(traveller)
        # The last write may have been the one to die at, with nobody asking any more.
        app.revive()
        until(lambda: time() - app.moved > _QUIET_SECONDS, PATIENCE)
        return broken(app.settings, only=traveller.trip)
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
