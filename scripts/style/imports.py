"""The imports between modules, as a graph, and the circles in it."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from scripts.style.sources import Source

_ROOTS = ("", "tests.", "tests.support.")
"""Prefixes of modules that are imported without them, as `pythonpath` in pyproject.toml allows."""

Graph = Mapping[str, frozenset[str]]
"""The nodes that each node imports. A node is the dotted name of a module, or of a folder."""
Circle = tuple[str, ...]


def imported_by(source: Source) -> Iterator[str]:
    """Yield the dotted names that a file imports, relative ones resolved.

    An import inside a function or for the type checker counts too. `from a import b` yields `a.b`, whatever `b` is.
    """
    for node in source.nodes_of(ast.Import):
        yield from _names(node)
    for node in source.nodes_of(ast.ImportFrom):
        origin = _origin(source, node)
        yield from (f"{origin}.{name}" for name in _names(node))


def _names(node: ast.Import | ast.ImportFrom) -> Sequence[str]:
    return [alias.name for alias in node.names]


def _origin(source: Source, node: ast.ImportFrom) -> str:
    """Return the dotted name of the module or package that an import takes its names from."""
    if not node.level:
        return node.module or ""
    folders = source.path.parent.parts
    # One dot is the folder of the file itself, and each dot more is a folder further up.
    above = folders[: len(folders) - node.level + 1]
    return ".".join(filter(None, (*above, node.module)))


def module_graph(sources: Sequence[Source]) -> Graph:
    """Return the modules, each with those among them that it imports."""
    modules = {source.module for source in sources}
    graph: dict[str, frozenset[str]] = {}
    for source in sources:
        imported = {_module_of(name, modules) for name in imported_by(source)}
        graph[source.module] = frozenset(filter(None, imported)) - {source.module}
    return graph


def _module_of(name: str, modules: set[str]) -> str | None:
    """Return the module that an import names: itself, or the one that defines what is imported from it."""
    candidates = (name, name.rpartition(".")[0])
    for root in _ROOTS:
        for candidate in candidates:
            if root + candidate in modules:
                return root + candidate
    return None


def package_graph(modules: Graph) -> Graph:
    """Return the graph between the parts of rooms: their sub-packages, and the modules that lie directly in them."""
    parts: dict[str, frozenset[str]] = defaultdict(frozenset)
    for module, imported in modules.items():
        part = part_of(module)
        others = set(map(part_of, imported))
        parts[part] |= others - {part}
    return parts


def part_of(module: str) -> str:
    """Return the sub-package of a module, or the module itself if it lies directly in its room."""
    return ".".join(module.split(".")[:2])


def import_circles(sources: Sequence[Source]) -> Sequence[Circle]:
    """Return the import circles between modules, and those between the parts of rooms."""
    modules = module_graph(sources)
    return sorted({*circles(modules), *circles(package_graph(modules))})


def circles(graph: Graph) -> Sequence[Circle]:
    """Return the groups of nodes that import each other, directly or through others."""
    reach = {node: _reachable(graph, node) for node in graph}
    groups: set[Circle] = set()
    for node, reached in reach.items():
        if node in reached:
            group = [other for other in reached if node in reach[other]]
            groups.add(tuple(sorted(group)))
    return sorted(groups)


def _reachable(graph: Graph, start: str) -> set[str]:
    reached: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        node = waiting.pop()
        # What lies outside of the graph imports nothing of ours.
        if node in graph and node not in reached:
            reached.add(node)
            waiting.extend(graph[node])
    return reached
