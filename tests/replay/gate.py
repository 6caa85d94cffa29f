"""The replay gate: `python tests/replay/gate.py [FOLDER]` replays recorded histories on today's code.

Exits 0 when every instance that was in flight with such a history would go on as it began. Otherwise it exits 1, and
prints one line for each history: what differs first, and what to do.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.orchestrations.replay import first_difference  # noqa: E402

GOLDEN = Path(__file__).resolve().parent / "golden"
REMEDY = "Undo this, or keep the recorded flow for instances of its version beside the new one: docs/versions.md."


def main(folder: Path) -> int:
    paths = sorted(folder.glob("*.json"))
    if not paths:
        print(f"There are no histories in {folder}.")
        return 1
    differences = {path.stem: first_difference(json.loads(path.read_text(encoding="utf-8"))) for path in paths}
    parted = {name: text for name, text in differences.items() if text}
    for name, text in parted.items():
        print(f"{name}: {text}. {REMEDY}")
    print(f"{len(paths) - len(parted)} of {len(paths)} histories replay to the same actions.")
    return 1 if parted else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN))
