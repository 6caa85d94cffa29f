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
        # Both spellings exist in the worker, and apps use either.
        self.trace_parent = self.Traceparent = headers.get("traceparent", "")
        self.trace_state = self.Tracestate = headers.get("tracestate", "")
        self.attributes = self.Attributes = dict[str, str]()


class _RetryContext:
    """The context of a first attempt: this host runs no retry policies."""

    retry_count = 0
    max_retry_count = 0
    exception = None


class Context(func.Context):
    """The invocation context, as the Python worker's. Apps annotate parameters with this class name."""

    def __init__(self, function_name: str, app_root: Path, headers: Mapping[str, str] | None = None) -> None:
        self._invocation_id = str(uuid4())
        self._function_name = function_name
        self._function_directory = str(app_root)
        self._trace_context = _TraceContext(headers or {})
        self._retry_context = _RetryContext()

    def enter_thread(self) -> None:
        """Write the invocation's id into the current thread's local storage, where logging handlers look for it."""
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
