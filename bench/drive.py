"""Make one measurement and print it as JSON: `python -m bench.drive <column> <work> <size> <folder>`.

It runs where the column's own packages are; the folder is empty and holds all state and logs.
"""

import asyncio
import json
import sys
from pathlib import Path

from bench.columns import BY_NAME
from bench.measure import COLD, WORKS
from bench.work import SIZES


async def figures(name: str, work: str, size: str, folder: Path) -> dict[str, float]:
    """Return the figures of one work in one column."""
    column = BY_NAME[name]
    # A library cannot be killed or started cold while it shares the process that measures it.
    make = column.cold if column.cold is not None and work in COLD else column.make
    return await WORKS[work](make, folder, SIZES[size])


if __name__ == "__main__":
    name, work, size, folder = sys.argv[1:]
    print(json.dumps(asyncio.run(figures(name, work, size, Path(folder)))), flush=True)
