"""Indexing of a Python v2-model function app: the import, and its functions as values."""

import importlib
import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from azure.functions import FunctionRegister
from azure.functions.decorators.retry_policy import RETRY_POLICY, RetryPolicy
from azure.functions.decorators.utils import StringifyEnumJsonEncoder

from devhost.functions.function_checks import check_names, check_parameters, check_wrapper
from devhost.functions.functions import ALIAS_KEYS, AppError, ClientBinding, Function, IndexedApp, Kind
from devhost.functions.refusals import function_refusals, route_refusals, script_refusals
from devhost.protocol import sdk_speed, sdk_witness

# Packages that host and app use together, whatever folders the app has.
_SHARED = ("azure", "devhost")
_KINDS: Mapping[str, Kind] = {
    "httpTrigger": "http",
    "activityTrigger": "activity",
    "orchestrationTrigger": "orchestration",
    "entityTrigger": "entity",
    "timerTrigger": "timer",
}


def load_app(root: Path) -> IndexedApp:
    """Import the app in `root` and index it. Changes the working directory to `root`. Raises AppError.

    The module keeps its name (`function_app`), since custom objects are decoded by module name.
    """
    # The SDK looks for host.json in the working directory (docs/devhost/behaviour.md, section 1.1).
    os.chdir(root)
    if str(root) in sys.path:
        sys.path.remove(str(root))
    # First on the path, and only once: other entries must not hide the app's modules.
    sys.path.insert(0, str(root))
    _forget_namesakes(root)
    script = os.environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
    if not (root / script).is_file():
        raise AppError(f"There is no {script} in {root}; pass the folder of a Python v2-model app with --app.")
    # Before the import: the app's decorators already use what is patched.
    sdk_speed.install()
    sdk_witness.install()
    try:
        module = importlib.import_module(script.removesuffix(".py").replace("/", "."))
    # SystemExit, because an app may call sys.exit() while it is imported.
    except (Exception, SystemExit) as error:
        raise AppError(f"{root / script} cannot be imported: {_failure(error, root)}.") from error
    # By identity: one app may stand under two names in the module.
    apps = {id(v): v for v in vars(module).values() if isinstance(v, FunctionRegister)}
    if len(apps) != 1:
        raise AppError(
            f"{root / script} must have exactly one function app at its top level "
            f"(FunctionApp, DFApp, AsgiFunctionApp or WsgiFunctionApp), but has {len(apps)}."
        )
    return index_app(root, next(iter(apps.values())), script_refusals(script))


def _forget_namesakes(root: Path) -> None:
    """Forget modules from elsewhere that have the names of the app's own ones.

    The SDK imports a package called `agents`, and the app may have one of that name and another content.
    """
    # A folder without `__init__.py` gives way to an installed package of its name.
    own = {path.stem for path in root.glob("*.py")} | {path.parent.name for path in root.glob("*/__init__.py")}
    own -= {*sys.stdlib_module_names, *_SHARED}
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and not Path(file).is_relative_to(root):
            del sys.modules[name]


def index_app(root: Path, app: FunctionRegister, refusals: Sequence[str] = ()) -> IndexedApp:
    """Index the functions of an app object; `refusals` are those of its file. Raises AppError."""
    try:
        # A second call of get_functions() fails (docs/devhost/behaviour.md, section 1.1).
        builders: list[Any] = list(app.get_functions())
    except ValueError as error:
        raise AppError(f"The app cannot be indexed: {error}") from error
    findings = _Findings([], list(refusals))
    functions = [_function(builder, findings) for builder in builders]
    registered: dict[tuple[str, str], Function] = {}
    for function in functions:
        if function.kind in ALIAS_KEYS:
            other = registered.setdefault((function.kind, function.registered_name.lower()), function)
            if other is not function:
                raise AppError(
                    f"Functions '{other.name}' and '{function.name}' are both registered as the "
                    f"{function.kind} '{function.registered_name}'; give one of them another name."
                )
    indexed = IndexedApp(root, functions, findings.warnings)
    indexed.refusals = (*findings.refusals, *route_refusals(indexed.functions))
    return indexed


class _Findings(NamedTuple):
    """Sentences about the app's functions; `refusals` are those of the real worker and host."""

    warnings: list[str]
    refusals: list[str]


def _function(built: Any, findings: _Findings) -> Function:
    name: str = built.get_function_name()
    bindings: list[dict[str, Any]] = [json.loads(text) for text in built.get_raw_bindings()]
    trigger: dict[str, Any] = json.loads(json.dumps(built.get_trigger().get_dict_repr(), cls=StringifyEnumJsonEncoder))
    kind: Kind = _KINDS.get(trigger["type"], "unsupported")
    user_function: Callable[..., Any] = built.get_user_function()
    parameters = inspect.signature(user_function).parameters
    alias = trigger.get(ALIAS_KEYS[kind]) or None if kind in ALIAS_KEYS else None
    function = Function(
        name=name,
        method_name=getattr(built, "_name", name),
        alias=alias,
        kind=kind,
        user_function=user_function,
        is_async=inspect.iscoroutinefunction(user_function),
        trigger_parameter=trigger["name"],
        has_context="context" in parameters.keys() - {str(b["name"]) for b in bindings},
        client_bindings=tuple(
            ClientBinding(b["name"], b.get("taskHub"), b.get("connectionName"))
            for b in bindings
            if b["type"] == "durableClient"
        ),
        trigger=trigger,
        out_parameter=next((b["name"] for b in bindings if b["type"] == "http" and b["name"] != "$return"), None),
        disabled=_disabled(name),
        unsupported=_unsupported(kind, trigger, bindings),
    )
    check_names(function)
    if kind in ("orchestration", "entity"):
        check_wrapper(function, findings.warnings)
    elif function.unsupported is None:
        check_parameters(function, parameters, bindings, findings.warnings)
    retry: RetryPolicy | None = built.get_setting(RETRY_POLICY)
    if retry is not None:
        findings.warnings.append(
            f"{function.described}: this host does not run its retry policy; the real host repeats a failed run."
        )
    findings.refusals.extend(function_refusals(function, bindings, retry))
    return function


def _unsupported(kind: Kind, trigger: Mapping[str, Any], bindings: list[dict[str, Any]]) -> str | None:
    if kind == "unsupported":
        return f"trigger {trigger['type']}"
    if kind == "http" and _streams():
        return "HTTP streaming extension"
    served = {"durableClient", "http", trigger["type"]}
    other = sorted({str(b["type"]) for b in bindings if b["type"] not in served})
    return f"binding {', '.join(other)}" if other else None


def _streams() -> bool:
    """Return whether the app has imported an extension by which each HTTP function gets another kind of request."""
    base: Any = sys.modules.get("azurefunctions.extensions.base")
    return base is not None and base.HttpV2FeatureChecker.http_v2_enabled()


def _disabled(name: str) -> bool:
    for key in (f"AzureWebJobs.{name}.Disabled", f"AzureWebJobs_{name}_Disabled"):
        if os.environ.get(key, "").lower() in ("true", "1"):
            return True
    return False


def _failure(error: BaseException, root: Path) -> str:
    """Return the error's text with the innermost line of the app in its traceback."""
    place = ""
    frame = error.__traceback__
    while frame is not None:
        file = Path(frame.tb_frame.f_code.co_filename)
        if file.is_absolute() and file.is_relative_to(root) and "site-packages" not in file.parts:
            place = f" ({file}:{frame.tb_lineno})"
        frame = frame.tb_next
    return f"{type(error).__name__}: {error}{place}"
