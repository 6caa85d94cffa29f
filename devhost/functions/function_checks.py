"""Checks of a function for what the real worker refuses: an AppError where the app would not start, else a warning.

The rules are those of docs/devhost/behaviour.md, sections 1.3, 1.4 and 11.
"""

import inspect
import re
from collections.abc import Mapping
from typing import Any

from azure.functions._abc import HttpRequest

from devhost.functions.functions import AppError, Function


def check_names(function: Function) -> None:
    """Check the names of the function and of its input. Raises AppError."""
    # Recorded: docs/devhost/behaviour.md, section 11.
    if function.kind == "activity" and function.trigger_parameter == "data":
        raise AppError(
            f"{function.described}: an activity's input must not be called 'data' (the real host "
            "refuses the app: Can't bind parameter 'data' to type 'System.String'); rename the parameter and "
            "input_name."
        )
    if function.kind == "orchestration" and function.registered_name.startswith("@"):
        raise AppError(f"{function.described}: the name of an orchestrator must not start with '@'.")
    if not re.fullmatch(r"[A-Za-z][\w-]{0,127}", function.name):
        raise AppError(
            f"{function.described}: a function's name starts with a letter and has at most 128 "
            "letters, digits, '_' and '-'."
        )


def check_wrapper(function: Function, warnings: list[str]) -> None:
    """Check an orchestrator or entity inside the SDK's wrapper."""
    attribute = "orchestrator_function" if function.kind == "orchestration" else "entity_function"
    inner = getattr(function.user_function, attribute, None)
    if inner is None:
        return
    if inspect.iscoroutinefunction(inner) or inspect.isasyncgenfunction(inner):
        warnings.append(f"{function.described} is async: the SDK cannot run an async {function.kind}.")
    if function.trigger_parameter != "context":
        warnings.append(
            f"{function.described} has context_name='{function.trigger_parameter}': the real worker "
            "refuses any other name than 'context'."
        )


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
    if function.has_context and _is_other_class(parameters["context"].annotation):
        warnings.append(f"{function.described}: the real worker refuses a 'context' that is no Context.")
    if function.kind == "http" and not _may_be_request(parameters[function.trigger_parameter].annotation):
        warnings.append(
            f"{function.described}: the real worker refuses an annotation of "
            f"'{function.trigger_parameter}' other than HttpRequest."
        )


def _is_other_class(annotation: Any) -> bool:
    """Return whether the annotation of a context is a class of another name than the worker's."""
    is_class = isinstance(annotation, type) and annotation is not inspect.Parameter.empty
    return is_class and annotation.__name__ != "Context"


def _may_be_request(annotation: Any) -> bool:
    """Return whether the worker accepts the annotation of an HTTP trigger; it does not resolve texts."""
    if annotation is inspect.Parameter.empty or isinstance(annotation, str):
        return True
    return isinstance(annotation, type) and issubclass(annotation, HttpRequest)


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
