"""Rules for `task_any` in orchestrator code. Where they are broken, the real host hangs although the SDK goes on.

- An event wait in a `task_any` is made for that very `task_any`, under a name that carries something that varies.
- A task that was yielded once, by itself or in a compound, is in no later `task_any`.
- A timer in a `task_any` is cancelled on every way on which it lost.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.Lambda | ast.Module
_LOOPS = (ast.For, ast.While)
_WAIT, _ANY = "wait_for_external_event", "task_any"
_TIMERS = ("timer", "create_timer")


def task_breaches(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and sentence of each breach."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from _Reading(node).breaches()


@dataclass
class _Reading:
    """One function; functions within it are read by themselves."""

    function: ast.FunctionDef
    parents: dict[ast.AST, ast.AST] = field(init=False)

    def __post_init__(self) -> None:
        self.parents = {child: node for node in ast.walk(self.function) for child in ast.iter_child_nodes(node)}

    def breaches(self) -> Iterator[tuple[int, str]]:
        for call in self._calls(_ANY):
            for task in _tasks(call):
                yield from ((task.lineno, text) for text in self._of_task(call, task))

    def _of_task(self, call: ast.Call, task: ast.expr) -> Iterator[str]:
        match task:
            case ast.Call() if _name(task) == _WAIT:
                yield from _of_wait(task)
            case ast.Call() if _name(task) in _TIMERS:
                yield "puts a timer into task_any that nobody can cancel"
            case ast.Call():
                return
            case ast.Name(id=name):
                yield from self._of_name(call, name)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.UnaryOp(op=ast.USub())):
                if not self._appended_before(call, name):
                    yield "takes a task for task_any from elsewhere, which may have been yielded before"
            case _:
                yield "takes a task for task_any from elsewhere, which may have been yielded before"

    def _of_name(self, call: ast.Call, name: str) -> Iterator[str]:
        if container := self._iterated(call, name):
            if self._yielded_before(call, container):
                yield f"puts tasks of {container} into task_any that were yielded before"
            return
        made = self._made(call, name)
        if made is None:
            yield f"puts {name} into task_any, which was not made for it"
            return
        if self._loop(made) is not self._loop(call):
            yield f"puts {name} into the task_any of a loop, where it was yielded the last time round"
        if self._yielded_before(call, name, since=made):
            yield f"puts {name} into task_any, which was yielded before"
        if _name(made) == _WAIT:
            yield from _of_wait(made)
        if _name(made) in _TIMERS and not self._cancelled(call, name):
            yield f"does not cancel the timer {name} on the way on which it lost"

    def _calls(self, name: str) -> Iterator[ast.Call]:
        for node in ast.walk(self.function):
            if isinstance(node, ast.Call) and _name(node) == name and self._own(node):
                yield node

    def _own(self, node: ast.AST) -> bool:
        while node is not self.function:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef):
                return node is self.function
        return True

    def _made(self, call: ast.Call, name: str) -> ast.Call | None:
        """Return the call that made the task, by the last assignment to the name before the `task_any`."""
        calls = [
            node.value
            for node in ast.walk(self.function)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.lineno <= call.lineno
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ]  # fmt: skip
        return max(calls, key=lambda made: made.lineno, default=None)

    def _iterated(self, call: ast.Call, name: str) -> str | None:
        """Return the list that a comprehension around the call goes through under this name."""
        for node in self._around(call):
            for generator in getattr(node, "generators", ()):
                if isinstance(generator.target, ast.Name) and generator.target.id == name:
                    return next((n.id for n in ast.walk(generator.iter) if isinstance(n, ast.Name)), None)
        return None

    def _yielded_before(self, call: ast.Call, name: str, since: ast.Call | None = None) -> bool:
        first = since.lineno if since else 0
        return any(
            isinstance(node, ast.Yield) and first <= node.lineno < call.lineno and _mentions(node, name)
            for node in ast.walk(self.function)
        )

    def _appended_before(self, call: ast.Call, name: str) -> bool:
        """Return whether the statement just before has appended the task to the list."""
        statement = next(node for node in (call, *self._around(call)) if isinstance(node, ast.stmt))
        before = _neighbour(self.parents[statement], statement, -1)
        match before:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append", value=ast.Name(id=changed)))):
                return changed == name
            case _:
                return False

    def _cancelled(self, call: ast.Call, name: str) -> bool:
        statement = next(node for node in self._around(call) if isinstance(node, ast.stmt))
        following = _neighbour(self.parents[statement], statement, 1)
        if _cancels(following, name):
            return True
        match following:
            case ast.If(test=ast.Compare(ops=[ast.Is()]) as test, body=body, orelse=orelse) if _mentions(test, name):
                leaves = isinstance(body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)
                if orelse:
                    return _cancels(orelse[0], name)
                return leaves and _cancels(_neighbour(self.parents[following], following, 1), name)
            case ast.If(test=ast.Compare(ops=[ast.IsNot()]) as test, body=body) if _mentions(test, name):
                return _cancels(body[0], name)
            case _:
                return False

    def _loop(self, node: ast.AST) -> ast.AST | None:
        return next((outer for outer in self._around(node) if isinstance(outer, _LOOPS)), None)

    def _around(self, node: ast.AST) -> Iterator[ast.AST]:
        while node is not self.function:
            node = self.parents[node]
            yield node


def _of_wait(wait: ast.Call) -> Iterator[str]:
    named = wait.args[0] if wait.args else None
    if not any(isinstance(node, ast.Name | ast.Attribute) for node in ast.walk(named or wait.func)) or named is None:
        yield "waits in task_any for an event of a fixed name"


def _tasks(call: ast.Call) -> list[ast.expr]:
    match call.args:
        case [ast.List(elts=tasks)]:
            return tasks
        case _:
            return list(call.args)


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(node))


def _cancels(statement: ast.AST | None, name: str) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="cancel", value=ast.Name(id=cancelled)))):
            return cancelled == name
        case _:
            return False


def _neighbour(parent: ast.AST, statement: ast.stmt, step: int) -> ast.stmt | None:
    """Return the statement before or after this one in its block."""
    for block in ("body", "orelse", "finalbody"):
        statements = getattr(parent, block, [])
        if isinstance(statements, list) and statement in statements:
            place = statements.index(statement) + step
            return statements[place] if 0 <= place < len(statements) else None
    return None
