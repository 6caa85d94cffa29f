"""Checks of a function for what the real worker refuses: an AppError where the app would not start, else a warning.

The rules are those of docs/devhost/behaviour.md, sections 1.3, 1.4 and 11.
"""

import inspect
import re
from collections.abc import Mapping
from typing import Any

from devhost.functions.functions import AppError, Function

_TEXT_INPUT: Mapping[str, str] = {
    "http": "every request fails on the real worker; annotate it func.HttpRequest",
    "timer": "the real worker passes the timer as JSON text; annotate it func.TimerRequest",
}


def check_names(function: Function) -> None:
    """Check the names of the function and of its input. Raises AppError."""
    # Recorded: docs/devhost/behaviour.md, section 11.
    if function.kind == "activity" and function.trigger_parameter.lower() == "data":
        raise AppError(
            f"{function.described}: an activity's input must not be called '{function.trigger_parameter}' (the real "
            "host refuses the app: Can't bind parameter 'data' to type 'System.String'); rename the parameter and "
            "input_name."
        )
    if function.kind == "orchestration" and function.registered_name.startswith("@"):
        raise AppError(f"{function.described}: the name of an orchestrator must not start with '@'.")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,127}", function.name) or function.name.lower() == "host":
        raise AppError(
            f"{function.described}: a function's name starts with a letter from A to Z, has at most 128 such letters, "
            "digits, '_' and '-', and is not 'host'."
        )


def check_wrapper(function: Function, warnings: list[str]) -> None:
    """Check an orchestrator or entity inside the SDK's wrapper."""
    attribute = "orchestrator_function" if function.kind == "orchestration" else "entity_function"
    inner = getattr(function.user_function, attribute, None)
    if inner is None:
        return
    if inspect.iscoroutinefunction(inner) or inspect.isasyncgenfunction(inner):
        warnings.append(f"{function.described} is async: the SDK cannot run an async {function.kind}.")


def check_parameters(
    function: Function,
    parameters: Mapping[str, inspect.Parameter],
    bindings: list[dict[str, Any]],
    warnings: list[str],
) -> None:
    """Check the parameters of any other function. Raises AppError where parameters and bindings do not match."""
    bound = {str(b["name"]) for b in bindings} - {"$return"}
    # A `context` that is no binding takes the invocation context.
    named = set(parameters) - ({"context"} - bound)
    missing = sorted(bound - named)
    if missing:
        raise AppError(f"{function.described} has no parameter for its binding {_quoted(missing)}; add it.")
    unbound = sorted(named - bound)
    if unbound:
        raise AppError(
            f"{function.described} has the parameter {_quoted(unbound)} without a binding; "
            "remove it or declare the binding."
        )
    user_function = getattr(function.user_function, "client_function", function.user_function)
    if function.client_bindings and not inspect.iscoroutinefunction(user_function):
        warnings.append(
            f"{function.described} has a durable client but is not async: the SDK cannot run it; write `async def`."
        )
    annotation = parameters[function.trigger_parameter].annotation
    result = _TEXT_INPUT.get(function.kind)
    if result is not None and annotation in (str, bytes, "str", "bytes"):
        warnings.append(f"{function.described}: '{function.trigger_parameter}' is annotated as a text: {result}.")


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
