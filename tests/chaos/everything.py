"""Everything that `make chaos` runs, with a table of what was met: `python tests/chaos/everything.py`.

Kills at the writes of every path, repeated deliveries and lost answers, seeded fault schedules, decisions around late
answers, files put back to an earlier moment, and races; a share of each on Azurite's tables, which have no files.
`CHAOS_SEED` repeats a run. What is left of `--minutes` is for the kills, whose points are drawn in turns from all
paths.
"""

import argparse
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
logging.disable(logging.CRITICAL)  # what the app logs about all these faults would fill pages

from support.chaos.decisions import LATE_KINDS  # noqa: E402
from support.chaos.deliveries import MANNERS, WAYS  # noqa: E402
from support.chaos.kill import KillPoint, distinct, in_turns  # noqa: E402
from support.chaos.paths import PATHS  # noqa: E402
from support.chaos.plays import KINDS  # noqa: E402
from support.chaos.pool import in_parallel  # noqa: E402
from support.chaos.races import RACES, WINNERS  # noqa: E402
from support.chaos.restored import RESTORED_KINDS  # noqa: E402
from support.chaos.work import (  # noqa: E402
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
from support.stores.azurite import azurite  # noqa: E402 - only now can they be found

_LEAST_DEATHS, _LEAST_MINUTES_OF_KILLS = 150, 8
_ENOUGH_SCHEDULES, _ENOUGH_DECISIONS, _ENOUGH_RESTORES, _ENOUGH_RACES = 500, 200, 150, 200
"""From so many on, every kind of mishap and every winner has to be among them."""
_TABLE_SCHEDULES, _TABLE_DECISIONS, _TABLE_RACES, _TABLE_PATHS, _TABLE_DEATHS = 60, 40, 20, 12, 4


def main() -> int:
    """Run it all; 0 if no promise was broken."""
    options = _options()
    seed, begun = seed_of_run(), time.monotonic()
    found = [
        _piece("every activity delivered twice, three times, at once, unanswered", deliveries, _ways(MANNERS)),
        _piece("the answer to every effect lost", lost_answers, _ways(1)),
        _scheduled(seed, options.schedules),
        _decided(seed, options.decisions),
        _put_back(seed, options.restores),
        *_raced(seed, options.races),
    ]
    with azurite() as account:
        found += [
            _scheduled(seed, min(_TABLE_SCHEDULES, options.schedules), account),
            _decided(seed, min(_TABLE_DECISIONS, options.decisions), account),
            *_raced(seed, min(_TABLE_RACES, options.races), account),
            _killed_on_tables(seed, account),
        ]
    found.append(_killed(seed, begun + 60 * options.minutes))
    broken = [text for each in found for text in each.broken]
    print(_as_text(found, time.monotonic() - begun))
    print("\n\n".join(broken[:20]))
    print(f"{len(broken)} promises broken." if broken else "Nothing lost, nothing doubled, nothing left behind.")
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description="Kill, repeat, delay and race; count what is left.")
    parser.add_argument("--minutes", type=float, default=36, help="time for all of it (default: 36)")
    parser.add_argument("--schedules", type=int, default=2_000, metavar="N", help="fault schedules (default: 2000)")
    parser.add_argument(
        "--decisions", type=int, default=600, metavar="N", help="decisions, late answers (default: 600)"
    )
    parser.add_argument("--restores", type=int, default=300, metavar="N", help="restored files (default: 300)")
    parser.add_argument("--races", type=int, default=1_000, metavar="N", help="runs of each race (default: 1000)")
    return parser.parse_args()


def _ways(how: Any) -> list[tuple[str, Any]]:
    return [(way.name, how) for way in WAYS]


def _piece(what: str, work: Callable[[Any], Found], jobs: Sequence[Any]) -> Found:
    total, begun = Found(what), time.monotonic()
    for found in in_parallel(work, jobs, lambda job, why: Found(what, broken=[f"{what}, {job}: {why}"])):
        total.add(found)
    return _told(total, begun)


def _scheduled(seed: int, count: int, account: str = "") -> Found:
    what = f"fault schedules{' on tables' if account else ''}"
    jobs = [(first, min(first + 20, seed + count), account) for first in range(seed, seed + count, 20)]
    total = _piece(what, schedules, jobs)
    if count >= _ENOUGH_SCHEDULES:
        total.require_met(KINDS)
    return total


