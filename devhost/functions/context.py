"""The invocation context that a function gets when it has a parameter `context`."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import azure.functions as func

_thread_local = threading.local()


class _TraceContext:
    """The W3C trace headers of the request, empty texts where there are none."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.trace_parent = self.Traceparent = headers.get("traceparent", "")
        self.trace_state = self.Tracestate = headers.get("tracestate", "")
        self.attributes = self.Attributes = dict[str, str]()


class _RetryContext:
    """No retry: host-side retry policies are not run here."""

    retry_count = 0
    max_retry_count = 0
    exception = None


class Context(func.Context):
    """As the Python worker's; the class must bear this name, since apps annotate with it."""

    def __init__(self, function_name: str, app_root: Path, headers: Mapping[str, str] | None = None) -> None:
        self._invocation_id = str(uuid4())
        self._function_name = function_name
        self._function_directory = str(app_root)
        self._trace_context = _TraceContext(headers or {})
        self._retry_context = _RetryContext()

    def enter_thread(self) -> None:
        """Say in the current thread's local storage which invocation runs in it."""
        _thread_local.invocation_id = self._invocation_id

    @property
    def invocation_id(self) -> str:
        return self._invocation_id

    @property
    def thread_local_storage(self) -> Any:
        return _thread_local

    @property
    def function_name(self) -> str:
        return self._function_name

    @property
    def function_directory(self) -> str:
        return self._function_directory

    @property
    def trace_context(self) -> Any:
        return self._trace_context

    @property
    def retry_context(self) -> Any:
        return self._retry_context
