"""Calls of functions, as the Python worker makes them: by keyword, with client and context, and a time limit."""

import asyncio
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from azure.functions import Out

from devhost.functions.binding import Endpoints, client_binding
from devhost.functions.context import Context
from devhost.functions.functions import Function
from devhost.logs import log
from devhost.protocol.failure_texts import timeout_text

_HERE = str(Path(__file__).parents[1])


class FunctionTimeoutError(Exception):
    """A function that ran longer than functionTimeout; the text is the real host's."""


@dataclass(frozen=True)
class Invoker:
    """Runs functions for the HTTP loop: async ones on `user_loop`, sync ones on `threads`.

    At `timeout` seconds async code is cancelled and the late result of a thread is dropped.
    """

    app_root: Path
    client: Endpoints
    user_loop: asyncio.AbstractEventLoop
    threads: ThreadPoolExecutor
    timeout: float | None

    async def invoke(self, function: Function, value: Any, headers: Mapping[str, str] | None = None) -> Any:
        """Call the function with the trigger's `value` and return its result.

        Raises the function's exceptions, and FunctionTimeoutError.
        """
        context = Context(function.name, self.app_root, headers)
        arguments: dict[str, Any] = {function.trigger_parameter: value}
        for binding in function.client_bindings:
            arguments[binding.parameter] = client_binding(self.client, binding)
        if function.has_context:
            arguments["context"] = context
        response = _Response()
        if function.out_parameter is not None:
            arguments[function.out_parameter] = response
        limit = asyncio.timeout(self.timeout)
        try:
            async with limit:
                returned = await self._call(function, context, arguments)
                return returned if function.out_parameter is None else response.get()
        except TimeoutError:
            # The function may have raised a TimeoutError of its own.
            if limit.expired():
                raise FunctionTimeoutError(timeout_text(self.timeout or 0, function.name)) from None
            raise

    async def _call(self, function: Function, context: Context, arguments: Mapping[str, Any]) -> Any:
        call = partial(function.user_function, **arguments)

        async def in_loop() -> Any:
            with _no_exit():
                return await call()

        def in_thread() -> Any:
            # In the thread itself, because the storage belongs to it.
            context.enter_thread()
            with _no_exit():
                return call()

        if function.is_async:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(in_loop(), self.user_loop))
        return await asyncio.get_running_loop().run_in_executor(self.threads, in_thread)


class _Response(Out[Any]):
    """The response that an HTTP function sets through an output parameter."""

    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        self._value = val

    def get(self) -> Any:
        return self._value


@contextmanager
def _no_exit() -> Generator[None, None, None]:
    """Turn `sys.exit()` into an ordinary error: it would end the loop or thread that runs the function."""
    try:
        yield
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError(f"the function raised {type(error).__name__}: {error}") from error


def logged(error: Exception) -> str:
    """Log the error's traceback, from the app's code on, and return the error in one line."""
    if isinstance(error, FunctionTimeoutError):
        return str(error)
    frames = error.__traceback__
    # The frames of the host and of asyncio say nothing to the author of the app.
    while frames is not None and frames.tb_next is not None and not _is_app(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    text = f"{type(error).__name__}: {error}"
    log.error("%s", text, exc_info=(type(error), error, frames))
    return text


def _is_app(file: str) -> bool:
    parts = Path(file).parts
    return not file.startswith((_HERE, "<")) and "concurrent" not in parts and "asyncio" not in parts
