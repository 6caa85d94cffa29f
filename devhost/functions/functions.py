"""The functions of an indexed app as frozen values, and the lookup of durable ones by name."""

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
    """An app that cannot be indexed, so none of it is served; the text names the function and the remedy."""


@dataclass(frozen=True)
class ClientBinding:
    """A durableClient binding; `parameter` takes the client."""

    parameter: str
    task_hub: str | None = None
    connection: str | None = None


@dataclass(frozen=True)
class Function:
    """One indexed function.

    `name` is its name in the host (decorator `function_name`, else the Python name); `method_name` is the Python
    name. `trigger` is the trigger binding as JSON values (enum names as text). `has_context`: its parameter `context`
    takes the invocation context. `out_parameter` takes the response of an HTTP function that sets it instead of
    returning it. `unsupported` is the reason why it is not served.
    """

    name: str
    method_name: str
    alias: str | None
    kind: Kind
    user_function: Callable[..., Any]
    is_async: bool
    trigger_parameter: str
    has_context: bool
    client_bindings: tuple[ClientBinding, ...] = ()
    trigger: Mapping[str, Any] = field(default_factory=dict[str, Any])
    out_parameter: str | None = None
    disabled: bool = False
    unsupported: str | None = None

    @property
    def is_served(self) -> bool:
        return not (self.unsupported or self.disabled)

    @property
    def registered_name(self) -> str:
        """The one name for durable calls: the alias if there is one, else the function's name."""
        return self.alias or self.name

    @property
    def described(self) -> str:
        """`Function 'name' (file:line)`, for messages to its author."""
        code = getattr(inspect.unwrap(_without_wrapper(self.user_function)), "__code__", None)
        if code is None:
            return f"Function '{self.name}'"
        file = Path(code.co_filename)
        if file.is_relative_to(Path.cwd()):
            file = file.relative_to(Path.cwd())
        return f"Function '{self.name}' ({file}:{code.co_firstlineno})"


def _without_wrapper(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the app's function inside the SDK's wrapper."""
    for attribute in ("orchestrator_function", "entity_function", "client_function"):
        inner = getattr(function, attribute, None)
        if inner:
            return inner
    return function


class IndexedApp:
    """The functions of an app, ordered by name without regard to case; durable lookups ignore case.

    `refusals` say what keeps the real host from starting the app or one of its functions, though this host runs it.
    """

    def __init__(self, root: Path, functions: Iterable[Function], warnings: Iterable[str] = ()) -> None:
        self.root = root
        self.functions = tuple(sorted(functions, key=lambda function: function.name.lower()))
        self.warnings = tuple(warnings)
        self.refusals: tuple[str, ...] = ()
        self._durable: dict[tuple[str, str], Function] = {}
        self._unserved: dict[tuple[str, str], Function] = {}
        for function in self.functions:
            if function.kind in ALIAS_KEYS:
                # Names that are taken twice have been refused by `index_app`.
                by_name = self._durable if function.is_served else self._unserved
                by_name.setdefault((function.kind, function.registered_name.lower()), function)

    def orchestrator(self, name: str) -> Function | None:
        """Return the orchestrator of this name."""
        return self._durable.get(("orchestration", name.lower()))

    def activity(self, name: str) -> Function | None:
        """Return the activity of this name."""
        return self._durable.get(("activity", name.lower()))

    def entity(self, name: str) -> Function | None:
        """Return the entity function of this name."""
        return self._durable.get(("entity", name.lower()))

    def unserved(self, kind: DurableKind, name: str) -> Function | None:
        """Return the function of this name that is disabled, or not supported by this host."""
        return self._unserved.get((kind, name.lower()))

    def names(self, kind: DurableKind) -> tuple[str, ...]:
        """Return the registered names of one kind, for "known functions" texts."""
        return tuple(f.registered_name for (k, _), f in self._durable.items() if k == kind)

    def registered_as(self, kind: DurableKind, name: str) -> str | None:
        """Return the registered name of a function that was called by its function or Python name.

        A durable function with an alias is found by the alias only, here as on the real host (recordings
        `alias_by_method` and `alias_by_function_name`).
        """
        called = name.lower()
        for function in self.functions:
            if function.kind == kind and called in (function.name.lower(), function.method_name.lower()):
                return function.registered_name
        return None