def _decided(seed: int, count: int, account: str = "") -> Found:
    what = f"decisions around late answers{' on tables' if account else ''}"
    jobs = [(first, min(first + 20, seed + count), account) for first in range(seed, seed + count, 20)]
    total = _piece(what, late_decisions, jobs)
    if count >= _ENOUGH_DECISIONS:
        total.require_met(LATE_KINDS)
    return total


def _put_back(seed: int, count: int) -> Found:
    jobs = [(first, min(first + 10, seed + count), "") for first in range(seed, seed + count, 10)]
    total = _piece("a file of the state folder put back", restored, jobs)
    if count >= _ENOUGH_RESTORES:
        total.require_met(RESTORED_KINDS)
    return total


def _raced(seed: int, times: int, account: str = "") -> list[Found]:
    totals: list[Found] = []
    for name in RACES:
        what = f"{name}{' on tables' if account else ''}"
        jobs = [(name, seed + part, min(50, times - part), account) for part in range(0, times, 50)]
        totals.append(_piece(what, races, jobs))
        if times >= _ENOUGH_RACES:
            totals[-1].require_met(WINNERS[name])
    return totals


def _killed(seed: int, until: float) -> Found:
    """Kills at as many points as there is time for, some on every path."""
    total, begun = Found("kills"), time.monotonic()
    met = _recorded(PATHS, "", total)
    points = distinct(met)
    until = max(until, time.monotonic() + 60 * _LEAST_MINUTES_OF_KILLS)
    by_path = _die(in_turns(met, points, random.Random(seed)), "", total, until)
    of = sum(map(len, points.values()))
    print("\n".join(f"  {name}: killed at {by_path[name]} of {len(met.get(name, ()))} points" for name in PATHS))
    print(f"  {of} distinct points in {len(PATHS)} paths")
    total.broken += [f"kills: nobody died on the path {name!r}" for name in PATHS if not by_path[name]]
    if total.met["killed"] < min(_LEAST_DEATHS, of):
        total.broken.append(f"kills: the process died only {total.met['killed']} times")
    return _told(total, begun)


def _killed_on_tables(seed: int, account: str) -> Found:
    total, dice, begun = Found("kills on tables"), random.Random(seed), time.monotonic()
    met = _recorded(dice.sample(list(PATHS), _TABLE_PATHS), account, total)
    jobs = [(name, dice.sample(points, min(_TABLE_DEATHS, len(points)))) for name, points in met.items()]
    _die(jobs, account, total)
    if not total.met["killed"]:
        total.broken.append("kills on tables: the process never died")
    return _told(total, begun)


def _recorded(paths: Iterable[str], account: str, total: Found) -> dict[str, list[KillPoint]]:
    """The points of each path, in the order of the paths."""
    jobs = [(name, account) for name in paths]
    recorded = in_parallel(recordings, jobs, lambda job, why: (job[0], [], f"{job[0]}: {why}"))
    found = {name: (points, broken) for name, points, broken in recorded}
    total.broken += [broken for _, broken in found.values() if broken]
    return {name: found[name][0] for name, _ in jobs if found[name][0]}


def _die(
    jobs: Iterable[tuple[str, Sequence[KillPoint]]], account: str, total: Found, until: float | None = None
) -> Counter[str]:
    """Die at the points of each job; how often the process died, by path."""
    by_path: Counter[str] = Counter()
    work = [(name, points, account) for name, points in jobs]
    for told in in_parallel(deaths, work, lambda job, why: Deaths(job[0], lost=f"{job[1]}: {why}"), until=until):
        total.add(of_deaths(told, account))
        by_path[told.path] += sum(death.died for death in told.ended)
    return by_path


def _told(found: Found, begun: float) -> Found:
    found.seconds = time.monotonic() - begun
    print(f"{found.what}: {found.runs} runs, {len(found.broken)} broken; {dict(found.met.most_common())}", flush=True)
    return found


def _as_text(found: Sequence[Found], seconds: float) -> str:
    width = max(len(each.what) for each in found)
    lines = [f"{'':{width}}  {'runs':>6}  {'broken':>6}  {'minutes':>7}"]
    lines += [f"{each.what:{width}}  {each.runs:6}  {len(each.broken):6}  {each.seconds / 60:7.1f}" for each in found]
    lines += [f"({seconds / 60:.0f} minutes)"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
