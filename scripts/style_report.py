"""Measure how plainly the code is written: `python -m scripts.style_report`.

Exits 1 if a rule is broken that is not in the table `NOT_YET` of `scripts/style/exceptions.py`. `--table` prints that
table anew, from what is broken now.
"""

import argparse
import sys
from collections import defaultdict
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
    by_name: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        by_name[room_of(source)].append(source)
    return [figures(room, of_room) for room, of_room in sorted(by_name.items())]


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
    new = 0
    for breach in broken:
        is_new = breach.key not in not_yet
        new += is_new
        label = "BROKEN " if is_new else "not yet"
        print(f"{label}  {breach.rule}: {breach.subject}: {breach.value} (limit {breach.limit})")
    for rule, subject in _met(broken, not_yet):
        print(f"met      {rule}: {subject}: delete it from NOT_YET in scripts/style/exceptions.py")
    return new


def _met(broken: Sequence[Breach], not_yet: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    still_broken = {breach.key for breach in broken}
    return [entry for entry in not_yet if entry not in still_broken]


def print_table(broken: Sequence[Breach]) -> None:
    """Print the entries of `NOT_YET` for what is broken now."""
    printed: set[tuple[str, str]] = set()
    for breach in broken:
        # A rule may be broken in many places of one subject, and needs one entry.
        if breach.key not in printed:
            print(f'    ("{breach.rule}", "{breach.subject}"),')
            printed.add(breach.key)


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
