"""Names, branches and complexity inside functions."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.style.sources import EXCLUDED, Source

EMPTY_NAMES = frozenset({"told", "found", "known", "given", "wanted", "standing", "each", "answer"})
"""Names that do not say what they hold."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class ComplexFunction:
    """A function with more paths through it than the limit."""

    path: str
    name: str
    complexity: int

    @property
    def key(self) -> str:
        """Return `module.function`, which stays the same when the module moves to another folder."""
        return f"{Path(self.path).stem}.{self.name}"


def functions(source: Source) -> Iterator[Function]:
    """Yield every function of the file, also methods and nested ones."""
    return (node for node in source.nodes if isinstance(node, Function))


def bound_names(function: Function) -> Iterator[str]:
    """Yield the parameters of a function and then, once each, the names that its body binds."""
    arguments = function.args
    parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    parameters += [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    yield from (parameter.arg for parameter in parameters)
    yield from dict.fromkeys(_bindings(function.body))


def _bindings(body: list[ast.stmt]) -> Iterator[str]:
    pending: list[ast.AST] = list(reversed(body))
    while pending:
        node = pending.pop()
        # A nested function or class has bindings of its own, which are counted with it.
        if isinstance(node, Function | ast.ClassDef):
            continue
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                yield name
            case ast.MatchStar(name=str() as name) | ast.MatchMapping(rest=str() as name):
                yield name
            case _:
                pass
        pending += reversed(list(ast.iter_child_nodes(node)))


def body_lines(source: Source) -> int:
    """Count the lines of function bodies without docstrings, comments and blank lines."""
    numbers: set[int] = set()
    for function in _outermost_functions(source.tree):
        body = function.body[1:] if ast.get_docstring(function) else function.body
        for statement in body:
            numbers.update(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
    lines = source.lines
    return sum(bool(text) and not text.startswith("#") for text in (lines[number - 1].strip() for number in numbers))


def branches(source: Source) -> int:
    """Count the places inside functions where the run may go one way or another."""
    outermost = list(_outermost_functions(source.tree))
    return sum(_branches(node) for function in outermost for node in ast.walk(function))


def _outermost_functions(node: ast.AST) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield child
        else:
            yield from _outermost_functions(child)


def _branches(node: ast.AST) -> int:
    match node:
        case ast.If() | ast.IfExp() | ast.For() | ast.AsyncFor() | ast.While() | ast.ExceptHandler() | ast.match_case():
            return 1
        case ast.BoolOp(values=values):
            return len(values) - 1
        case ast.comprehension(ifs=conditions):
            return 1 + len(conditions)
        case _:
            return 0


def dense_expressions(source: Source) -> Iterator[str]:
    """Yield the place and the kind of each expression that should be written as statements."""
    for node in source.nodes:
        if isinstance(node, ast.IfExp) and _contains(node, ast.IfExp):
            yield f"{source.path}:{node.lineno} a conditional expression inside another"
        if isinstance(node, _COMPREHENSIONS) and _contains(node, ast.NamedExpr):
            yield f"{source.path}:{node.lineno} an assignment inside a comprehension"


def _contains(outer: ast.AST, kind: type[ast.AST]) -> bool:
    return any(isinstance(node, kind) for node in ast.walk(outer) if node is not outer)


def imports_annotations(source: Source) -> bool:
    """Return whether the module has `from __future__ import annotations`."""
    return any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in source.tree.body)


def complex_functions(root: Path, limit: int) -> list[ComplexFunction]:
    """Ask ruff for the functions whose cyclomatic complexity is above `limit`, whatever the code exempts."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore-noqa", "--select", "C901"]
    command += ["--exclude", ",".join(EXCLUDED)]
    command += ["--config", f"lint.mccabe.max-complexity={limit}", "--output-format", "json", "--exit-zero", "."]
    report = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return sorted((_complex_function(root, row) for row in json.loads(report)), key=lambda function: function.key)


def _complex_function(root: Path, row: dict[str, str]) -> ComplexFunction:
    name = row["message"].split("`")[1]
    complexity = int(row["message"].split("(")[-1].split()[0])
    return ComplexFunction(Path(row["filename"]).relative_to(root.resolve()).as_posix(), name, complexity)
