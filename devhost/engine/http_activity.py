"""HTTP calls of orchestrators (`call_http`), made by the host like the real host's built-in activity."""

import asyncio
import json
import threading
from concurrent.futures import Future
from typing import Any

import aiohttp

from devhost.engine.activities import Outcome
from devhost.hub.rows import Work
from devhost.protocol.events import task_completed, task_failed
from devhost.protocol.payload import rewritten

# The real host's (docs/devhost/behaviour.md, section 3.10), like the handling of cookies and redirects.
USER_AGENT = "Microsoft.Azure.WebJobs.Extensions.DurableTask/3.14.1"
_CONTENT_HEADERS = frozenset({"allow", "expires", "last-modified"})


class _NoTokenError(Exception):
    """A token of a managed identity was requested; the text says what to do instead."""


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
        except Exception as error:
            reason = _reason(error)
            return Outcome(task_failed("", work.task_id, reason, _details(error, reason)), reason)

    async def _request(self, request: dict[str, Any]) -> str | None:
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
        if headers.get(names.get("content-type", ""), "").lower().startswith("multipart/"):
            raise ValueError("Multipart content is not supported.")
        data = None if content is None else str(content).encode()
        if data is not None:
            content_type = headers.pop(names.get("content-type", ""), "text/plain")
            headers |= {"Content-Length": str(len(data)), "Content-Type": content_type}
        async with self._session.request(request["method"], request["uri"], headers=headers, data=data) as response:
            text = await response.text(errors="replace")
            result = {"statusCode": response.status, "headers": _response_headers(response.headers), "content": text}
            return rewritten(json.dumps(result))


def _response_headers(headers: Any) -> dict[str, str | list[str]]:
    """Return the headers without those that describe the content: one value as text, several as a list."""
    kept: dict[str, str | list[str]] = {}
    for name in dict.fromkeys(headers):
        lower = name.lower()
        if lower not in _CONTENT_HEADERS and not lower.startswith("content-"):
            values = list(headers.getall(name))
            kept[name] = values[0] if len(values) == 1 else values
    return kept


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionRefusedError):
        return f"Connection refused ({error.host}:{error.port})"
    if isinstance(error, aiohttp.InvalidURL):
        return f"Invalid URI: The format of the URI could not be determined ({error})."
    return str(error) or type(error).__name__


def _failure_details(text: str) -> dict[str, Any]:
    """Return failure details nested as deep as the real host's for a missing credential (recording `http_token`)."""
    details: dict[str, Any] | None = None
    for kind in ("Azure.Identity.CredentialUnavailableException", "System.AggregateException") * 2:
        details = {
            "ErrorType": kind,
            "ErrorMessage": text,
            "StackTrace": None if kind.startswith("System") else "   at devhost.Call()",
            "InnerFailure": details,
            "IsNonRetriable": False,
            "Properties": None,
        }
        if details["InnerFailure"] and kind.startswith("Azure"):
            break
    return details or {}


def _details(error: Exception, reason: str) -> str:
    """Return the real host's HttpRequestException as JSON (recording `http_more`); apps read `Message` out of it."""
    inner = None
    refused = isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionRefusedError)
    if refused:
        inner = {
            "$type": "System.Net.Sockets.SocketException, System.Net.Primitives",
            "ClassName": "System.Net.Sockets.SocketException",
            "Message": "Connection refused",
            "Data": None,
            "InnerException": None,
            "HelpURL": None,
            "StackTraceString": "   at devhost.Call()",
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
        "StackTrace": "   at devhost.Call()",
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
