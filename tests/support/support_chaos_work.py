"""Pieces of chaos as work for several processes: functions of plain values that tell what they found as such."""

import logging
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TypeVar

from support_chaos_deliveries import WAYS, Manner, deliver, every_point, lose
from support_chaos_kill import Death, Point, killed, recorded
from support_chaos_paths import PATHS
from support_chaos_races import RACES, Arena, run_race
from support_chaos_schedules import play
from support_house import quick_folder, real_activities

_Job = TypeVar("_Job")
_Found = TypeVar("_Found")
WORKERS = 2


@dataclass
class Found:
    """What came of a piece: how many runs, what happened in them, and each broken promise with how to repeat it."""

    what: str
    runs: int = 0
    met: Counter[str] = field(default_factory=Counter[str])
    broken: list[str] = field(default_factory=list[str])

    def add(self, other: "Found") -> None:
        self.runs += other.runs
        self.met += other.met
        self.broken += other.broken


def seed_of_run() -> int:
    """`CHAOS_SEED`, or a new one; printed, so that it can be repeated."""
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
    print(f"CHAOS_SEED={seed}")
    return seed


def in_parallel(work: Callable[[_Job], _Found], jobs: Sequence[_Job], until: float | None = None) -> Iterator[_Found]:
    """What each job found, as they end. After the moment `until` no further job is begun."""
    pool = ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"), initializer=_be_quiet)
    with pool:
        left = list(reversed(jobs))
        under_way = {pool.submit(work, left.pop()) for _ in range(min(2 * WORKERS, len(left)))}
        while under_way:
            ended = next(as_completed(under_way))
            under_way.remove(ended)
            if left and (until is None or time.monotonic() < until):
                under_way.add(pool.submit(work, left.pop()))
            yield ended.result()


def _be_quiet() -> None:
    """What the app logs about all these faults would fill pages."""
    logging.disable(logging.CRITICAL)


def schedules(seeds: tuple[int, int]) -> Found:
    """Play the schedules of the seeds from one up to another."""
    found = Found("schedules")
    with real_activities() as activities:
        for seed in range(*seeds):
            found.runs += 1
            with quick_folder() as folder:
                try:
                    found.met += play(seed, folder, activities).met
                except AssertionError as error:
                    found.broken.append(str(error))
    return found


def races(job: tuple[str, int, int]) -> Found:
    """Run one race so many times, the threads shifted against each other by a seed."""
    name, seed, times = job
    found = Found(name)
    with real_activities() as activities, quick_folder() as folder:
        arena = Arena.open(folder, activities, seed)
        for number in range(times):
            found.runs += 1
            try:
                found.met[run_race(arena, RACES[name], f"race-{number:05}-solo")] += 1
            except AssertionError as error:
                found.broken.append(f"CHAOS_SEED={seed}, race {number} of {name}: {error}")
                break
    return found


def deliveries(job: tuple[str, tuple[Manner, ...]]) -> Found:
    """Go one way with every activity delivered in these manners."""
    found = Found("deliveries")
    way = next(way for way in WAYS if way.name == job[0])
    with real_activities() as activities:
        for manner in job[1]:
            found.runs += 1
            with quick_folder() as folder:
                try:
                    found.met["activities delivered"] += deliver(way, manner, folder, activities)
                except AssertionError as error:
                    found.broken.append(f"{way.name}, every activity: {manner}: {error}")
    return found


def lost_answers(job: tuple[str, int]) -> Found:
    """Go one way with the answer to each effect lost once, and to all of them; every `step`-th only."""
    found = Found("lost answers")
    way = next(way for way in WAYS if way.name == job[0])
    with real_activities() as activities:
        for points in every_point()[:: job[1]]:
            found.runs += 1
            with quick_folder() as folder:
                try:
                    lose(way, points, folder, activities)
                except AssertionError as error:
                    found.broken.append(f"{way.name}, answers lost at {points}: {error}")
    return found


def recordings(name: str) -> tuple[str, list[Point], str]:
    """The points of a path, or what was broken in it without any death."""
    try:
        return name, recorded(PATHS[name]), ""
    except Exception as error:
        return name, [], f"{name}: {type(error).__name__}: {error}"


def deaths(job: tuple[str, tuple[Point, ...]]) -> list[Death]:
    """Die at these points of one path, one after another."""
    return list(killed(PATHS[job[0]], job[1]))


def pieces(points: Iterable[tuple[str, Point]], size: int) -> list[tuple[str, tuple[Point, ...]]]:
    """Points as jobs of one path each, in the order of the points."""
    jobs: list[tuple[str, tuple[Point, ...]]] = []
    open_jobs: dict[str, list[Point]] = {}
    for name, point in points:
        waiting = open_jobs.setdefault(name, [])
        waiting.append(point)
        if len(waiting) == size:
            jobs.append((name, tuple(waiting)))
            open_jobs[name] = []
    return jobs + [(name, tuple(waiting)) for name, waiting in open_jobs.items() if waiting]


def of_deaths(ended: Iterable[Death]) -> Found:
    found = Found("kills")
    for death in ended:
        found.runs += 1
        found.met["killed" if death.died else "not met"] += 1
        if death.problems:
            where = f"{death.path}, killed at {death.point[0]!r} #{death.point[1]}"
            found.broken += [f"{where}: {problem}" for problem in death.problems]
    return found
