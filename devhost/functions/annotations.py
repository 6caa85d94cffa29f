"""The annotations that the real worker accepts (docs/devhost/behaviour.md, section 1.3)."""

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from azure.functions import get_binding_registry

from devhost.functions.functions import Function

Binding = Mapping[str, Any]
_CONTEXT: Binding = {"name": "context", "type": "context", "direction": "IN"}
# What typing's old aliases stand for, where the worker does not take them for a class.
_NO_CLASSES = (None, typing.Union, tuple, typing.ClassVar, Callable)
_MENDS = {
    "$return": "annotate it func.HttpResponse or str",
    "context": "annotate it func.Context",
    "httpTrigger": "annotate it func.HttpRequest",
    "timerTrigger": "annotate it func.TimerRequest",
    "http": "annotate it func.Out[func.HttpResponse]",
    "durableClient": "annotate it df.DurableOrchestrationClient",
}


def annotation_refusals(function: Function, bindings: Sequence[Binding]) -> list[str]:
    """Return a sentence for each annotation of the function for which the real worker refuses the app."""
    try:
        hints = typing.get_type_hints(function.user_function)
    except Exception as error:
        return [
            f"{function.described}: the real worker refuses the app, because an annotation cannot be resolved "
            f"({type(error).__name__}: {error}); import its name also at run time, or leave the annotation out"
        ]
    sentences: list[str] = []
    for binding in [*bindings, *[_CONTEXT] * function.has_context]:
        name = str(binding["name"]).removeprefix("$")
        if name in hints and not _is_accepted(binding, hints[name]):
            sentences.append(
                f"{function.described}: the real worker refuses the app, because '{name}' is annotated "
                f"{inspect.formatannotation(hints[name])}; {_mend(binding, hints[name])}"
            )
    return sentences


def _is_accepted(binding: Binding, annotation: Any) -> bool:
    """Return whether the worker accepts the annotation of a parameter or, for `$return`, of the function."""
    kind = str(binding["type"])
    if binding is _CONTEXT:
        return isinstance(annotation, type) and annotation.__name__ == "Context"
    if binding["name"] == "$return":
        return isinstance(annotation, type) and _converts(kind, "check_output_type_annotation", annotation)
    is_output = binding["direction"] == "OUT"
    if _is_out(annotation) != is_output:
        return False
    if is_output:
        return _converts(kind, "check_output_type_annotation", *typing.get_args(annotation))
    # The worker passes a text or bytes on as they come, whatever the binding.
    if annotation in (str, bytes):
        return True
    return _converts(kind, "check_input_type_annotation", annotation)


def _is_out(annotation: Any) -> bool:
    return getattr(typing.get_origin(annotation) or annotation, "__name__", "") == "Out"


def _is_class(annotation: Any) -> bool:
    """Return whether the worker takes the annotation for a class: typing.List[str] it does, list[str] it does not."""
    is_alias = type(annotation).__module__ == "typing" and typing.get_origin(annotation) not in _NO_CLASSES
    return is_alias or isinstance(annotation, type)


def _converts(kind: str, check: str, *annotations: Any) -> bool:
    """Return whether the SDK's converter for the binding accepts one class, and there is no more than one."""
    if len(annotations) != 1 or not _is_class(annotations[0]):
        return False
    converter: Any = cast(Any, get_binding_registry()).get(kind)
    try:
        return bool(getattr(converter, check)(annotations[0]))
    except TypeError:
        # A converter asks for a subclass, and an alias such as typing.List[str] is none.
        return False


def _mend(binding: Binding, annotation: Any) -> str:
    key = "$return" if binding["name"] == "$return" else str(binding["type"])
    if key in _MENDS:
        return _MENDS[key]
    origin = typing.get_origin(annotation)
    is_plain = isinstance(origin, type) and origin.__module__ == "builtins"
    return f"annotate it {origin.__name__ if is_plain else 'Any'}"
