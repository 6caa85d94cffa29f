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
_FUNCTIONS: tuple[type[Function], ...] = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS: tuple[type[ast.expr], ...] = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ONE_BRANCH = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)


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
    return source.nodes_of(*_FUNCTIONS)


def bound_names(function: Function) -> Iterator[str]:
    """Yield the parameters of a function and then, once each, the names that its body binds."""
    yield from (parameter.arg for parameter in _parameters(function.args))
    # A dict keeps the order in which the names are bound, and each only once.
    yield from dict.fromkeys(_bindings(function.body))


def _parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from arguments.posonlyargs
    yield from arguments.args
    yield from arguments.kwonlyargs
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def _bindings(body: list[ast.stmt]) -> Iterator[str]:
    pending: list[ast.AST] = list(reversed(body))
    while pending:
        node = pending.pop()
        # A nested function or class has bindings of its own, which are counted with it.
        if isinstance(node, Function | ast.ClassDef):
            continue
        yield from filter(None, [_bound_name(node)])
        # The last one is taken first, so the reversed list gives the order of the text.
        pending += reversed(list(ast.iter_child_nodes(node)))


def _bound_name(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            return name
        case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name):
            return name
        case ast.MatchMapping(rest=name):
            return name
        case _:
            return None


def body_lines(source: Source) -> int:
    """Count the lines of function bodies without docstrings, comments and blank lines."""
    numbers: set[int] = set()
    for function in _outermost_functions(source.tree):
        for statement in _statements(function):
            numbers.update(range(statement.lineno, _last_line(statement) + 1))
    lines = (source.lines[number - 1].strip() for number in numbers)
    return sum(map(_is_code, lines))


def _statements(function: Function) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) else function.body


def _last_line(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def _is_code(line: str) -> bool:
    return line != "" and not line.startswith("#")


def branches(source: Source) -> int:
    """Count the places inside functions where the run may go one way or another."""
    count = 0
    for function in _outermost_functions(source.tree):
        # Walking an outermost function also meets those inside it, so each node counts once.
        count += sum(map(_branches, ast.walk(function)))
    return count


def _outermost_functions(node: ast.AST) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield child
        else:
            yield from _outermost_functions(child)


def _branches(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return int(isinstance(node, _ONE_BRANCH))


def dense_expressions(source: Source) -> Iterator[str]:
    """Yield the place and the kind of each expression that should be written as statements."""
    for node in source.nodes_of(ast.IfExp):
        if _contains(node, ast.IfExp):
            yield f"{source.path}:{node.lineno} a conditional expression inside another"
    for node in source.nodes_of(*_COMPREHENSIONS):
        if _contains(node, ast.NamedExpr):
            yield f"{source.path}:{node.lineno} an assignment inside a comprehension"


def _contains(outer: ast.AST, kind: type[ast.AST]) -> bool:
    nodes = ast.walk(outer)
    # The first node of the walk is the expression itself.
    next(nodes)
    return any(isinstance(node, kind) for node in nodes)


def imports_annotations(source: Source) -> bool:
    """Return whether the module has `from __future__ import annotations`."""
    origins = {node.module for node in source.nodes_of(ast.ImportFrom)}
    return "__future__" in origins


def complex_functions(root: Path, limit: int) -> list[ComplexFunction]:
    """Ask ruff for the functions whose cyclomatic complexity is above `limit`, whatever the code exempts."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore-noqa", "--select", "C901"]
    command += ["--exclude", ",".join(EXCLUDED)]
    command += ["--config", f"lint.mccabe.max-complexity={limit}", "--output-format", "json", "--exit-zero", "."]
    report = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    complex_ones = [_complex_function(root, row) for row in json.loads(report)]
    return sorted(complex_ones, key=lambda function: function.key)


def _complex_function(root: Path, row: dict[str, str]) -> ComplexFunction:
    name = row["message"].split("`")[1]
    complexity = int(row["message"].split("(")[-1].split()[0])
    path = Path(row["filename"]).relative_to(root.resolve())
    return ComplexFunction(path.as_posix(), name, complexity)
