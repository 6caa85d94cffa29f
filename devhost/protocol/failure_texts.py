"""The real host's failure texts, to the letter, because apps parse them.

They are recorded in `caught`, `raises`, `fan_one_fails` and others; see docs/devhost/behaviour.md, section 4.
"""

import json
import re
import traceback
from typing import Any

from devhost.protocol.payload import storable

OUT_OF_PROC_MARKER = "$OutOfProcData$:"
# The SDK's classes of tasks, in what Python says of an object that was used as if it were something else.
_TASK_CLASS = re.compile(r"\b(Atomic|Timer|LongTimer|RetryAble|WhenAll|WhenAny|Compound)Task\b")
_HOST_FRAME = "   at devhost.Invoke()"


def exception_text(error: BaseException) -> str:
    """Return `TypeName: message`, as the Python worker writes it."""
    try:
        message = str(error)
    except Exception as unprintable:
        message = f"<message cannot be printed: {type(unprintable).__name__}>"
    return storable(f"{type(error).__name__}: {message}")


def with_missing_yield(text: str) -> str:
    """Return the text of an error, with the remedy if a task was used as if it were its result."""
    if _TASK_CLASS.search(text) is None:
        return text
    return (
        f"{text} (a `yield` is missing: the code uses a task where it needs the task's result; write `yield` before "
        "the call that makes the task)"
    )


def frames(error: BaseException) -> str:
    """Return the Python stack of `error`; each of its lines starts with two spaces and ends with a newline."""
    return storable("".join(traceback.format_tb(error.__traceback__))) or '  File "<none>", line 0, in <none>\n'


def worker_failure(text: str, stack: str) -> str:
    """Return the worker's message to the host about an exception."""
    return f"Result: Failure\nException: {text}\nStack: {stack}"


def activity_failure(name: str, text: str, stack: str) -> tuple[str, str]:
    """Return `Reason` and `Details` of the TaskFailed of an activity that raised.

    `text` and `stack` come from `exception_text` and `frames`. The message ends where a stack seems to begin in it;
    apps read `Message` out of the details.
    """
    # The two spaces in `failed:  ValueError` come from here.
    message = " " + text.partition("\nStack:")[0]
    details = _serialized("System.Exception", message, _worker_exception(text, stack))
    return plain_activity_failure(name, message), _compact(details)


def raised_at_once_details(text: str, stack: str) -> str:
    """Return the `Details` that the parent gets of a child that raised without the SDK's marker.

    It is the exception of .NET's task around the worker's exception, nested as in the failure of an activity.
    """
    inner = _worker_exception(text, stack)
    details = _serialized("System.AggregateException", "One or more errors occurred.", inner)
    thrown = {"StackTraceString": _HOST_FRAME, "Source": "System.Private.CoreLib", "InnerExceptions": [inner]}
    return storable(_compact(details | thrown))


def _worker_exception(text: str, stack: str) -> dict[str, Any]:
    return {
        "$type": "Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException, Microsoft.Azure.WebJobs.Script",
        "IsUserException": False,
        "RemoteStackTrace": stack,
        "RemoteMessage": text,
        "RemoteTypeName": None,
        "Message": worker_failure(text, stack),
        "Data": {"$type": "System.Collections.ListDictionaryInternal, System.Private.CoreLib"},
        "InnerException": None,
        "HelpLink": None,
        "Source": "Host",
        "HResult": -2146233088,
        "StackTrace": _HOST_FRAME,
    }


def _serialized(kind: str, message: str, inner: dict[str, Any]) -> dict[str, Any]:
    """Return an exception of .NET's core library as it is serialized, one that was not thrown."""
    return {
        "$type": f"{kind}, System.Private.CoreLib",
        "ClassName": kind,
        "Message": message,
        "Data": None,
        "InnerException": inner,
        "HelpURL": None,
        "StackTraceString": None,
        "RemoteStackTraceString": None,
        "RemoteStackIndex": 0,
        "ExceptionMethod": None,
        "HResult": -2146233088,
        "Source": None,
        "WatsonBuckets": None,
    }


def _compact(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def plain_activity_failure(name: str, message: str) -> str:
    """Return the `Reason` of an activity's failure that the host itself detected."""
    return f"Activity function '{name}' failed: {message}"


def timeout_text(seconds: float, function_name: str) -> str:
    """Return the real host's text for a function that has run longer than functionTimeout."""
    whole = int(seconds)
    span = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"Timeout value of {span} was exceeded by function: Functions.{function_name}"


def orchestrator_failure(name: str, message: str) -> str:
    """Return the output of a failed orchestration, which is also the `Reason` that its parent gets."""
    return storable(f"Orchestrator function '{name}' failed: {message}")


def child_details(message: str) -> str:
    """Return the `Details` that the parent of a failed orchestration gets."""
    return storable(f"Message: {message}, StackTrace: {_HOST_FRAME}")
