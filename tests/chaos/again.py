"""One piece of chaos again, as the failing one printed it: `python tests/chaos/again.py schedule 4711`."""

import argparse
import logging
import sys
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
logging.disable(logging.CRITICAL)  # what the app logs about all these faults would fill pages

from support.chaos.pieces import PIECES, run_cases  # noqa: E402
from support.stores.azurite import azurite  # noqa: E402 - only now can they be result


def main() -> int:
    """Run what is named; 0 if no promise was broken."""
    parser = argparse.ArgumentParser(prog="again", description="Run one piece of chaos again.")
    parser.add_argument("piece", choices=PIECES)
    parser.add_argument("case", nargs="+", help="its names or its seed, as the failing run printed them")
    parser.add_argument("--times", type=int, default=1, help="how often (default: 1)")
    parser.add_argument("--tables", action="store_true", help="on Azurite's tables in place of SQLite")
    options = parser.parse_args()
    with ExitStack() as running:
        account = running.enter_context(azurite()) if options.tables else ""
        result = run_cases((options.piece, [tuple(options.case)] * options.times, account))
    print("\n\n".join(result.broken) or f"No promise was broken in {result.runs} runs: {dict(result.met)}.")
    return 1 if result.broken else 0


if __name__ == "__main__":
    sys.exit(main())
