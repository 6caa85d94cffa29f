"""Index a Python v2-model function app: import it, check it as the real host would, look functions up."""

import importlib
import inspect
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from azure.functions import FunctionRegister
from azure.functions._abc import HttpRequest
from azure.functions.decorators.utils import StringifyEnumJsonEncoder

from devhost import sdk_speed
from devhost.config import StartError

Kind = Literal["http", "activity", "orchestration", "entity", "timer", "unsupported"]
DurableKind = Literal["activity", "orchestration", "entity"]

_KINDS: Mapping[str, Kind] = {
    "httpTrigger": "http",
    "activityTrigger": "activity",
    "orchestrationTrigger": "orchestration",
    "entityTrigger": "entity",
    "timerTrigger": "timer",
}
_ALIAS_KEYS = {"activity": "activity", "orchestration": "orchestration", "entity": "entityName"}


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
    that the parameter `context` takes the invocation context. `unsupported` says why it is not served.
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
    disabled: bool = False
    unsupported: str | None = None

    @property
    def registered_name(self) -> str:
        """The one name that durable calls go by: the alias if there is one, else the function's name."""
        return self.alias or self.name


class IndexedApp:
    """The functions of an app, ordered by name without regard to case; durable lookups ignore case."""

    def __init__(self, root: Path, functions: Iterable[Function], warnings: Iterable[str] = ()) -> None:
        self.root = root
        self.functions = tuple(sorted(functions, key=lambda function: function.name.lower()))
        self.warnings = tuple(warnings)
        self._durable: dict[tuple[str, str], Function] = {}
        for function in self.functions:
            if function.kind in _ALIAS_KEYS and not function.disabled:
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


def load_app(root: Path) -> IndexedApp:
    """Import the app in `root` and index it. Changes the working directory to `root`. Raises AppError.

    The module keeps its own name (`function_app`), since custom objects are decoded by module name.
    """
    os.chdir(root)
    if str(root) in sys.path:
        sys.path.remove(str(root))
    sys.path.insert(0, str(root))
    script = os.environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
    if not (root / script).is_file():
        raise AppError(f"There is no {script} in {root}; pass the folder of a Python v2-model app with --app.")
    sdk_speed.install()
    try:
        module = importlib.import_module(script.removesuffix(".py").replace("/", "."))
    except (Exception, SystemExit) as error:
        raise AppError(f"{root / script} cannot be imported: {_failure(error, root)}.") from error
    apps = {id(v): v for v in vars(module).values() if isinstance(v, FunctionRegister)}
    if len(apps) != 1:
        raise AppError(
            f"{root / script} must have exactly one function app at its top level "
            f"(FunctionApp, DFApp, AsgiFunctionApp or WsgiFunctionApp), but has {len(apps)}."
        )
    return _indexed(root, next(iter(apps.values())))


def _indexed(root: Path, app: FunctionRegister) -> IndexedApp:
    try:
        found: list[Any] = list(app.get_functions())
    except ValueError as error:
        raise AppError(f"The app cannot be indexed: {error}") from error
    warnings: list[str] = []
    functions = [_function(f, warnings) for f in found]
    seen: dict[tuple[str, str], Function] = {}
    for function in functions:
        if function.kind in _ALIAS_KEYS:
            other = seen.setdefault((function.kind, function.registered_name.lower()), function)
            if other is not function:
                raise AppError(
                    f"Functions '{other.name}' and '{function.name}' are both registered as the "
                    f"{function.kind} '{function.registered_name}'; give one of them another name."
                )
    return IndexedApp(root, functions, warnings)


def _function(built: Any, warnings: list[str]) -> Function:
    name: str = built.get_function_name()
    bindings: list[dict[str, Any]] = [json.loads(text) for text in built.get_raw_bindings()]
    trigger: dict[str, Any] = json.loads(json.dumps(built.get_trigger().get_dict_repr(), cls=StringifyEnumJsonEncoder))
    kind: Kind = _KINDS.get(trigger["type"], "unsupported")
    user_function: Callable[..., Any] = built.get_user_function()
    parameters = inspect.signature(user_function).parameters
    alias = trigger.get(_ALIAS_KEYS[kind]) or None if kind in _ALIAS_KEYS else None
    function = Function(
        name=name,
        method_name=getattr(built, "_name", name),
        alias=alias,
        kind=kind,
        user_function=user_function,
        is_async=inspect.iscoroutinefunction(user_function),
        trigger_parameter=trigger["name"],
        wants_context="context" in parameters and all(b["name"] != "context" for b in bindings),
        client_bindings=tuple(
            ClientBinding(b["name"], b.get("taskHub"), b.get("connectionName"))
            for b in bindings
            if b["type"] == "durableClient"
        ),
        trigger=trigger,
        disabled=_disabled(name),
        unsupported=_unsupported(kind, trigger, bindings),
    )
    _check_names(function)
    if kind in ("orchestration", "entity"):
        _check_wrapper(function, warnings)
    elif function.unsupported is None:
        _check_parameters(function, parameters, bindings, warnings)
    return function


