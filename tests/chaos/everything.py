"""Everything that `make chaos` runs, with a table of what was met: `python tests/chaos/everything.py`.

Kills at every write of every path, repeated deliveries and lost answers, seeded fault schedules, races. `CHAOS_SEED`
repeats a run; `--minutes` bounds the kills, whose points are taken in an order drawn by the seed.
"""

import argparse
import logging
import random
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
logging.disable(logging.CRITICAL)  # what the app logs about all these faults would fill pages

from support_chaos_deliveries import MANNERS, WAYS  # noqa: E402 - only now can they be found
from support_chaos_kill import Deaths, distinct  # noqa: E402
from support_chaos_paths import PATHS  # noqa: E402
from support_chaos_races import RACES  # noqa: E402
from support_chaos_work import (  # noqa: E402
    Found,
    deaths,
    deliveries,
    in_parallel,
    lost_answers,
    of_deaths,
    pieces,
    races,
    recordings,
    schedules,
    seed_of_run,
)

_LEAST_DEATHS = 150


def main() -> int:
    """Run it all; 0 if no promise was broken."""
    parser = argparse.ArgumentParser(prog="chaos", description="Kill, repeat, delay and race; count what is left.")
    parser.add_argument("--minutes", type=float, default=20, help="time for the kills (default: 20)")
    parser.add_argument("--schedules", type=int, default=2_000, metavar="N", help="fault schedules (default: 2000)")
    parser.add_argument("--races", type=int, default=1_000, metavar="N", help="runs of each race (default: 1000)")
    options = parser.parse_args()
    seed, begun = seed_of_run(), time.monotonic()
    table = [_repeated(), _lost(), _scheduled(seed, options.schedules), *_raced(seed, options.races)]
    kills, of = _killed(seed, options.minutes)
    print(_as_text(table, kills, of, time.monotonic() - begun))
    broken = [text for found in (*table, kills) for text in found.broken]
    print("\n\n".join(broken[:20]))
    print(f"{len(broken)} promises broken." if broken else "Nothing lost, nothing doubled, nothing left behind.")
    return 1 if broken or kills.met["killed"] < min(_LEAST_DEATHS, of) else 0


def _repeated() -> Found:
    total = Found("every activity delivered twice, three times, at once, unanswered")
    for found in in_parallel(deliveries, [(way.name, MANNERS) for way in WAYS]):
        total.add(found)
    return _told(total)


def _lost() -> Found:
    total = Found("the answer to every effect lost")
    for found in in_parallel(lost_answers, [(way.name, 1) for way in WAYS]):
        total.add(found)
    return _told(total)


def _scheduled(seed: int, count: int) -> Found:
    total = Found("fault schedules")
    jobs = [(first, min(first + 20, seed + count)) for first in range(seed, seed + count, 20)]
    for found in in_parallel(schedules, jobs):
        total.add(found)
    return _told(total)


def _raced(seed: int, times: int) -> list[Found]:
    totals = {name: Found(name) for name in RACES}
    jobs = [(name, seed + part, min(100, times - part)) for part in range(0, times, 100) for name in RACES]
    for found in in_parallel(races, jobs):
        totals[found.what].add(found)
    return [_told(total) for total in totals.values()]


def _killed(seed: int, minutes: float) -> tuple[Found, int]:
    """Kills at as many points as there is time for; what came of them, and how many points there are."""
    total, met = Found("kills"), Deaths()
    found_of = {name: points for name, points, broken in in_parallel(recordings, list(PATHS)) if _sound(broken, total)}
    met.update((name, found_of[name]) for name in PATHS if name in found_of)
    points = [(name, point) for name, own in distinct(met).items() for point in own]
    random.Random(seed).shuffle(points)
    by_path: Counter[str] = Counter()
    until = time.monotonic() + minutes * 60
    for ended in in_parallel(deaths, pieces(points, 10), until):
        total.add(of_deaths(ended))
        by_path.update(death.path for death in ended if death.died)
    print("\n".join(f"  {name}: {by_path[name]} of {len(own)} points" for name, own in distinct(met).items()))
    return _told(total), len(points)


def _sound(broken: str, total: Found) -> bool:
    if broken:
        total.broken.append(broken)
    return not broken


def _told(found: Found) -> Found:
    print(f"{found.what}: {found.runs} runs, {len(found.broken)} broken; {dict(found.met.most_common())}", flush=True)
    return found


def _as_text(table: list[Found], kills: Found, of: int, seconds: float) -> str:
    width = max(len(found.what) for found in table)
    lines = [f"{'':{width}}  {'runs':>6}  {'broken':>6}"]
    lines += [f"{found.what:{width}}  {found.runs:6}  {len(found.broken):6}" for found in table]
    lines += [f"{'killed at':{width}}  {kills.met['killed']:6}  {len(kills.broken):6}"]
    lines += [f"({of} distinct points in {len(PATHS)} paths; {seconds / 60:.0f} minutes)"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
