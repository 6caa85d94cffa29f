"""Sentences about what keeps the real worker or host from starting a function that this host can run.

The worker refuses the whole app for one such function, the host leaves the function out (docs/devhost/behaviour.md,
sections 1.2, 1.3 and 1.5).
"""

import re
from collections.abc import Iterable, Sequence
from functools import partial

from azure.functions.decorators.retry_policy import RetryPolicy

from devhost.functions.annotations import Binding, annotation_refusals
from devhost.functions.functions import Function

_SCRIPT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*\.py")
_BINDING_NAME = re.compile(r"(?!.*__)[A-Za-z_][A-Za-z0-9_]{0,127}")
_ALL_METHODS = ("GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS", "TRACE", "CONNECT")
_RESERVED_ROUTES = ("admin", "runtime")
_INTERVAL = re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}")


def script_refusals(script: str) -> list[str]:
    """Check the name of the file with the app."""
    if _SCRIPT.fullmatch(script):
        return []
    return [
        f"The real worker refuses the app: the setting PYTHON_SCRIPT_FILE_NAME is '{script}', and must be the name of "
        "a .py file in the app's folder, of letters, digits, '_' and '-'"
    ]


def function_refusals(function: Function, bindings: Sequence[Binding], retry: RetryPolicy | None) -> list[str]:
    """Check one function."""
    sentences = [*_binding_names(function, bindings), *_reserved_route(function), *_retry(function, retry)]
    if function.kind in ("orchestration", "entity"):
        sentences += _context_name(function)
    elif function.unsupported is None:
        sentences += annotation_refusals(function, bindings)
    return sentences


def route_refusals(functions: Iterable[Function]) -> list[str]:
    """Check that no two functions have the same route and a method in common; `functions` are ordered by name."""
    sentences: list[str] = []
    taken: dict[str, list[Function]] = {}
    for function in filter(_is_http, functions):
        others = taken.setdefault(_route(function).lower(), [])
        for other in filter(partial(_share_a_method, function), others[:]):
            sentences.append(
                f"{function.described}: the real host leaves it out, because '{other.name}' has the same route "
                f"'{_route(function)}' and a method in common; give it another route"
            )
            break
        others.append(function)
    return sentences


def _binding_names(function: Function, bindings: Sequence[Binding]) -> list[str]:
    sentences: list[str] = []
    names: set[str] = set()
    for name in (str(binding["name"]) for binding in bindings):
        if name != "$return" and not _BINDING_NAME.fullmatch(name):
            sentences.append(
                f"{function.described}: the real host leaves it out, because of the parameter name '{name}': it takes "
                "at most 128 letters from A to Z, digits and single underscores; rename the parameter"
            )
        if name.lower() in names:
            sentences.append(
                f"{function.described}: the real host leaves it out, because two of its parameters are called "
                f"'{name}' but for their letter case; rename one"
            )
        names.add(name.lower())
    return sentences


def _route(function: Function) -> str:
    return str(function.trigger.get("route") or "").strip().strip("/") or function.name


def _reserved_route(function: Function) -> list[str]:
    if function.kind != "http" or not _route(function).lower().startswith(_RESERVED_ROUTES):
        return []
    return [
        f"{function.described}: the real host leaves it out, because its route '{_route(function)}' begins with "
        "'admin' or 'runtime', which the host keeps for itself; give it another route"
    ]


def _is_http(function: Function) -> bool:
    return function.kind == "http"


def _share_a_method(first: Function, second: Function) -> bool:
    # No methods mean all of them.
    methods = [first.trigger.get("methods") or _ALL_METHODS, second.trigger.get("methods") or _ALL_METHODS]
    return not set(methods[0]).isdisjoint(methods[1])


def _retry(function: Function, retry: RetryPolicy | None) -> list[str]:
    if retry is None:
        return []
    intervals = [retry.minimum_interval, retry.maximum_interval]
    if retry.strategy == "fixed_delay":
        intervals = [retry.delay_interval]
    is_whole = re.fullmatch(r"\s*[+-]?\d+\s*", str(retry.max_retry_count))
    if is_whole and all(map(_INTERVAL.fullmatch, map(str, intervals))):
        return []
    return [
        f"{function.described}: the real worker refuses the app, because the retry policy cannot be read; it takes a "
        "whole max_retry_count and a delay_interval such as '00:00:10' (fixed_delay), or a minimum_interval and a "
        "maximum_interval (exponential_backoff)"
    ]


def _context_name(function: Function) -> list[str]:
    if function.trigger_parameter == "context":
        return []
    return [
        f"{function.described}: the real worker refuses the app, because of context_name="
        f"'{function.trigger_parameter}'; it takes no other name than 'context'"
    ]
