"""One piece of chaos again, as the failing one told: `python tests/chaos/again.py schedule 4711`."""

import argparse
import logging
import sys
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
logging.disable(logging.CRITICAL)  # what the app logs about all these faults would fill pages

from support.chaos.deliveries import MANNERS, WAYS  # noqa: E402
from support.chaos.paths import PATHS  # noqa: E402
from support.chaos.races import RACES  # noqa: E402
from support.chaos.work import (  # noqa: E402
    Found,
    deaths,
    deliveries,
    late_decisions,
    lost_answers,
    of_deaths,
    races,
    restored,
    schedules,
)
from support.stores.azurite import azurite  # noqa: E402 - only now can they be found


def main() -> int:
    """Run what is named; 0 if no promise was broken."""
    options = _options()
    with ExitStack() as running:
        account = running.enter_context(azurite()) if getattr(options, "tables", False) else ""
        found = _run(options, account)
    print("\n\n".join(found.broken) or f"No promise was broken in {found.runs} runs: {dict(found.met)}.")
    return 1 if found.broken else 0


def _run(options: argparse.Namespace, account: str) -> Found:
    match options.what:
        case "schedule":
            return schedules((options.seed, options.seed + 1, account))
        case "decision":
            return late_decisions((options.seed, options.seed + 1, account))
        case "restored":
            return restored((options.seed, options.seed + 1, ""))
        case "race":
            return races((options.name, options.seed, options.times, account))
        case "kill":
            point = (options.label, options.count)
            return of_deaths(deaths((options.path, (point,), account)), account)
        case "deliveries":
            return deliveries((options.way, MANNERS))
        case _:
            return lost_answers((options.way, 1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="again", description="Run one piece of chaos again.")
    what = parser.add_subparsers(dest="what", required=True)
    schedule = what.add_parser("schedule", help="the fault schedule of a seed")
    schedule.add_argument("seed", type=int)
    decision = what.add_parser("decision", help="the decisions around late answers of a seed")
    decision.add_argument("seed", type=int)
    backup = what.add_parser("restored", help="the file of a seed put back")
    backup.add_argument("seed", type=int)
    race = what.add_parser("race", help="a race so many times")
    race.add_argument("name", choices=RACES)
    race.add_argument("seed", type=int)
    race.add_argument("times", type=int)
    kill = what.add_parser("kill", help="a death at one point of a path")
    kill.add_argument("path", choices=PATHS)
    kill.add_argument("label")
    kill.add_argument("count", type=int)
    for part in (schedule, decision, race, kill):
        part.add_argument("--tables", action="store_true", help="on Azurite's tables in place of SQLite")
    for name, told in (("deliveries", "every activity delivered again"), ("answers", "the answer to each effect lost")):
        way = what.add_parser(name, help=told)
        way.add_argument("way", choices=[way.name for way in WAYS])
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
