"""HTTP calls of orchestrators (`call_http`), made by the host like the real host's built-in activity."""

import asyncio
import json
import threading
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from devhost.engine.activities import Outcome
from devhost.engine.http_headers import response_headers
from devhost.hub.rows import Work
from devhost.protocol.events import task_completed, task_failed
from devhost.protocol.payload import rewritten

# The real host's (docs/devhost/behaviour.md, section 3.10), like the handling of cookies and redirects.
USER_AGENT = "Microsoft.Azure.WebJobs.Extensions.DurableTask/3.14.1"
_NO_URI = (
    "An invalid request URI was provided. Either the request URI must be an absolute URI or BaseAddress must be set."
)
_FRAME = "   at devhost.Call()"


class _NoTokenError(Exception):
    """A token of a managed identity was requested; the text says what to do instead."""


class _UnhandledError(Exception):
    """An error that the extension does not expect of a call; `kind` is the type of the exception there."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class HttpCalls:
    """Makes requests on a separate event loop, which starts with the first one. Cookies persist across calls."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: aiohttp.ClientSession | None = None
        self._ended = threading.Event()

    def call(self, work: Work) -> Future[Outcome]:
        """Make the request of `work`, and return its outcome as a future."""
        if self._loop is None:
            # Its own loop: the app's may be blocked by the code that waits for this answer.
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._run, args=(self._loop,), name="devhost-http-calls", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(self._call(work), self._loop)

    def close(self) -> None:
        """End the session and the loop."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(2)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._ended.wait(2)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_forever()
        loop.close()
        self._ended.set()

    async def _close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _call(self, work: Work) -> Outcome:
        try:
            return Outcome(task_completed("", work.task_id, await self._request(json.loads(work.input or "{}"))))
        except _NoTokenError as error:
            failed = task_failed("", work.task_id, str(error), f"Unhandled exception while executing task: {error}")
            return Outcome(failed | {"FailureDetails": _failure_details(str(error))}, str(error))
        except _UnhandledError as error:
            reason, stack = str(error), f"Unhandled exception while executing task: {error.kind}: {error}\n{_FRAME}"
            failed = task_failed("", work.task_id, reason, stack)
            return Outcome(failed | {"FailureDetails": _failure(error.kind, reason, _FRAME, None)}, reason)
        except Exception as error:
            reason = _reason(error)
            return Outcome(task_failed("", work.task_id, reason, _details(error, reason)), reason)

    async def _request(self, request: dict[str, Any]) -> str | None:
        _check_uri(str(request["uri"]))
        if request.get("tokenSource"):
            raise _NoTokenError(
                "This host has no managed identity, so call_http cannot get a token; send an Authorization header."
            )
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"User-Agent": USER_AGENT},
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type"),
                # `unsafe` also keeps cookies of addresses without a name, such as 127.0.0.1.
                cookie_jar=aiohttp.CookieJar(unsafe=True),
                auto_decompress=True,
            )
        headers: dict[str, str] = {k: str(v) for k, v in (request.get("headers") or {}).items()}
        names = {name.lower(): name for name in headers}
        content = request.get("content")
        if "multipart" in headers.get(names.get("content-type", ""), ""):
            kind = "Microsoft.Azure.WebJobs.Extensions.DurableTask.FunctionFailedException"
            raise _UnhandledError(kind, "Multipart content is not supported with CallHttpAsync.")
        data = None if content is None else str(content).encode()
        if data is not None:
            content_type = headers.pop(names.get("content-type", ""), "text/plain")
            headers |= {"Content-Length": str(len(data)), "Content-Type": content_type}
        async with self._session.request(request["method"], request["uri"], headers=headers, data=data) as response:
            text = await response.text(errors="replace")
            kept = response_headers(response.raw_headers)
            result = {"statusCode": response.status, "headers": kept, "content": text}
            return rewritten(json.dumps(result))


def _check_uri(uri: str) -> None:
    """Raise the error of .NET's HttpClient for what is not an absolute address of HTTP."""
    try:
        scheme = urlsplit(uri).scheme
    except ValueError:
        scheme = ""
    # A path is an absolute address of a file to .NET on Linux.
    if uri.startswith("/"):
        scheme = "file"
    if not scheme:
        raise _UnhandledError("System.InvalidOperationException", _NO_URI)
    if scheme not in ("http", "https"):
        raise _UnhandledError("System.NotSupportedException", f"The '{scheme}' scheme is not supported.")


def _is_refused(error: Exception) -> bool:
    return isinstance(getattr(error, "os_error", None), ConnectionRefusedError)


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError) and _is_refused(error):
        return f"Connection refused ({error.host}:{error.port})"
    return str(error) or type(error).__name__


def _failure(kind: str, message: str, stack: str | None, inner: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "ErrorType": kind,
        "ErrorMessage": message,
        "StackTrace": stack,
        "InnerFailure": inner,
        "IsNonRetriable": False,
        "Properties": None,
    }


def _failure_details(text: str) -> dict[str, Any]:
    """Return failure details nested as deep as the real host's for a missing credential (recording `http_token`)."""
    credential, aggregate = "Azure.Identity.CredentialUnavailableException", "System.AggregateException"
    inner = _failure(aggregate, text, None, _failure(credential, text, _FRAME, None))
    return _failure(credential, text, _FRAME, inner)


def _details(error: Exception, reason: str) -> str:
    """Return the real host's HttpRequestException as JSON (recording `http_more`); apps read `Message` out of it."""
    inner = None
    if _is_refused(error):
        inner = {
            "$type": "System.Net.Sockets.SocketException, System.Net.Primitives",
            "ClassName": "System.Net.Sockets.SocketException",
            "Message": "Connection refused",
            "Data": None,
            "InnerException": None,
            "HelpURL": None,
            "StackTraceString": _FRAME,
            "RemoteStackTraceString": None,
            "RemoteStackIndex": 0,
            "ExceptionMethod": None,
            "HResult": -2147467259,
            "Source": "System.Net.Sockets",
            "WatsonBuckets": None,
            "NativeErrorCode": 111,
        }
    details = {
        "$type": "System.Net.Http.HttpRequestException, System.Net.Http",
        "HttpRequestError": 2,
        "StatusCode": None,
        "Message": reason,
        "Data": {"$type": "System.Collections.ListDictionaryInternal, System.Private.CoreLib"},
        "InnerException": inner,
        "HelpLink": None,
        "Source": "System.Net.Http",
        "HResult": -2147467259,
        "StackTrace": _FRAME,
    }
    return json.dumps(details, ensure_ascii=False, separators=(",", ":"))


def stored_request(request_text: str | None) -> str:
    """Return the request as a host that stores inputs writes it into TaskScheduled (`options_calls_http`)."""
    request = json.loads(request_text or "{}")
    durable = {
        "$type": "Microsoft.Azure.WebJobs.Extensions.DurableTask.DurableHttpRequest, "
        "Microsoft.Azure.WebJobs.Extensions.DurableTask",
        "method": request.get("method"),
        "uri": request.get("uri"),
        "headers": request.get("headers") or {},
        "content": request.get("content"),
        "tokenSource": request.get("tokenSource"),
        "asynchronousPatternEnabled": False,
        "retryOptions": None,
        "timeout": None,
    }
    return json.dumps([durable], ensure_ascii=False, separators=(",", ":"))
