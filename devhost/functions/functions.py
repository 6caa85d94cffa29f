"""What indexing an app gives: its functions as frozen values, and how durable ones are found by name."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from devhost.config import StartError

Kind = Literal["http", "activity", "orchestration", "entity", "timer", "unsupported"]
DurableKind = Literal["activity", "orchestration", "entity"]

ALIAS_KEYS: Mapping[str, str] = {"activity": "activity", "orchestration": "orchestration", "entity": "entityName"}


class AppError(StartError):
    """The app cannot be indexed, so none of it is served; the text names the function and the mend."""


@dataclass(frozen=True)
class ClientBinding:
    """A durableClient binding: the parameter that takes the client."""

    parameter: str
    task_hub: str | None = None
    connection: str | None = None


@dataclass(frozen=True)
class Function:
    """One indexed function.

    `name` is what the host calls it (decorator `function_name`, else the Python name); `method_name` is the
    Python name. `trigger` is the trigger binding as JSON values (enum names as text). `wants_context` says
    that the parameter `context` takes the invocation context. `out_parameter` takes the response of an HTTP function
    that sets it rather than returning it. `unsupported` says why it is not served.
    """

    name: str
    method_name: str
    alias: str | None
    kind: Kind
    user_function: Callable[..., Any]
    is_async: bool
    trigger_parameter: str
    wants_context: bool
    client_bindings: tuple[ClientBinding, ...] = ()
    trigger: Mapping[str, Any] = field(default_factory=dict[str, Any])
    out_parameter: str | None = None
    disabled: bool = False
    unsupported: str | None = None

    @property
    def registered_name(self) -> str:
        """The one name that durable calls go by: the alias if there is one, else the function's name."""
        return self.alias or self.name

    @property
    def described(self) -> str:
        """`Function 'name' (file:line)`, as messages to its author have it."""
        wrapped = ("orchestrator_function", "entity_function", "client_function")
        inner = next((getattr(self.user_function, name) for name in wrapped if hasattr(self.user_function, name)), None)
        code = getattr(inspect.unwrap(inner or self.user_function), "__code__", None)
        if code is None:
            return f"Function '{self.name}'"
        file = Path(code.co_filename)
        shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
        return f"Function '{self.name}' ({shown}:{code.co_firstlineno})"


class IndexedApp:
    """The functions of an app, ordered by name without regard to case; durable lookups ignore case."""

    def __init__(self, root: Path, functions: Iterable[Function], warnings: Iterable[str] = ()) -> None:
        self.root = root
        self.functions = tuple(sorted(functions, key=lambda function: function.name.lower()))
        self.warnings = tuple(warnings)
        self._durable: dict[tuple[str, str], Function] = {}
        for function in self.functions:
            if function.kind in ALIAS_KEYS and not function.disabled:
                self._durable.setdefault((function.kind, function.registered_name.lower()), function)

    def orchestrator(self, name: str) -> Function | None:
        return self._durable.get(("orchestration", name.lower()))

    def activity(self, name: str) -> Function | None:
        return self._durable.get(("activity", name.lower()))

    def entity(self, name: str) -> Function | None:
        return self._durable.get(("entity", name.lower()))

    def names(self, kind: DurableKind) -> tuple[str, ...]:
        """The registered names of one kind, for "known functions" texts."""
        return tuple(f.registered_name for (k, _), f in self._durable.items() if k == kind)

    def registered_as(self, kind: DurableKind, name: str) -> str | None:
        """The name under which a function is registered that somebody calls by its function or Python name.

        A durable function with an alias answers to the alias alone, here as on the real host.
        """
        for function in self.functions:
            if function.kind == kind and name.lower() in (
                function.name.lower(),
                function.method_name.lower(),
            ):
                return function.registered_name
        return None
