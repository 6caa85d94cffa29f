"""The imports between the modules of this repository, as a graph, and the circles in it."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

Graph = Mapping[str, frozenset[str]]
"""The nodes that each node imports. A node is the dotted name of a module, or of a folder."""


def module_graph(room: str, root: Path = ROOT) -> Graph:
    """Return the modules of a room (`devhost`, `settings`), each with every module that it imports.

    An import inside a function or for the type checker counts too.
    """
    return {_module_name(path, root): frozenset(imported_by(path, root)) for path in paths_of(room, root)}


def imported_by(path: Path, root: Path = ROOT) -> Iterator[str]:
    """Yield the dotted name of each module that a file imports, relative ones resolved."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join((*above, *(node.module or "").split("."))).strip(".")
            yield from _from(source, (name.name for name in node.names), root)


def paths_of(room: str, root: Path = ROOT) -> list[Path]:
    """Return the Python files of a room: a folder with all below it, or a single module."""
    module = root / f"{room}.py"
    return [module] if module.exists() else sorted((root / room).glob("**/*.py"))


def inside(graph: Graph, room: str) -> Graph:
    """Return the graph between the parts of a room: its sub-packages, and the modules that lie directly in it."""
    modules = frozenset(graph)
    parts: dict[str, frozenset[str]] = {}
    for module, imported in graph.items():
        part = _part(module, room)
        others = frozenset(_part(name, room) for name in imported & modules) - {part}
        parts[part] = parts.get(part, frozenset()) | others
    return parts


def circles(graph: Graph) -> list[list[str]]:
    """Return the groups of nodes that import each other, directly or through others."""
    reach = {node: _reachable(graph, node) for node in graph}
    groups = {
        frozenset(other for other in reach[node] if node in reach[other]) for node in graph if node in reach[node]
    }
    return sorted(sorted(group) for group in groups)


def _reachable(graph: Graph, start: str) -> set[str]:
    reached: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        node = waiting.pop()
        if node in graph and node not in reached:
            reached.add(node)
            waiting.extend(graph[node])
    return reached


def _part(module: str, room: str) -> str:
    below = module.removeprefix(room).removeprefix(".")
    return below.partition(".")[0] or "__init__"


def _module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _from(source: str, names: Iterable[str], root: Path) -> Iterator[str]:
    """Yield what `from source import names` imports: a name is a module if it has a file, else part of the source."""
    folder = root.joinpath(*source.split("."))
    for name in names:
        is_module = (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()
        yield f"{source}.{name}" if is_module else source
