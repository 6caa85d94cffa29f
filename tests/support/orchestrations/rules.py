"""Rules for orchestrator code. Where they are broken, a replay may differ from the first run, or the real host hang."""

import ast
from collections.abc import Iterator

from support.orchestrations.task_rules import task_breaches

ALLOWED_ROOTS = {"domain", "orchestrators", "typing", "dataclasses", "contextlib", "collections", "enum", "logging"}
ALLOWED_NAMES = {
    "datetime": {"datetime", "timedelta"},
    "azure.durable_functions": None,
    "azure.durable_functions.models.Task": None,
}
FORBIDDEN_CALLS = {
    "open", "print", "input", "eval", "exec", "compile", "__import__", "hash", "id", "vars", "dir", "globals", "float"
}  # fmt: skip
FORBIDDEN_ATTRIBUTES = {
    "now": "reads the clock",
    "utcnow": "reads the clock",
    "today": "reads the clock",
    "new_uuid": "makes an id of its own; ids come from the domain",
    "new_guid": "makes an id of its own; ids come from the domain",
    "environ": "reads the environment",
    "getenv": "reads the environment",
    "histories": "reads the history",
}
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def violations(source: str) -> list[str]:
    """Return one sentence with its line for each breach; an empty list for code that keeps the rules."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    breaches = [(node.lineno, text) for node in ast.walk(tree) for text in _breaches(node, parents)]  # pyright: ignore
    breaches += task_breaches(tree)
    return [f"line {line}: {text}" for line, text in sorted(breaches)]


def _breaches(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[str]:
    match node:
        case ast.Import() | ast.ImportFrom():
            yield from _imports(node)
        case ast.Call():
            yield from _calls(node, parents)
        case ast.Set() | ast.SetComp():
            yield from _sets(node, parents)
        case ast.Attribute():
            yield from _attributes(node)
        case ast.ExceptHandler():
            yield from _handlers(node)
        case _:
            yield from _others(node)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for alias in node.names:
        if isinstance(node, ast.Import) and not _may_import(alias.name, None):
            yield f"imports {alias.name}"
        if isinstance(node, ast.ImportFrom) and not _may_import(node.module or "", alias.name):
            yield f"imports {alias.name} from {node.module}"


def _calls(node: ast.Call, parents: dict[ast.AST, ast.AST]) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
            yield f"calls {name}()"
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            yield from _sets(node, parents)
        case ast.Call(func=ast.Name(id="suppress"), args=args) if not all(map(_is_plain_exception, args)):
            yield "suppresses something else than Exception"
        case ast.Call(func=ast.Attribute(attr=method, value=ast.Name(id=logger))) if (
            method in LOG_METHODS and "log" in logger.lower() and not _is_replay_guarded(node, parents)
        ):
            yield "logs without asking whether this is a replay"
        case _:
            pass


def _is_plain_exception(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Name) and argument.id == "Exception"


def _sets(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> Iterator[str]:
    if not _is_membership_test(node, parents):
        yield "makes a set, whose order can differ"


def _attributes(node: ast.Attribute) -> Iterator[str]:
    match node:
        case ast.Attribute(attr=attribute) if attribute in FORBIDDEN_ATTRIBUTES:
            yield f".{attribute} {FORBIDDEN_ATTRIBUTES[attribute]}"
        case ast.Attribute(attr=attribute) if attribute.endswith("_with_retry"):
            yield f".{attribute} waits a constant time and breaks inside task_any; the frame retries"
        case _:
            pass


def _handlers(node: ast.ExceptHandler) -> Iterator[str]:
    match node:
        case ast.ExceptHandler(type=None) | ast.ExceptHandler(type=ast.Name(id="BaseException")):
            yield "catches more than Exception"
        case ast.ExceptHandler(name=str()):
            yield "binds an exception, whose text is not to be read"
        case _:
            pass


def _others(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=float()):
            yield "uses a float"
        case ast.BinOp(op=ast.Div()):
            yield "divides into a float"
        case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
            yield "is async; the SDK runs plain generators"
        case ast.Global() | ast.Nonlocal():
            yield "shares state between runs"
        case _:
            pass


def _may_import(module: str, name: str | None) -> bool:
    if module in ALLOWED_NAMES:
        names = ALLOWED_NAMES[module]
        return names is None or name in names
    return module.split(".")[0] in ALLOWED_ROOTS or (module, name) == ("azure", "durable_functions")


def _is_membership_test(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    parent = parents.get(node)
    return (
        isinstance(parent, ast.Compare)
        and node in parent.comparators
        and all(isinstance(operator, ast.In | ast.NotIn) for operator in parent.ops)
    )


def _is_replay_guarded(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    while parent := parents.get(node):
        if isinstance(parent, ast.If) and node in parent.body and _asks_for_replay(parent.test):
            return True
        node = parent
    return False


def _asks_for_replay(test: ast.expr) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Attribute(attr="is_replaying")):
            return True
        case _:
            return False
