"""Record golden histories: `python tests/replay/record.py [--all]`.

Without `--all` only those scenarios are recorded that have no history yet: after a release, histories are promises to
the instances in flight and are never recorded anew. `--all` is for a flow that no installation has run so far.
docs/versions.md says how a flow may change.
"""

import logging
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.orchestrations.installation import real_activities  # noqa: E402
from support.orchestrations.replay import as_text  # noqa: E402
from support.orchestrations.scenarios import GOLDEN, SCENARIOS  # noqa: E402


def main(everything: bool) -> None:
    logging.disable(logging.CRITICAL)
    GOLDEN.mkdir(exist_ok=True)
    kept = set() if everything else {path.stem for path in GOLDEN.glob("*.json")}
    with real_activities() as activities:
        for name in SCENARIOS:
            if name not in kept:
                history = SCENARIOS[name].golden(activities)
                (GOLDEN / f"{name}.json").write_text(as_text(history), encoding="utf-8")
                print(f"{name}: {len(history['episodes'])} episodes")
    # A history without a scenario can never be recorded again, so it is named and not removed.
    for path in sorted(GOLDEN.glob("*.json")):
        if path.stem not in SCENARIOS:
            print(f"{path.name} belongs to no scenario of support/orchestrations/scenarios.py.")


if __name__ == "__main__":
    main("--all" in sys.argv[1:])
