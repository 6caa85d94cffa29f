"""Folders, import circles, class names, and the share of test code that is not tests."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from scripts.style.sources import Source

_IMPORT_ROOTS = ("", "tests.", "tests.support.")
"""Prefixes of modules that are imported without them, as `pythonpath` in pyproject.toml allows."""
Graph = Mapping[str, set[str]]


def flat_folders(sources: Sequence[Source]) -> Mapping[str, int]:
    """Return the number of modules that lie directly in each folder; `__init__.py` is not one."""
    return Counter(source.path.parent.as_posix() for source in sources if source.path.name != "__init__.py")


def support_share(sources: Sequence[Source]) -> float:
    """Return the share of lines below tests/ that stand outside of `test_*.py`."""
    lines = {True: 0, False: 0}
    for source in sources:
        if source.is_in_tests:
            lines[source.path.name.startswith("test_")] += len(source.lines)
    return lines[False] / max(1, sum(lines.values()))


def repeated_classes(sources: Sequence[Source]) -> Mapping[str, Sequence[str]]:
    """Return each public class name that several modules define, with those modules; private ones may repeat."""
    places: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(source.path))
    return {name: paths for name, paths in sorted(places.items()) if len(paths) > 1}


def circles(sources: Sequence[Source]) -> Sequence[Sequence[str]]:
    """Return the import circles between modules, and those between sub-packages of a room."""
    modules = _module_graph(sources)
    return sorted({tuple(circle) for circle in (*_components(modules), *_components(_package_graph(modules)))})


def _module_graph(sources: Sequence[Source]) -> Graph:
    names = {source.module for source in sources}
    graph: dict[str, set[str]] = {}
    for source in sources:
        imported = {_resolve(names, name) for name in _imports(source)}
        graph[source.module] = {name for name in imported if name and name != source.module}
    return graph


def _package_graph(modules: Graph) -> Graph:
    graph: dict[str, set[str]] = defaultdict(set)
    for module, imported in modules.items():
        graph[_package(module)] |= {_package(name) for name in imported} - {_package(module)}
    return graph


def _package(module: str) -> str:
    """Return the sub-package of a module, or the module itself if it lies directly in its room."""
    parts = module.split(".")
    return ".".join(parts[:2])


def _resolve(names: set[str], imported: str) -> str | None:
    """Return the module that an import names: itself, or the one that defines what is imported from it."""
    for prefix in _IMPORT_ROOTS:
        for name in (imported, imported.rpartition(".")[0]):
            if name and prefix + name in names:
                return prefix + name
    return None


def _imports(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{_origin(source, node)}.{name.name}" for name in node.names)


def _origin(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = source.module.split(".") if source.path.name == "__init__.py" else source.module.split(".")[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def _components(graph: Graph) -> Iterator[Sequence[str]]:
    """Yield the strongly connected components with more than one node (Tarjan's algorithm)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    done: set[str] = set()

    def visit(node: str) -> Iterator[Sequence[str]]:
        order[node] = lowest[node] = len(order)
        stack.append(node)
        for neighbour in sorted(graph.get(node, ())):
            if neighbour not in order:
                yield from visit(neighbour)
                lowest[node] = min(lowest[node], lowest[neighbour])
            elif neighbour not in done:
                lowest[node] = min(lowest[node], order[neighbour])
        if lowest[node] == order[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            done.update(component)
            if len(component) > 1:
                yield sorted(component)

    for node in sorted(graph):
        if node not in order:
            yield from visit(node)
