"""Measure how plainly the code is written: `python -m scripts.style_report`.

Exits 1 if a rule is broken that is not in the table `NOT_YET` of `scripts/style/exceptions.py`. `--table` prints that
table anew, from what is broken now.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.style.exceptions import NOT_YET
from scripts.style.functions import complex_functions
from scripts.style.prose import documents, passages
from scripts.style.rules import MOST_COMPLEXITY, Breach, RoomFigures, breaches, figures, room_of, total
from scripts.style.sources import Source, read_sources

ROOT = Path(__file__).resolve().parents[1]


def by_room(sources: Sequence[Source]) -> list[RoomFigures]:
    """Return the figures of each room, in the order of their names."""
    rooms = sorted({room_of(source) for source in sources})
    return [figures(room, [source for source in sources if room_of(source) == room]) for room in rooms]


def print_rooms(rooms: Sequence[RoomFigures]) -> None:
    """Print one line for each room."""
    print(
        f"{'room':<16}{'lines':>7}{'docstrings':>12}{'question':>10}{'names':>8}{'empty':>8}{'comments':>10}{'branches':>10}"
    )
    for room in rooms:
        print(
            f"{room.room:<16}{room.lines:>7}{room.docstrings:>12}{room.question_share:>10.1%}{room.names:>8}"
            f"{room.empty_name_share:>8.2%}{room.comment_share:>10.2%}{room.branch_density:>10.3f}"
        )


def print_breaches(broken: Sequence[Breach], not_yet: Sequence[tuple[str, str]]) -> int:
    """Print what is beyond its limit, and return the number of those that are not in the table."""
    new = [breach for breach in broken if (breach.rule, breach.subject) not in not_yet]
    for breach in broken:
        label = "BROKEN " if breach in new else "not yet"
        print(f"{label}  {breach.rule}: {breach.subject}: {breach.value} (limit {breach.limit})")
    open_rules = {(breach.rule, breach.subject) for breach in broken}
    for rule, subject in not_yet:
        if (rule, subject) not in open_rules:
            print(f"met      {rule}: {subject}: delete it from NOT_YET in scripts/style/exceptions.py")
    return len(new)


def print_table(broken: Sequence[Breach]) -> None:
    """Print the entries of `NOT_YET` for what is broken now."""
    for rule, subject in dict.fromkeys((breach.rule, breach.subject) for breach in broken):
        print(f'    ("{rule}", "{subject}"),')


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Print the report and return the exit code."""
    parser = argparse.ArgumentParser(prog="style_report", description="Measure how plainly the code is written.")
    parser.add_argument("--table", action="store_true", help="print the table of what is not in order yet")
    options = parser.parse_args(arguments)
    sources = read_sources(root)
    rooms = by_room(sources)
    prose = passages(root, sources, documents(root))
    broken = list(breaches(sources, rooms, prose, complex_functions(root, MOST_COMPLEXITY)))
    if options.table:
        print_table(broken)
        return 0
    print_rooms([*rooms, total(rooms)])
    print()
    new = print_breaches(broken, NOT_YET)
    print(f"{len(broken)} beyond their limits, {new} of them not allowed.")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
