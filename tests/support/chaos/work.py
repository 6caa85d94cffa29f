"""Pieces of chaos as work for several processes: functions of plain values that tell what they found as such."""

import os
import random
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from support.chaos.arena import Arena
from support.chaos.decisions import decide_late
from support.chaos.decisions import drawn as drawn_decisions
from support.chaos.deliveries import WAYS, Manner, deliver, every_point, lose
from support.chaos.kill import Death, KillPoint, killed, recorded
from support.chaos.paths import PATHS
from support.chaos.races import RACES, run_race
from support.chaos.restored import drawn as drawn_restore
from support.chaos.restored import go_back
from support.chaos.schedules import play
from support.orchestrations.installation import quick_folder, real_activities

Account = str
"""Connection string of the storage account whose tables are used; empty for SQLite."""
_AGAIN = "repeat with: .venv/bin/python tests/chaos/again.py"


@dataclass
class Found:
    """What came of a piece: how many runs, what happened in them, and each broken promise with how to repeat it."""

    what: str
    runs: int = 0
    met: Counter[str] = field(default_factory=Counter[str])
    broken: list[str] = field(default_factory=list[str])
    seconds: float = 0
    """How long all of it took."""

    def add(self, other: "Found") -> None:
        self.runs += other.runs
        self.met += other.met
        self.broken += other.broken

    def require_met(self, wanted: Iterable[str]) -> None:
        """Count as broken whatever never happened: what was not met was not proven either."""
        self.broken += [f"{self.what}: {each!r} never happened" for each in wanted if not self.met[each]]


@dataclass(frozen=True)
class Deaths:
    """The deaths of one path, or why there are none to tell of."""

    path: str
    ended: tuple[Death, ...] = ()
    lost: str = ""


def seed_of_run() -> int:
    """`CHAOS_SEED`, or a new one; printed, so that it can be repeated."""
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
    print(f"CHAOS_SEED={seed}")
    return seed


def schedules(job: tuple[int, int, Account]) -> Found:
    """Play the schedules of the seeds from one up to another."""
    first, end, account = job
    found = Found(f"fault schedules{_on(account)}")
    with real_activities() as activities:
        for seed in range(first, end):
            found.runs += 1
            with quick_folder() as folder:
                try:
                    found.met += play(seed, folder, activities, **dials_of(account)).met
                except AssertionError as error:
                    found.broken.append(f"{error}\n{_AGAIN} schedule {seed}{_tables(account)}")
    return found


def races(job: tuple[str, int, int, Account]) -> Found:
    """Run one race so many times, the threads shifted against each other by a seed."""
    name, seed, times, account = job
    found = Found(f"{name}{_on(account)}")
    with real_activities() as activities, quick_folder() as folder:
        arena = Arena.open(folder, activities, seed, **dials_of(account))
        for number in range(times):
            found.runs += 1
            try:
                found.met[run_race(arena, RACES[name], f"race-{number:05}-solo")] += 1
            except AssertionError as error:
                again = f'{_AGAIN} race "{name}" {seed} {times}{_tables(account)}'
                found.broken.append(f"race {number} of {name}: {error}\n{again}")
                break
    return found


def late_decisions(job: tuple[int, int, Account]) -> Found:
    """Play operators' decisions around late answers, for the seeds from one up to another."""
    first, end, account = job
    found = Found(f"decisions around late answers{_on(account)}")
    with real_activities() as activities:
        for seed in range(first, end):
            found.runs += 1
            with quick_folder() as folder:
                try:
                    found.met += decide_late(drawn_decisions(seed), folder, activities, **dials_of(account))
                except AssertionError as error:
                    found.broken.append(f"{error}\n{_AGAIN} decision {seed}{_tables(account)}")
    return found


def restored(job: tuple[int, int, str]) -> Found:
    """Put a file back for the seeds from one up to another; always the same file if one is named."""
    first, end, file = job
    found = Found("a file of the state folder put back")
    with real_activities() as activities:
        for seed in range(first, end):
            found.runs += 1
            with quick_folder() as folder:
                try:
                    found.met += go_back(drawn_restore(seed, file or None), folder, activities)
                except AssertionError as error:
                    found.broken.append(f"{error}\n{_AGAIN} restored {seed}")
    return found


def deliveries(job: tuple[str, Sequence[Manner]]) -> Found:
    """Go one way with every activity delivered in these manners."""
    found = Found("every activity delivered twice, three times, at once, unanswered")
    way = next(way for way in WAYS if way.name == job[0])
    with real_activities() as activities:
        for manner in job[1]:
            found.runs += 1
            with quick_folder() as folder:
                try:
                    found.met["activities delivered"] += deliver(way, manner, folder, activities)
                except AssertionError as error:
                    again = f'{_AGAIN} deliveries "{way.name}"'
                    found.broken.append(f"{way.name}, every activity: {manner}: {error}\n{again}")
    return found


def lost_answers(job: tuple[str, int]) -> Found:
    """Go one way with the answer to each effect lost once, and to all of them; every `step`-th only."""
    found = Found("the answer to every effect lost")
    way = next(way for way in WAYS if way.name == job[0])
    with real_activities() as activities:
        for points in every_point()[:: job[1]]:
            found.runs += 1
            with quick_folder() as folder:
                try:
                    lose(way, points, folder, activities)
                except AssertionError as error:
                    again = f'{_AGAIN} answers "{way.name}"'
                    found.broken.append(f"{way.name}, answers lost at {points}: {error}\n{again}")
    return found


def recordings(job: tuple[str, Account]) -> tuple[str, list[KillPoint], str]:
    """The points of a path, or what was broken in it without any death."""
    name, account = job
    try:
        return name, recorded(PATHS[name], _environment(account)), ""
    except Exception as error:
        return name, [], f"{name}: {type(error).__name__}: {error}"


def deaths(job: tuple[str, Sequence[KillPoint], Account]) -> Deaths:
    """Die at these points of one path, one after another."""
    name, points, account = job
    return Deaths(name, tuple(killed(PATHS[name], points, _environment(account))))


def of_deaths(told: Deaths, account: Account = "") -> Found:
    found = Found(f"kills{_on(account)}")
    if told.lost:
        found.broken.append(f"{told.path}: {told.lost}")
    for death in told.ended:
        found.runs += 1
        found.met["killed" if death.died else "not met"] += 1
        label, count = death.point
        again = f'{_AGAIN} kill "{death.path}" "{label}" {count}{_tables(account)}'
        where = f"{death.path}, killed at {label!r} #{count}"
        found.broken += [f"{where}: {problem}\n{again}" for problem in death.problems]
    return found


def dials_of(account: Account) -> dict[str, Any]:
    """The settings of a fresh installation on that storage."""
    if not account:
        return {}
    prefix = f"c{uuid.uuid4().hex[:16]}"
    return {"store": "tables", "tables_connection_string": account, "tables_prefix": prefix}


def _environment(account: Account) -> dict[str, str]:
    return {name.upper(): value for name, value in dials_of(account).items()}


def _on(account: Account) -> str:
    return " on tables" if account else ""


def _tables(account: Account) -> str:
    return " --tables" if account else ""
