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
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
logging.disable(logging.CRITICAL)  # what the app logs about all these faults would fill pages

from support.chaos.decisions import LATE_KINDS  # noqa: E402
from support.chaos.kill import KillPoint, distinct, in_turns  # noqa: E402
from support.chaos.paths import PATHS  # noqa: E402
from support.chaos.pieces import (  # noqa: E402
    ANSWERS,
    DELIVERIES,
    Case,
    Found,
    lost_cases,
    recordings,
    run_cases,
    seed_of_run,
    seeds,
)
from support.chaos.pool import in_parallel  # noqa: E402
from support.chaos.races import WINNERS  # noqa: E402
from support.chaos.restored import RESTORED_KINDS  # noqa: E402
from support.chaos.schedules import SCHEDULE_KINDS  # noqa: E402
from support.forking import FORKING  # noqa: E402
from support.stores.azurite import azurite  # noqa: E402 - only now can they be found

_LEAST_DEATHS, _LEAST_MINUTES_OF_KILLS = 150, 8
_CASES_OF_A_JOB, _DEATHS_OF_A_JOB = 20, 4
_TABLE_SCHEDULES, _TABLE_DECISIONS, _TABLE_RACES, _TABLE_PATHS = 60, 40, 20, 12
_ENOUGH = {"schedule": 500, "decision": 200, "restored": 150, "race": 200}
"""From so many cases on, every kind of mishap and every winner has to be among them."""


def main() -> int:
    """Run it all; 0 if no promise was broken."""
    options = _options()
    seed, begun = seed_of_run(), time.monotonic()
    # Each job is a process forked from one that has loaded all of this, which takes longer than many a job.
    FORKING.set_forkserver_preload(["support.chaos.pieces"])
    results = [
        _run("delivery", DELIVERIES),
        _run("answer", ANSWERS),
        _run("schedule", seeds(seed, options.schedules), kinds=SCHEDULE_KINDS),
        _run("decision", seeds(seed, options.decisions), kinds=LATE_KINDS),
        _run("restored", seeds(seed, options.restores), kinds=RESTORED_KINDS),
        *(_run("race", seeds(seed, options.races, name), kinds=winners) for name, winners in WINNERS.items()),
    ]
    with azurite() as account:
        results += [
            _run("schedule", seeds(seed, min(_TABLE_SCHEDULES, options.schedules)), account),
            _run("decision", seeds(seed, min(_TABLE_DECISIONS, options.decisions)), account),
            *(_run("race", seeds(seed, min(_TABLE_RACES, options.races), name), account) for name in WINNERS),
            _killed_on_tables(seed, account),
        ]
    results.append(_killed(seed, begun + 60 * options.minutes))
    broken = [text for part in results for text in part.broken]
    print(_as_text(results, time.monotonic() - begun))
    print("\n\n".join(broken[:20]))
    print(f"{len(broken)} promises broken." if broken else "Nothing lost, nothing doubled, nothing left behind.")
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description="Kill, repeat, delay and race; count what is left.")
    parser.add_argument("--minutes", type=float, default=36, help="time for all of it (default: 36)")
    for name, default, text in (
        ("schedules", 2_000, "fault schedules"),
        ("decisions", 600, "decisions, late answers"),
        ("restores", 300, "restored files"),
        ("races", 1_000, "runs of each race"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{text} (default: {default})")
    return parser.parse_args()


def _run(piece: str, cases: Sequence[Case], account: str = "", kinds: Iterable[str] = ()) -> Found:
    jobs = [cases[start : start + _CASES_OF_A_JOB] for start in range(0, len(cases), _CASES_OF_A_JOB)]
    total = _together(piece, jobs, account)
    if kinds and len(cases) >= _ENOUGH[piece]:
        total.require_met(kinds)
    return total


def _together(piece: str, jobs: Iterable[Sequence[Case]], account: str, until: float | None = None) -> Found:
    begun, names = time.monotonic(), {case[0] for cases in jobs for case in cases if piece == "race"}
    total = Found(f"{' '.join([piece, *names])}{' on tables' if account else ''}")
    for result in in_parallel(run_cases, [(piece, cases, account) for cases in jobs], lost_cases, until=until):
        total.add(result)
    total.seconds = time.monotonic() - begun
    print(f"{total.what}: {total.runs} runs, {len(total.broken)} broken; {dict(total.met.most_common())}", flush=True)
    return total


def _killed(seed: int, until: float) -> Found:
    """Kill at as many points as there is time for, some on every path."""
    met, broken = _recorded(PATHS, "")
    points = distinct(met)
    until = max(until, time.monotonic() + 60 * _LEAST_MINUTES_OF_KILLS)
    jobs = in_turns(met, points, random.Random(seed), _DEATHS_OF_A_JOB)
    total = _together("kill", [_cases(*job) for job in jobs], "", until)
    total.broken += broken
    distinct_points = sum(map(len, points.values()))
    for name in PATHS:
        print(f"  {name}: killed at {total.by_group[name]} of {len(met.get(name, ()))} points")
    print(f"  {distinct_points} distinct points in {len(PATHS)} paths")
    total.broken += [f"kills: nobody died on the path {name!r}" for name in PATHS if not total.by_group[name]]
    if total.met["killed"] < min(_LEAST_DEATHS, distinct_points):
        total.broken.append(f"kills: the process died only {total.met['killed']} times")
    return total


def _killed_on_tables(seed: int, account: str) -> Found:
    dice = random.Random(seed)
    met, broken = _recorded(dice.sample(list(PATHS), _TABLE_PATHS), account)
    jobs = [_cases(name, dice.sample(own, min(_DEATHS_OF_A_JOB, len(own)))) for name, own in met.items()]
    total = _together("kill", jobs, account)
    total.broken += broken
    if not total.met["killed"]:
        total.broken.append("kills on tables: the process never died")
    return total


def _recorded(paths: Iterable[str], account: str) -> tuple[dict[str, list[KillPoint]], list[str]]:
    """Return the points of each path, in the order of the paths, and what was broken without any death."""
    jobs = [(name, account) for name in paths]
    recorded = in_parallel(recordings, jobs, lambda job, why: (job[0], [], f"{job[0]}: {why}"))
    by_path = {name: (points, broken) for name, points, broken in recorded}
    points = {name: by_path[name][0] for name, _ in jobs if by_path[name][0]}
    return points, [broken for _, broken in by_path.values() if broken]


def _cases(path: str, points: Iterable[KillPoint]) -> list[Case]:
    return [(path, label, str(count)) for label, count in points]


def _as_text(results: Sequence[Found], seconds: float) -> str:
    width = max(len(part.what) for part in results)
    lines = [f"{'':{width}}  {'runs':>6}  {'broken':>6}  {'minutes':>7}"]
    lines += [f"{part.what:{width}}  {part.runs:6}  {len(part.broken):6}  {part.seconds / 60:7.1f}" for part in results]
    lines += [f"({seconds / 60:.0f} minutes)"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
