"""Records the golden histories anew: `python tests/replay/record.py`. Only for a deliberate change of a flow.

An instance in flight replays its history on the new code, so such a change breaks those of the old one.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from support_replay import golden  # noqa: E402
from support_scenarios import GOLDEN, SCENARIOS  # noqa: E402


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.glob("*.json"):
        old.unlink()
    for name, scenario in SCENARIOS.items():
        instance, _ = scenario.run()
        text = json.dumps(golden(instance), indent=1, ensure_ascii=False)
        (GOLDEN / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{name}: {len(instance.episodes)} episodes")


if __name__ == "__main__":
    main()
