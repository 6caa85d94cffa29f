"""What the terminal is told of a run, and of a call that cannot be made."""

import io
import json
import logging
import re
from typing import Any

import pytest

from devhost.engine.http_activity import HttpCalls
from devhost.engine.http_headers import response_headers
from devhost.hub.rows import Work
from devhost.logs import RunLog, RunReport
from devhost.protocol.events import Event
from devhost.protocol.failure_texts import activity_failure


def test_a_failed_orchestration_is_told_without_the_stack_s_json() -> None:
    reason, details = activity_failure("act", "ValueError: no ü", "  File ...\n")
    output = f"Orchestrator function 'o' failed: {reason} \n {details}"
    stream = io.StringIO()
    runs = RunLog(stream)
    runs.add(RunReport("o", "orchestration", "i", 0.001, output))
    runs.flush()
    [line] = stream.getvalue().splitlines()
    assert line.endswith("Orchestrator function 'o' failed: Activity function 'act' failed:  ValueError: no ü")


def test_all_lines_are_in_the_order_of_their_times() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        runs = RunLog(stream)
        runs.add(RunReport("first", "activity", "i", 0.001))
        logging.getLogger("app").warning("second")
        runs.add(RunReport("third", "activity", "i", 0.001))
        runs.flush()
    finally:
        root.removeHandler(handler)
    words = re.findall("first|second|third", stream.getvalue())
    assert words == ["first", "second", "third"]


def call(request: dict[str, Any]) -> Event:
    calls = HttpCalls()
    try:
        return calls.call(Work(1, 0, "i", "http", "http", json.dumps(request))).result(10).event
    finally:
        calls.close()


@pytest.mark.parametrize(
    ("uri", "kind", "text"),
    [
        ("no address", "System.InvalidOperationException", "An invalid request URI was provided. Either the request"),
        ("api/x", "System.InvalidOperationException", "An invalid request URI was provided. Either the request"),
        ("http://[", "System.InvalidOperationException", "An invalid request URI was provided. Either the request"),
        ("/api/x", "System.NotSupportedException", "The 'file' scheme is not supported."),
        ("ftp://host/x", "System.NotSupportedException", "The 'ftp' scheme is not supported."),
    ],
)
def test_a_call_of_what_is_no_address_fails_as_an_invalid_operation(uri: str, kind: str, text: str) -> None:
    event = call({"method": "GET", "uri": uri})
    assert event["Reason"].startswith(text)
    assert event["Details"].startswith(f"Unhandled exception while executing task: {kind}: {text}")
    details = event["FailureDetails"]
    assert (details["ErrorType"], details["ErrorMessage"]) == (kind, event["Reason"])
    assert (details["InnerFailure"], details["IsNonRetriable"]) == (None, False)


def test_multipart_content_fails_in_the_extension_s_words() -> None:
    event = call({"method": "POST", "uri": "http://x", "headers": {"Content-Type": "multipart/form-data"}})
    assert event["Reason"] == "Multipart content is not supported with CallHttpAsync."
    assert event["FailureDetails"]["ErrorType"].endswith(".FunctionFailedException")


def test_headers_of_a_response_keep_their_order_and_get_the_spelling_of_dotnet() -> None:
    sent = [
        (b"Date", b"now"),
        (b"retry-after", b"1"),
        (b"location", b"/a"),
        (b"x-One", b"1"),
        (b"Content-Type", b"text/plain"),
        (b"etag", b"e"),
        (b"X-Two", b"a"),
        (b"set-cookie", b"a=1"),
        (b"x-two", b"b"),
        (b"Expires", b"0"),
    ]
    assert list(response_headers(sent).items()) == [
        ("Date", "now"),
        ("Retry-After", "1"),
        ("Location", "/a"),
        ("x-One", "1"),
        ("ETag", "e"),
        ("X-Two", ["a", "b"]),
        ("Set-Cookie", "a=1"),
    ]
