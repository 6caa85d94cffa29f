"""One measurement: `python -m bench.drive <column> <work> <size>` prints its figures as JSON on the last line."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench import measure, work
from bench.columns import BY_NAME

SIZES = {"quick": work.QUICK, "full": work.FULL, "long": work.LONG}


def main(name: str, what: str, size: str) -> None:
    column = BY_NAME[name]
    make = column.cold if column.cold is not None and what in measure.COLD else column.make
    with tempfile.TemporaryDirectory(prefix=f"bench-{name}-", ignore_cleanup_errors=True) as folder:
        figures = asyncio.run(measured(make, what, Path(folder), SIZES[size]))
    print(json.dumps(figures), flush=True)


async def measured(make: measure.Make, what: str, folder: Path, sizes: work.Sizes) -> measure.Figures:
    """The figures of one work."""
    return await measure.WORKS[what](make, folder, sizes)


if __name__ == "__main__":
    main(*sys.argv[1:])
