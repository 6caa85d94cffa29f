"""The texts that the real host makes of failures; apps take them apart, so they are kept to the letter."""

from __future__ import annotations

import json
import traceback

from devhost.protocol.payload import storable

OUT_OF_PROC_MARKER = "$OutOfProcData$:"
_HOST_FRAME = "   at devhost.Invoke()"


def exception_text(error: BaseException) -> str:
    """`TypeName: message`, as the Python worker writes it."""
    try:
        message = str(error)
    except Exception as unprintable:
        message = f"<message cannot be printed: {type(unprintable).__name__}>"
    return storable(f"{type(error).__name__}: {message}")


def frames(error: BaseException) -> str:
    """The Python stack of `error`; each line of it starts with two spaces and ends with a newline."""
    return storable("".join(traceback.format_tb(error.__traceback__))) or '  File "<none>", line 0, in <none>\n'


def worker_failure(text: str, stack: str) -> str:
    """What the worker tells the host of an exception."""
    return f"Result: Failure\nException: {text}\nStack: {stack}"


def activity_failure(name: str, text: str, stack: str) -> tuple[str, str]:
    """`Reason` and `Details` of the TaskFailed of an activity that raised; see `exception_text` and `frames`.

    Both cut the message where it seems to go over into a stack; apps read `Message` out of the details.
    """
    message = " " + text.partition("\nStack:")[0]
    inner = {
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
    details = {
        "$type": "System.Exception, System.Private.CoreLib",
        "ClassName": "System.Exception",
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
    return plain_activity_failure(name, message), json.dumps(details, ensure_ascii=False, separators=(",", ":"))


def plain_activity_failure(name: str, message: str) -> str:
    """The `Reason` of an activity's failure that the host itself found."""
    return f"Activity function '{name}' failed: {message}"


def timeout_text(seconds: float, function_name: str) -> str:
    """What the real host says when a function has run for too long."""
    whole = int(seconds)
    span = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"Timeout value of {span} was exceeded by function: Functions.{function_name}"


def orchestrator_failure(name: str, message: str) -> str:
    """The output of a failed orchestration, and the `Reason` that its parent gets."""
    return storable(f"Orchestrator function '{name}' failed: {message}")


def child_details(message: str) -> str:
    """The `Details` that the parent of a failed orchestration gets."""
    return storable(f"Message: {message}, StackTrace: {_HOST_FRAME}")
