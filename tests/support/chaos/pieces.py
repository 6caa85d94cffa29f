"""The pieces of chaos: each runs cases by name, so that a process can be given some and a failing one be run again."""

import os
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from support.chaos import decisions, restored, schedules
from support.chaos.deliveries import MANNERS, WAYS, deliver, every_point, lose
from support.chaos.kill import KillPoint, killed, recorded
from support.chaos.paths import PATHS
from support.chaos.races import RACES, race
from support.orchestrations.installation import quick_folder, real_activities
from support.orchestrations.services import RealActivities

Account = str
"""Connection string of the storage account whose tables are used; empty for SQLite."""
Case = tuple[str, ...]
Outcome = tuple[Case, Counter[str], Sequence[str]]
"""A case, what happened in it, and the broken promises."""
_WAYS = {way.name: way for way in WAYS}
_POINTS = {" ".join(points): points for points in every_point()}


@dataclass
class Found:
    """The result of a piece: how many runs, what happened in them, and each broken promise with how to repeat it."""

    what: str
    runs: int = 0
    met: Counter[str] = field(default_factory=Counter[str])
    broken: list[str] = field(default_factory=list[str])
    by_group: Counter[str] = field(default_factory=Counter[str])
    """The number of deaths, by the first name of a case."""
    seconds: float = 0
    """The time that all of it took."""

    def add(self, other: "Found") -> None:
        self.runs += other.runs
        self.met += other.met
        self.by_group += other.by_group
        self.broken += other.broken

    def require_met(self, expected: Iterable[str]) -> None:
        """Count as broken whatever never happened: what was not met was not proven either."""
        self.broken += [f"{self.what}: {kind!r} never happened" for kind in expected if not self.met[kind]]


def seed_of_run() -> int:
    """Return `CHAOS_SEED`, or a new seed; it is printed, so that the run can be repeated."""
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
    print(f"CHAOS_SEED={seed}")
    return seed


def seeds(first: int, count: int, *names: str) -> list[Case]:
    return [(*names, str(seed)) for seed in range(first, first + count)]


def run_cases(job: tuple[str, Sequence[Case], Account]) -> Found:
    """Run these cases of one piece; a function of plain values for `in_parallel`."""
    piece, cases, account = job
    result = Found(f"{piece}{' on tables' if account else ''}")
    for case, met, broken in PIECES[piece](cases, account):
        result.runs += 1
        result.met += met
        result.by_group[case[0]] += met["killed"]
        words = " ".join(f'"{word}"' if " " in word else word for word in case)
        again = f"repeat with: .venv/bin/python tests/chaos/again.py {piece} {words}{' --tables' if account else ''}"
        result.broken += [f"{piece} {words}: {text}\n{again}" for text in broken]
    return result


def lost_cases(job: tuple[str, Sequence[Case], Account], why: str) -> Found:
    return Found(job[0], broken=[f"{job[0]} {list(job[1])}: {why}"])


def recordings(job: tuple[str, Account]) -> tuple[str, list[KillPoint], str]:
    """Return the points of a path, or what was broken in it without any death."""
    name, account = job
    try:
        return name, recorded(PATHS[name], _environment(account)), ""
    except Exception as error:
        return name, [], f"{name}: {type(error).__name__}: {error}"


def _one_by_one(play: Callable[..., Counter[str]], cases: Sequence[Case], account: Account = "") -> Iterator[Outcome]:
    """Play each case on a fresh installation."""
    with real_activities() as activities:
        # A fresh installation for each, so that a case can be run again alone.
        for case in cases:
            with quick_folder() as folder:
                try:
                    yield case, play(case, folder, activities, **_dials_of(account)), ()
                except AssertionError as error:
                    yield case, Counter(), (str(error),)


def _killed(cases: Sequence[Case], account: Account) -> Iterator[Outcome]:
    """Die at points of one path, one after another."""
    points = [(label, int(count)) for _, label, count in cases]
    for case, death in zip(cases, killed(PATHS[cases[0][0]], points, _environment(account)), strict=True):
        yield case, Counter({"killed" if death.died else "not met": 1}), death.problems


def _schedule(case: Case, folder: Path, activities: RealActivities, **dials: Any) -> Counter[str]:
    return schedules.play(int(case[0]), folder, activities, **dials)


def _decision(case: Case, folder: Path, activities: RealActivities, **dials: Any) -> Counter[str]:
    return decisions.decide_late(decisions.drawn(int(case[0])), folder, activities, **dials)


def _restored(case: Case, folder: Path, activities: RealActivities) -> Counter[str]:
    """Put a file back; the one that is named behind the seed, or a drawn one."""
    return restored.go_back(restored.drawn(int(case[0]), *case[1:]), folder, activities)


def _race(case: Case, folder: Path, activities: RealActivities, **dials: Any) -> Counter[str]:
    return race(case[0], int(case[1]), folder, activities, **dials)


def _delivery(case: Case, folder: Path, activities: RealActivities) -> Counter[str]:
    return Counter({"activities delivered": deliver(_WAYS[case[0]], case[1], folder, activities)})


def _answer(case: Case, folder: Path, activities: RealActivities) -> Counter[str]:
    lose(_WAYS[case[0]], _POINTS[case[1]], folder, activities)
    return Counter()


PIECES: Mapping[str, Callable[[Sequence[Case], Account], Iterator[Outcome]]] = {
    "delivery": partial(_one_by_one, _delivery),
    "answer": partial(_one_by_one, _answer),
    "schedule": partial(_one_by_one, _schedule),
    "decision": partial(_one_by_one, _decision),
    "restored": partial(_one_by_one, _restored),
    "race": partial(_one_by_one, _race),
    "kill": _killed,
}
"""In this order: every activity delivered again, the answer to every effect lost, fault schedules, decisions around
late answers, a file of the state folder put back, races, and deaths at each point of a path."""
DELIVERIES: list[Case] = [(way, manner) for way in _WAYS for manner in MANNERS]
ANSWERS: list[Case] = [(way, points) for way in _WAYS for points in _POINTS]
RACE_NAMES = tuple(RACES)


def _dials_of(account: Account) -> dict[str, Any]:
    """Return the settings of a fresh installation on that storage."""
    if not account:
        return {}
    prefix = f"c{uuid.uuid4().hex[:16]}"
    return {"store": "tables", "tables_connection_string": account, "tables_prefix": prefix}


def _environment(account: Account) -> dict[str, str]:
    return {name.upper(): value for name, value in _dials_of(account).items()}
