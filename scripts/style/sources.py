"""Python files of the project, read and parsed once."""

import ast
import fnmatch
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar

EXCLUDED = ("tests/conformance/kit",)
"""Folders that are kept as they were received: their text is not ours to change."""
_SKIPPED = {"node_modules", "__pycache__"}
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Source:
    """One Python file. `path` is relative to the project's root."""

    path: PurePosixPath
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """Return the top folder of the file, or `.` for a module beside the rooms."""
        return self.path.parts[0] if len(self.path.parts) > 1 else "."

    @property
    def module(self) -> str:
        """Return the dotted name under which the root's folder on the path would import the file."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def lines(self) -> Sequence[str]:
        return self.text.splitlines()

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        """Return all nodes of the tree; walking it once is what keeps the report quick."""
        return tuple(ast.walk(self.tree))

    def nodes_of(self, *kinds: type[Node]) -> Iterator[Node]:
        """Yield the nodes of these types."""
        for node in self.nodes:
            if isinstance(node, kinds):
                yield node


def read_sources(root: Path) -> tuple[Source, ...]:
    """Read every Python file below `root`, without hidden folders, caches and `EXCLUDED`."""
    return tuple(read_source(root, path) for path in sorted(_python_files(root, root)))


def read_room(root: Path, room: str) -> tuple[Source, ...]:
    """Read the Python files of a room: a folder with all below it, or a single module."""
    module = root / f"{room}.py"
    paths = [module] if module.exists() else sorted(_python_files(root, root / room))
    return tuple(read_source(root, path) for path in paths)


def _python_files(root: Path, top: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(top):
        here = Path(folder)
        # Editing the list in place is how `os.walk` learns which folders not to enter.
        subfolders[:] = [name for name in subfolders if _is_read(here / name, root)]
        yield from map(here.joinpath, fnmatch.filter(names, "*.py"))


def _is_read(folder: Path, root: Path) -> bool:
    is_hidden = folder.name.startswith(".")
    is_excluded = folder.relative_to(root).as_posix() in EXCLUDED
    return not is_hidden and not is_excluded and folder.name not in _SKIPPED


def read_source(root: Path, path: Path) -> Source:
    """Read one Python file below `root`."""
    text = path.read_text(encoding="utf-8")
    return Source(PurePosixPath(path.relative_to(root).as_posix()), text, ast.parse(text))
