"""Records the golden histories anew: `python tests/replay/record.py`. Only for a deliberate change of a flow.

An instance in flight replays its history on the new code, so a flow may only change for instances that begin after it:

1. Raise `defaultVersion` in `host.json`, e.g. from "1.0" to "1.1". New instances get it. Sub-orchestrations get their
   parent's own version, follow-up and recovery sagas the new one, for they go by the ledger alone.
2. Let the old flow stand beside the new one and choose by `context.version`, in the orchestrator that changes and
   nowhere else. A host that runs 1.1 runs instances of 1.0 too, so both must be there.
3. Let `make replay-gate` show that the old histories still replay, and record the new ones under names of their own.
4. Take the old flow out when no instance of its version is open any more: none that runs, waits or needs attention.

Until the first release of a version its histories may be recorded anew; afterwards they are what was promised.
"""

import logging
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.orchestrations.installation import real_activities  # noqa: E402
from support.orchestrations.replay import as_text  # noqa: E402
from support.orchestrations.scenarios import GOLDEN, SCENARIOS  # noqa: E402


def main() -> None:
    logging.disable(logging.CRITICAL)
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.glob("*.json"):
        old.unlink()
    with real_activities() as activities:
        for name, scenario in SCENARIOS.items():
            recorded = scenario.golden(activities)
            (GOLDEN / f"{name}.json").write_text(as_text(recorded), encoding="utf-8")
            print(f"{name}: {len(recorded['episodes'])} episodes")


if __name__ == "__main__":
    main()