def _unsupported(kind: Kind, trigger: Mapping[str, Any], bindings: list[dict[str, Any]]) -> str | None:
    if kind == "unsupported":
        return f"trigger {trigger['type']}"
    served = {"durableClient", "http", trigger["type"]}
    other = sorted({str(b["type"]) for b in bindings if b["type"] not in served})
    return f"binding {', '.join(other)}" if other else None


def _disabled(name: str) -> bool:
    for key in (f"AzureWebJobs.{name}.Disabled", f"AzureWebJobs_{name}_Disabled"):
        if os.environ.get(key, "").lower() in ("true", "1"):
            return True
    return False


def _check_names(function: Function) -> None:
    if function.kind == "activity" and function.trigger_parameter == "data":
        raise AppError(
            f"Function '{function.name}': an activity's input must not be called 'data' (the real host "
            "refuses the app: Can't bind parameter 'data' to type 'System.String'); rename the parameter and "
            "input_name."
        )
    if function.kind == "orchestration" and function.registered_name.startswith("@"):
        raise AppError(f"Function '{function.name}': the name of an orchestrator must not start with '@'.")
    if not re.fullmatch(r"[A-Za-z][\w-]{0,127}", function.name):
        raise AppError(
            f"Function '{function.name}': a function's name starts with a letter and has at most 128 "
            "letters, digits, '_' and '-'."
        )


def _check_wrapper(function: Function, warnings: list[str]) -> None:
    attribute = "orchestrator_function" if function.kind == "orchestration" else "entity_function"
    inner = getattr(function.user_function, attribute, None)
    if inner is None:
        return
    if inspect.iscoroutinefunction(inner) or inspect.isasyncgenfunction(inner):
        warnings.append(f"Function '{function.name}' is async: the SDK cannot run an async {function.kind}.")
    if function.trigger_parameter != "context":
        warnings.append(
            f"Function '{function.name}' has context_name='{function.trigger_parameter}': the real worker "
            "refuses any other name than 'context'."
        )


def _check_parameters(
    function: Function,
    parameters: Mapping[str, inspect.Parameter],
    bindings: list[dict[str, Any]],
    warnings: list[str],
) -> None:
    bound = {str(b["name"]) for b in bindings if b["name"] != "$return"}
    named = {p for p in parameters if p in bound or p != "context"}
    if missing := sorted(bound - named):
        raise AppError(f"Function '{function.name}' has no parameter for its binding {_quoted(missing)}; add it.")
    if unbound := sorted(named - bound):
        raise AppError(
            f"Function '{function.name}' has the parameter {_quoted(unbound)} without a binding; "
            "remove it or declare the binding."
        )
    if function.client_bindings and not inspect.iscoroutinefunction(
        getattr(function.user_function, "client_function", function.user_function)
    ):
        warnings.append(
            f"Function '{function.name}' has a durable client but is not async: the SDK cannot run it; "
            "write `async def`."
        )
    if function.wants_context:
        given = parameters["context"].annotation
        if isinstance(given, type) and given is not inspect.Parameter.empty and given.__name__ != "Context":
            warnings.append(f"Function '{function.name}': the real worker refuses a 'context' that is no Context.")
    annotation = parameters[function.trigger_parameter].annotation
    if function.kind == "http" and annotation is not inspect.Parameter.empty:
        known = annotation if isinstance(annotation, type) else None
        if not isinstance(annotation, str) and not (known and issubclass(known, HttpRequest)):
            warnings.append(
                f"Function '{function.name}': the real worker refuses an annotation of "
                f"'{function.trigger_parameter}' other than HttpRequest."
            )


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _failure(error: BaseException, root: Path) -> str:
    """The error with the innermost line of the app that it came through."""
    place = ""
    frame = error.__traceback__
    while frame is not None:
        file = Path(frame.tb_frame.f_code.co_filename)
        if file.is_absolute() and file.is_relative_to(root) and "site-packages" not in file.parts:
            place = f" ({file}:{frame.tb_lineno})"
        frame = frame.tb_next
    return f"{type(error).__name__}: {error}{place}"
