"""Name the modules that the unit and replay tests run too little of: `python -m scripts.coverage_report FILE`.

FILE is the JSON report of coverage.py. The report is for reading and fails nothing: many lines are run by the contract
and end-to-end tests, which are not measured because most of their work is done in other processes.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ENOUGH_PERCENT = 85.0


def low_modules(report: Mapping[str, Any]) -> list[tuple[float, str]]:
    """Return share and path of each module below `ENOUGH_PERCENT`, the lowest first."""
    shares: list[tuple[float, str]] = []
    for path, module in report["files"].items():
        percent = module["summary"]["percent_covered"]
        if percent < ENOUGH_PERCENT:
            shares.append((percent, path))
    # The worst first, because few readers go on to the end.
    return sorted(shares)


def main(report_file: str) -> int:
    """Print the modules and the total."""
    report = json.loads(Path(report_file).read_text(encoding="utf-8"))
    modules = low_modules(report)
    for percent, path in modules:
        print(f"{percent:5.1f} %  {path}")
    total = report["totals"]["percent_covered"]
    print(f"{total:5.1f} %  of all lines; {len(modules)} modules below {ENOUGH_PERCENT:.0f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
