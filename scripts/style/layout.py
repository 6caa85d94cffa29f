"""Folders, class names, and the share of test code that is not tests."""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from scripts.style.sources import Source


def flat_folders(sources: Sequence[Source]) -> Mapping[str, int]:
    """Return the number of modules that lie directly in each folder; `__init__.py` is not one."""
    counts: Counter[str] = Counter()
    for source in sources:
        if source.path.name != "__init__.py":
            counts[source.path.parent.as_posix()] += 1
    return counts


def support_share(sources: Sequence[Source]) -> float:
    """Return the share of lines below tests/ that stand outside of `test_*.py`."""
    lines: Counter[str] = Counter()
    for source in sources:
        if source.room == "tests":
            prefix = source.path.name[:5]
            lines[prefix] += len(source.lines)
    all_lines = lines.total()
    support_lines = all_lines - lines["test_"]
    return support_lines / max(1, all_lines)


def repeated_classes(sources: Sequence[Source]) -> Mapping[str, Sequence[str]]:
    """Return each public class name that several modules define, with those modules; private ones may repeat."""
    # A name that stands twice makes a reader look up which of the two is meant.
    places: dict[str, list[str]] = {}
    repeated: dict[str, list[str]] = {}
    for source in sources:
        for name in _public_classes(source):
            paths = places.setdefault(name, [])
            paths.append(str(source.path))
            if len(paths) > 1:
                repeated[name] = paths
    return dict(sorted(repeated.items()))


def _public_classes(source: Source) -> Iterator[str]:
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
